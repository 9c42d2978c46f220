"""What a result lists about the model that made it: every parameter with its source, every mechanism and its switch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from matsim.core.toml import plain, toml_value
from matsim.evidence import SOURCES
from matsim.mechanisms.catalogue import CATALOGUE, THIS_MODEL
from matsim.results.reader import LISTS
from matsim.scenario.schema import Scenario


def lists(scenario: Scenario) -> dict[str, pd.DataFrame]:
    """The tables of `matsim.results.reader.LISTS` for one scenario."""
    return {"parameters": parameters(scenario), "mechanisms": mechanisms(scenario)}


def parameters(scenario: Scenario) -> pd.DataFrame:
    """One row per parameter of the scenario, those of its CEOs, commissioners and named trusts included."""
    return pd.DataFrame(list(_rows(scenario, "")), columns=LISTS["parameters"].names)


def _rows(model: BaseModel, prefix: str) -> Iterator[tuple[Any, ...]]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        extra = field.json_schema_extra
        if isinstance(value, BaseModel):
            yield from _rows(value, f"{prefix}{name}.")
        elif isinstance(value, tuple) and any(isinstance(entry, BaseModel) for entry in value):
            for i, entry in enumerate(value):
                yield from _rows(entry, f"{prefix}{name}[{i}].")
        elif isinstance(extra, dict) and "unit" in extra:
            yield _row(prefix + name, value, field, extra)


def _row(name: str, value: Any, field: FieldInfo, extra: dict[str, Any]) -> tuple[Any, ...]:
    source = extra["source"]
    known = SOURCES.get(source)
    full = f"{known.title}. {known.where}" if known else source.removeprefix("assumed: ")
    low, high = extra["plausible"] or (math.nan, math.nan)
    default = None if field.is_required() else field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, float) and isinstance(default, int) and not isinstance(default, bool):
        default = float(default)  # declared whole, held as what its type says
    texts = (name, value_text(value), value_text(default), extra["unit"])
    meaning = " ".join((field.description or "").split())
    return (*texts, source, full, known is None, float(low), float(high), meaning)


def value_text(value: Any) -> str:
    """A value as a scenario file writes it, words without their quotes; empty when it is not set."""
    if value is None:
        return ""
    return value if isinstance(value, str) else toml_value(plain(value))


def mechanisms(scenario: Scenario) -> pd.DataFrame:
    """One row per mechanism of the sources; it is off where every assignment that turns it off holds.

    What the model adds to them is on or off by settings that stand in the other list.
    """
    rows = [
        (
            entry.id,
            entry.what,
            "; ".join(entry.files),
            "; ".join(entry.off),
            any(plain(_value(scenario, name)) != plain(off) for name, off in entry.off.items()),
        )
        for entry in CATALOGUE
        if entry.source != THIS_MODEL
    ]
    return pd.DataFrame(rows, columns=LISTS["mechanisms"].names)


def _value(scenario: Scenario, name: str) -> Any:
    value: Any = scenario
    for part in name.split("."):
        value = getattr(value, part)
    return value


def register(scenario: Scenario) -> pd.DataFrame:
    """Every parameter of a scenario that is a number or a choice of the modeller, as `inventory.parameters`.

    Switches are left out: they turn mechanisms off and say nothing of England.
    """
    every = parameters(scenario)
    return every.loc[every.unit != "switch"].reset_index(drop=True)
