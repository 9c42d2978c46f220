"""What a team may call itself: something that others can read, that breaks no page and is taken for nobody else."""

from __future__ import annotations

import re
import unicodedata

from matsim.web.classroom.bots import NAMES

MOST_NAME = 30
"""Characters of a name."""
MOST_MARKS = 3
"""Accents on one letter: more climb into the lines above."""

_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001d159")
"""Characters that count as letters or symbols and show nothing."""
_RESERVED = ("facilitator", "projector", "matsim")
"""Words of the room's own: whoever bears one in a name could be taken for the room."""

_LOOK = dict(
    zip(
        "абвеіјкмнорԛѕтԝхуьѵӏαβεηικμνορτυχγ01i",
        "abbeljkmhopqstwxybvlabenlkmvoptuxyoll",
        strict=True,
    )
)
"""Letters of Cyrillic and Greek, figures and others that are taken for a Latin letter, in lower case."""


def misfit(name: str) -> str:
    """What is wrong with a name, in a sentence; empty when nothing is."""
    if not name or len(name) > MOST_NAME:
        return f"Give your team a name of 1 to {MOST_NAME} characters."
    if not any(_visible(character) for character in name):
        return "Give your team a name that others can see."
    if any(_hidden(name, place) for place in range(len(name))):
        return "The name holds characters that cannot be seen, or that turn text around: type it with letters alone."
    # the whole name is looked at as letters and marks, so marks in a row are a string to find
    if "M" * (MOST_MARKS + 1) in _kinds(name):
        return "The name has too many accents on one letter."
    return _impostor(name)


def alike(name: str) -> str:
    """A name as it is taken in at a glance: names that are the same here are told apart by nobody."""
    # composed and folded first, then taken apart: accents become characters of their own, which are dropped
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    letters = "".join(_LOOK.get(c, c) for c in plain if unicodedata.category(c)[0] in "LN")
    return letters or "".join(plain.split())  # a name of symbols alone


def _impostor(name: str) -> str:
    look = alike(name)
    if any(alike(word) in look for word in _RESERVED):
        return "That name could be taken for the facilitator or the room itself; choose another."
    plain = unicodedata.normalize("NFKC", name).casefold()
    head = re.match(r"\W*(\w+)\s*(\W|$)", plain)
    if look in {alike(bot) for bot in NAMES.values()} or (head and alike(head[1]) == "bot" and not head[2].isalnum()):
        return "That name could be taken for a bot’s; choose another."
    return ""


def _visible(character: str) -> bool:
    return character not in _BLANK and unicodedata.category(character)[0] in "LNPS"


def _hidden(name: str, place: int) -> bool:
    """Whether a character shows nothing, or does something to others: but what joins emoji into one may."""
    character = name[place]
    if character in "\u200d\ufe0f":
        return place == 0 or unicodedata.category(name[place - 1]) not in ("So", "Sk", "Mn", "Cf")
    return character in _BLANK or unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _kinds(name: str) -> str:
    """The name with its letters, marks and all else each as one character."""
    return "".join("M" if unicodedata.category(c) in ("Mn", "Me") else "x" for c in name)
