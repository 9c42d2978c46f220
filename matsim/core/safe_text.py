"""Text from outside made safe to show: names without hidden characters, and text that a terminal may be sent.

Names come from files, forms and scenarios that anybody may have written. An escape sequence in one can rewrite what
a terminal shows, and a mark of direction can turn a line round on a page. Both are taken out where text enters
(`clean`); what leaves for a terminal is made visible besides (`visible`), since messages quote paths and cells.
"""

from __future__ import annotations

import re

_ACTING = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
"""Control codes, formats without a shape (marks of direction among them), separators of lines and half characters,
all but the line feed and the tab: the categories Cc, Cf, Cs, Zl and Zp of Unicode."""

_HIDDEN = re.compile(f"[{_ACTING}]")
_BREAKS = re.compile("\r\n|[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]")
_ESCAPES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor movements
    "|(?:\x1b[]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)?"  # titles, links, strings to a device
    "|\x1b[ -/]*[0-~]"
)
_ESCAPED = re.compile(r"\\\\|\\u((?![dD][89a-fA-F])[0-9a-fA-F]{4})")
"""A backslash, or a character written by its number; halves of larger characters aside."""
_FORMULA = re.compile("[=+@\t\r\uff1d\uff0b\uff0d\uff20-]")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$")


def clean(text: str) -> str:
    """The text on one line, without what acts rather than shows: escape sequences whole, control codes and marks of
    direction. Blanks at the ends go too."""
    if text.isprintable():
        return text.strip()
    return _HIDDEN.sub("", _BREAKS.sub(" ", _ESCAPES.sub("", text))).strip()


def for_spreadsheet(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula: an apostrophe goes before what begins as one.

    One goes before an apostrophe too, so that taking the first one away gives the exact text again. Numbers stay.
    """
    risky = _FORMULA.match(text) and not _PLAIN_NUMBER.match(text)
    return f"'{text}" if risky or text.startswith("'") else text


def harmless(text: str) -> str:
    """The text with its lines and blanks as they are, without what acts rather than shows."""
    return text if text.isprintable() else _HIDDEN.sub("", _ESCAPES.sub("", text))


def harmless_json(text: str) -> str:
    """JSON text without such characters in its strings, raw or written as escapes."""
    return _ESCAPED.sub(lambda match: "" if match[1] and _HIDDEN.match(chr(int(match[1], 16))) else match[0],
                        _HIDDEN.sub("", text))  # fmt: skip


def visible(text: str) -> str:
    """The text with such characters written out (`\\x1b`, `\\u202e`), so that a terminal may be sent it; lines and tabs
    stay."""
    return _HIDDEN.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
