"""Single values of a form, as people type them; and a shock in words, as pages list it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from matsim.core.errors import InputError
from matsim.core.reading import whole as read_whole
from matsim.core.toml import quote
from matsim.mechanisms.shocks import Shock
from matsim.simulation.explain import Names
from matsim.words.amounts import percent, trimmed
from matsim.world.base import World

type Form = Mapping[str, Sequence[str]]

_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?")
"""1,000 and not 0,5: in that the comma is somebody's decimal point."""


def form(request: Request) -> dict[str, list[str]]:
    """The fields of a form that passed the guard, each with all its values in order."""
    fields: dict[str, list[str]] = request.state.form
    return fields


def field_of(request: Request, name: str, most: int = 200) -> str:
    """One field's text without space around it, empty when missing. HTTPException 422 when it is too long."""
    text = next(iter(form(request).get(name, [])), "").strip()
    if len(text) > most:
        raise HTTPException(422, f"{name}: is longer than {most} characters.")
    return text


def one(form: Form, name: str) -> str:
    """The first value of a field without space around it, at most 200 characters; empty when it is not there."""
    return next(iter(form.get(name, ())), "").strip()[:200]


def whole(title: str, text: str, wrong: list[str]) -> int | None:
    """A whole number. What is wrong is added to `wrong`, and None returned."""
    number = read_whole(text)
    if number is None:
        wrong.append(f"{title}: {quote(text)} should be a whole number.")
    return number


def number(title: str, text: str, wrong: list[str]) -> float | None:
    """A number of any sign; thousands may be parted by commas. What is wrong is added to `wrong`, and None returned."""
    try:
        value = float(text.replace(",", "") if _THOUSANDS.fullmatch(text) else text)
    except ValueError:
        wrong.append(f"{title}: {quote(text[:20])} should be a number.")
        return None
    if not -1e9 < value < 1e9:  # nan is neither
        wrong.append(f"{title}: {quote(text)} should be a number of a sensible size.")
        return None
    return value


class FormError(InputError):
    """What is wrong with a form: `fields` has a sentence for each field by its name, in the words of the page.

    An empty name stands for the form as a whole.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("form", list(fields.values()))
        self.fields = dict(fields)

    # errors come from worker processes: by default only the joined text would be pickled, and `fields` lost
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.fields,)


@dataclass(frozen=True)
class Number:
    """A field for a number, with its limits in the unit that the page asks for it in.

    `title` is what the page calls it; `unit` follows a number as it is ("%", " schools"). `step` is what the number
    must be a multiple of, 0 for any.
    """

    name: str
    title: str
    low: float
    high: float
    unit: str = ""
    step: float = 0.0

    def text(self, number: float) -> str:
        """A number with its unit, as a page writes it."""
        return f"{trimmed(number, 6)}{self.unit}"

    @property
    def limits(self) -> str:
        """`a whole number from 1 to 500 schools`."""
        low = self.text(self.low).removesuffix(self.unit if self.unit != "%" else "")
        first = "a whole number from" if self.step == 1.0 else "from"
        last = f" in steps of {self.step:g}" if self.step not in (0.0, 1.0) else ""
        return f"{first} {low} to {self.text(self.high)}{last}"

    def read(self, form: Form, wrong: dict[str, str]) -> float | None:
        """The number that a form has; None for an empty field. What is wrong is put into `wrong`."""
        # pages write a true minus sign, and people copy what pages write
        typed = one(form, self.name).replace("−", "-")
        bare = typed.rstrip("% ") if self.unit == "%" else typed
        if not bare:
            return None
        try:
            value = float(bare.replace(",", "") if _THOUSANDS.fullmatch(bare) else bare)
        except ValueError:
            wrong[self.name] = f"“{self.title}” should be a number, {self.limits}, not “{typed[:20]}”."
            return None
        # limits in percent are products of floats: the end itself has to pass
        fits = self.low - 1e-9 <= value <= self.high + 1e-9  # nan does not
        if not fits or (self.step and abs(value / self.step - round(value / self.step)) > 1e-9):
            shown = self.text(value) if abs(value) < 1e9 else f"“{typed[:20]}”"
            wrong[self.name] = f"“{self.title}” should be {self.limits}, not {shown}."
            return None
        return value


UNNAMED = Names()
"""Names of nothing: numbers stand for schools and trusts."""


def in_words(shock: Shock, names: Names = UNNAMED) -> str:
    """`funding cut by 3% for 2 years, everywhere`. A number stands for a trust or school that `names` has not."""
    size = f" by {percent(shock.size)}" if shock.size else ""
    years = f" for {shock.years} years" if shock.years > 1 else ""
    where = shock.region or shock.authority or "everywhere"
    if shock.trust:
        where = names.trust(shock.trust)
    elif shock.school:
        where = names.school(shock.school)
    return f"{shock.kind}{size}{years}, {where}"


def names_in(world: World) -> Names:
    """What schools (by URN) and trusts (by UID) of a world are called."""
    return Names(
        dict(zip(world.schools["urn"].tolist(), world.school_names, strict=True)),
        dict(zip(world.trusts["uid"].tolist(), world.trust_names, strict=True)),
    )
