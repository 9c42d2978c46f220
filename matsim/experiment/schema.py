"""What an experiment file may say: arms to compare, what is uncertain, what is chosen, how often, how precisely."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PrivateAttr, field_validator

from matsim.core.toml import quote, toml_text
from matsim.evidence.parameters import Params

type Scalar = bool | int | float | str

MEASURES_SHOWN = (
    "mean_outcome",
    "share_good_or_better",
    "backoffice_per_pupil_primary",
    "backoffice_per_pupil_secondary",
    "reserves_share",
)
"""What an experiment is about unless it says otherwise: pupil outcomes, grades, back-office cost, solvency."""


class Arm(Params):
    """One way things could be done: the base scenario, or another, with some values changed."""

    name: str = Field(min_length=1, max_length=80)
    """What the arm is called in every table and figure."""
    scenario: str | dict[str, Any] = ""
    """Another scenario to start from: a name, a file relative to the experiment's, or its values; empty for the
    experiment's own."""
    set: dict[str, Any] = Field(default={})
    """Scenario values by dotted name."""
    null: bool = False
    """Whether the arm has no difference from the baseline on purpose, to show that the comparison finds none."""

    @field_validator("name")
    @classmethod
    def _readable(cls, name: str) -> str:
        """The name as it is; ValueError when a table or a terminal would not show it as it is written."""
        if not name.isprintable():
            raise ValueError(f"{quote(name)} should be on one line, without control or invisible characters")
        if name != name.strip():
            raise ValueError(f"{quote(name)} should not begin or end with a space")
        return name


class Factor(Params):
    """One scenario parameter that takes several values: an uncertainty or a lever."""

    name: str = Field(min_length=1)
    """Dotted name of the parameter."""
    low: float | None = Field(default=None, allow_inf_nan=False)
    """Lowest value; the low end of the parameter's plausible range unless given."""
    high: float | None = Field(default=None, allow_inf_nan=False)
    """Highest value; the high end of the parameter's plausible range unless given."""
    scale: Literal["linear", "log"] = "linear"
    """Whether equal steps or equal ratios between low and high are equally likely."""
    values: tuple[Scalar, ...] = ()
    """The values themselves, in place of low and high."""
    added_to: tuple[int, ...] = ()
    """Of a parameter that changes on dates, years: what varies is then a number added to its values of these years."""


class Design(Params):
    """Which combinations of the factors' values are run."""

    kind: Literal[
        "arms", "grid", "one at a time", "latin hypercube", "sobol sequence", "halton", "sobol", "morris", "csv"
    ] = "arms"
    """The rule that makes the points."""
    points: int | None = Field(default=None, ge=2)
    """Points drawn; for "sobol" the base sample, from which the scheme of Saltelli makes more."""
    levels: int | None = Field(default=None, ge=2)
    """Values per factor between its low and high, for "grid", "one at a time" and "morris"."""
    trajectories: int | None = Field(default=None, ge=2)
    """Walks through the factors, for "morris"."""
    second_order: bool = False
    """Whether "sobol" also samples for the indices of pairs."""
    file: str = ""
    """Table of points made elsewhere, relative to the experiment file, for "csv"."""
    columns: dict[str, tuple[Scalar, ...]] = Field(default={})
    """The table itself, by column, in place of a file."""
    seed: int = Field(default=1, ge=0)
    """Names the luck of the draw of points."""


class PrecisionWanted(Params):
    """How well a measure has to be known; replicates are added until it is."""

    measure: str
    """The measure whose paired difference from the baseline has to be known."""
    half_width: float = Field(gt=0, allow_inf_nan=False)
    """Half the width that the interval may have, in the measure's unit."""
    confidence: float = Field(default=0.95, ge=0.5, le=0.999)
    """Confidence of the interval."""
    at_least: int = Field(default=8, ge=2)
    """Replicates to begin with."""
    at_most: int = Field(default=200, ge=2)
    """Replicates after which it gives up and says so."""


class Experiment(Params):
    """One question to the model asked many times over."""

    title: str = ""
    """A name for people."""
    question: str = ""
    """What the experiment asks, in a sentence."""
    built_in: str = ""
    """What its answer has built in by assumption, in sentences with figures; said before anything is said of it."""
    no_claim: tuple[str, ...] = ()
    """Measures of which nothing is claimed, since what is built in makes their differences."""
    scenario: str | dict[str, Any]
    """What every arm starts from: a scenario's name, a file relative to this one, or its values. Values once
    loaded."""
    baseline: str = ""
    """The arm that others are compared with; the first unless said."""
    replicates: int = Field(default=20, ge=1)
    """Runs of each arm at each point, each with luck of its own that all arms and points share."""
    seed: int = Field(default=1, ge=0)
    """Seed of the first replicate; the next have the numbers that follow."""
    years: int | None = Field(default=None, ge=1, le=60)
    """School years to simulate, in place of the scenario's."""
    set: dict[str, Any] = Field(default={})
    """Scenario values by dotted name that every arm has, whatever scenario it starts from."""
    measures: tuple[str, ...] = MEASURES_SHOWN
    """The measures that the experiment is about."""
    keep: tuple[str, ...] = ()
    """Tables of every run to keep in full."""
    arms: tuple[Arm, ...] = ()
    """What is compared."""
    uncertainties: tuple[Factor, ...] = ()
    """What nobody controls."""
    levers: tuple[Factor, ...] = ()
    """What somebody chooses."""
    design: Design = Design()
    precision: PrecisionWanted | None = None

    _path: Path = PrivateAttr(default=Path("experiment.toml"))

    @property
    def path(self) -> Path:
        """The file it came from."""
        return self._path

    @property
    def factors(self) -> tuple[Factor, ...]:
        """Uncertainties, then levers: what differs between points."""
        return self.uncertainties + self.levers

    def text(self) -> str:
        """TOML text that loads to an equal experiment, wherever it lies: it names no other file."""
        full, said = self.model_dump(), self.model_dump(exclude_defaults=True)
        always = ("title", "question", "baseline", "seed", "measures")
        design = {k: v for k, v in full["design"].items() if v not in (None, "", {}, False)}
        counts = {} if self.precision else {"replicates": self.replicates}
        top = {k: full[k] for k in always} | counts | {"precision": full["precision"], "design": design}
        rest = {k: v for k, v in said.items() if k not in top and k != "scenario"}
        return toml_text({**top, **rest, "scenario": full["scenario"]})
