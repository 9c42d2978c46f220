"""Names and parts of sentences as every room writes them: lists, quotes, capital letters."""

from __future__ import annotations

from collections.abc import Iterable


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`; with another word before the `last`, `a, b or c`."""
    words = list(words)
    return f" {last} ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def quoted(names: Iterable[str]) -> str:
    """`'as it is', 'missed' and 'met'`: names that may be of several words, so each in quotes."""
    return listed(f"'{name}'" for name in names)


def named(name: str) -> str:
    """A name as sentences carry it: in quotes when it is several words, which would run into those around them."""
    return f"'{name}'" if " " in name else name


def capital(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


def inner(text: str) -> str:
    """A name or a sentence as it stands inside another; abbreviations keep their capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
