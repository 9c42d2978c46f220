"""Inputs spoilt in many ways, the same for the same seed: bytes, lines, columns, numbers, types, encodings, nesting."""

from __future__ import annotations

import random
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS = 120
"""A guard against hanging, far beyond what any input takes on a busy machine."""

NUMBERS = (
    *("9" * 4301, "1" + "0" * 5000, "0x" + "f" * 5000, "-1", "0", "-0.0", "1e999", "-1e999", "nan", "inf", "1_000"),
    *("99999999999999999999", "9223372036854775807", "-9223372036854775809", "2147483648", "1e308", "1e-320", "1,024"),
    *("²", "٣", "½", "Ⅷ", "1.5", "12.3%", "£3", "01", "--1", "1e", "0b", "1979-05-27", "25:00", "SUPP", ""),
)
VALUES = (
    *("true", "[]", "{}", '"x"', "''", "1979-05-27", "1979-05-27T07:32:00Z", "07:32:00", "3.5", "[1, [2]]", "nan"),
    *("-inf", "{ a = 1 }", "[{}]", '"""\n"""', "[true, 1]", '"\\u0000"', '"\\u202e"', "0", "-1", "9223372036854775807"),
)
STRANGE = (
    *("\0", "\x1b[31m", "\u202e", "\u2066", "\ufeff", "\u3164", "\ud7ff", "\U0010ffff", "\r", "\v", "\x85", "\u2028"),
    *("'", '"', '"""', ",", ";", "\t", "=", "[", "]", "{", "}", "#", "\\", "=cmd|' /C calc'!A0", "../", "/etc/passwd"),
)


def _spot(rng: random.Random, data: bytes) -> int:
    return rng.randrange(len(data) + 1)


def _flip(rng: random.Random, data: bytes) -> bytes:
    spoilt = bytearray(data)
    for _ in range(rng.choice((1, 1, 3, 20))):
        if spoilt:
            spoilt[rng.randrange(len(spoilt))] ^= 1 << rng.randrange(8)
    return bytes(spoilt)


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: _spot(rng, data)]


def _splice(rng: random.Random, data: bytes) -> bytes:
    a, b = sorted((_spot(rng, data), _spot(rng, data)))
    at = _spot(rng, data)
    return data[:at] + data[a:b] + data[at:] if rng.random() < 0.5 else data[:a] + data[b:]


def _lines(rng: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    how = rng.randrange(4)
    if how == 0:
        del lines[i]
    elif how == 1:
        lines.insert(j, lines[i])
    elif how == 2:
        lines[i], lines[j] = lines[j], lines[i]
    else:
        lines[i] += lines[j]
    return b"\n".join(lines)


def _columns(rng: random.Random, data: bytes) -> bytes:
    rows = [line.split(b",") for line in data.split(b"\n")]
    at, how = rng.randrange(max(len(rows[0]), 1)), rng.randrange(3)
    for row in rows:
        if at < len(row):
            if how == 0:
                del row[at]
            elif how == 1:
                row.insert(at, row[at])
            else:
                row[at], row[0] = row[0], row[at]
    return b"\n".join(b",".join(row) for row in rows)


def _replaced(rng: random.Random, data: bytes, pattern: bytes, by: str) -> bytes:
    found = list(re.finditer(pattern, data))
    if not found:
        return data + by.encode()
    one = rng.choice(found)
    return data[: one.start()] + by.encode() + data[one.end() :]


def _number(rng: random.Random, data: bytes) -> bytes:
    return _replaced(rng, data, rb"\d+(\.\d+)?", rng.choice(NUMBERS))


def _value(rng: random.Random, data: bytes) -> bytes:
    return _replaced(rng, data, rb"(?<== )[^\n]*", rng.choice(VALUES))


def _cell(rng: random.Random, data: bytes) -> bytes:
    return _replaced(rng, data, rb"(?<=,)[^,\n]*", rng.choice(NUMBERS + STRANGE))


def _insert(rng: random.Random, data: bytes) -> bytes:
    at = _spot(rng, data)
    return data[:at] + rng.choice(STRANGE).encode("utf-8", "surrogatepass") + data[at:]


def _deep(rng: random.Random, data: bytes) -> bytes:
    many = rng.choice((70, 1000, 20_000))
    deep = (
        "deep = " + "[" * many + "]" * many,
        ".".join(["deep"] * many) + " = 1",
        "[" + ".".join(["deep"] * many) + "]",
        "deep = " + "{ a = " * many + "1" + " }" * many,
        '"' + "x" * many * 10 + '" = 1',
    )
    return data + b"\n" + rng.choice(deep).encode() + b"\n"


def _name(rng: random.Random, data: bytes) -> bytes:
    return _replaced(rng, data, rb"[A-Za-z_]{3,}", rng.choice(("extends", "kind", "x" * 300, "run", "\0", "null", "é")))


def _encoded(rng: random.Random, data: bytes) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(rng.choice(("utf-16", "utf-16-le", "utf-8-sig", "cp1252", "utf-32", "cp037")), "replace")


def _whole(rng: random.Random, data: bytes) -> bytes:
    ways = (b"", data + data, data.replace(b"\n", b"\r\n"), data.replace(b"\n", b"\r"), data + b"x" * 1_000_000)
    return rng.choice((*ways, b"\n" * 1000, b"\xff" * 100, data.replace(b",", b";"), b"PK\x03\x04" + data, b"\0" * 100))


WAYS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    *(_flip, _cut, _splice, _lines, _columns, _number, _number, _value, _value, _cell, _cell, _insert, _deep),
    *(_name, _encoded, _whole),
)


def spoilt(rng: random.Random, data: bytes) -> bytes:
    """The data spoilt in one to three ways."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        data = rng.choice(WAYS)(rng, data)
    return data


def spoilt_text(rng: random.Random, text: str) -> str:
    """One value spoilt, as a person, a form or another program could give it."""
    return spoilt(rng, text.encode()).decode("utf-8", "replace")[:100_000]


@contextmanager
def guarded() -> Iterator[None]:
    """Fails when what is inside takes longer than anything should."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"hangs: not done within {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
