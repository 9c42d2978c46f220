"""What a scenario may tell a named trust to do in a year, in place of what its CEO would have decided."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field, field_validator, model_validator

from matsim.agents.trust import AREAS
from matsim.core.errors import nearest
from matsim.evidence.parameters import Params, param
from matsim.evidence.strategy import RESPONSIBILITIES, TOP
from matsim.mechanisms.cluster_life import GOVERNANCE
from matsim.mechanisms.ladders import GOVERNANCE as GOVERNANCE_LADDER
from matsim.mechanisms.ladders import IMPROVEMENT, LADDERS

RUNGS: dict[str, int] = {"improvement": IMPROVEMENT, "governance": GOVERNANCE_LADDER}
"""Decisions that choose a way of working, and the place of its ladder."""

CLUSTERS = ("none", "led", *GOVERNANCE[1:])
"""What a trust may be told of its clusters: to have none; to have them led; to give them governance besides."""

PERSISTENT = (
    *("growth", "target", "near", "improvement", "standardisation", "responsibilities"),
    *("central_charge", "posts", "governance", "clusters", "answer"),
)
"""Decisions that hold until a later one; the others are for their year."""

BY_SCENARIO = "assumed: as the scenario says"


def ways(kind: str) -> list[str]:
    """Names of the ways of working that a decision chooses from, the lowest rung first."""
    return [rung.name for rung in LADDERS[RUNGS[kind]].rungs]


class Near(Params):
    """A place to look for schools: a local authority by name, or a point and how far to go from it."""

    place: str = param("", "choice", "assumed: a local authority of the world")
    """Name of a local authority; empty where a point is given."""
    easting: float | None = Field(default=None, ge=0, le=700_000)
    """British National Grid easting of the point (m)."""
    northing: float | None = Field(default=None, ge=0, le=1_300_000)
    """British National Grid northing of the point (m)."""
    minutes: float = param(30.0, "minutes", "assumed: a cluster and the schools it could grow by", plausible=(10, 60))
    """Travel time from the point within which schools count."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Near:
        point = self.easting is not None and self.northing is not None
        half = (self.easting is None) != (self.northing is None)
        if half or bool(self.place) == point:
            raise ValueError("should name a place, or give both easting and northing")
        return self


class Posts(Params):
    """Central posts to employ, in halves; areas left out stay with the CEO."""

    leadership: float | None = param(None, "posts", BY_SCENARIO, ge=0, le=50, multiple_of=0.5)
    """Directors and executive heads beyond the CEO."""
    improvement: float | None = param(None, "posts", BY_SCENARIO, ge=0, le=100, multiple_of=0.5)
    """School improvement."""
    finance: float | None = param(None, "posts", BY_SCENARIO, ge=0, le=50, multiple_of=0.5)
    """Finance."""
    hr: float | None = param(None, "posts", BY_SCENARIO, ge=0, le=50, multiple_of=0.5)
    """Human resources."""
    estates: float | None = param(None, "posts", BY_SCENARIO, ge=0, le=50, multiple_of=0.5)
    """Estates."""
    governance: float | None = param(None, "posts", BY_SCENARIO, ge=0, le=50, multiple_of=0.5)
    """Clerking and governance."""

    def by_area(self) -> list[float | None]:
        """The six in the order of the trust's areas; None where nothing is told."""
        return [getattr(self, area.lower()) for area in AREAS]


class Decision(Params):
    """What a trust decides in one year. What is left out stays as an earlier decision, else its CEO, has it."""

    year: int = param(..., "year", "assumed: a school year of the run", ge=1990, le=2100)
    """School year from whose September it holds."""
    growth: str = param("", "choice", BY_SCENARIO, pattern="^(|hold|grow|own)$")
    """Hold: takes on no schools. Grow: takes on schools up to its target. Own: as its CEO would."""
    target: float | None = param(None, "schools", BY_SCENARIO, ge=1, le=500)
    """Size to aim for."""
    ask: tuple[int, ...] = param((), "choice", "assumed: schools of the world", strict=False, max_length=20)
    """Schools (URN) that it approaches this year, in this order, and no others."""
    near: Near | None = None
    """Where it looks for schools, and nowhere else."""
    merge_with: int | None = param(None, "choice", "assumed: a trust of the world", ge=1)
    """Trust (UID) to which it proposes a merger this year; the larger of the two takes the other in."""
    improvement: str = param("", "choice", BY_SCENARIO)
    """Way of delivering school improvement to come to, a rung at a time."""
    standardisation: float | None = param(None, "score 0-10", BY_SCENARIO, ge=0, le=10)
    """How much of all fifteen responsibilities to hold at the centre."""
    responsibilities: dict[str, float] = param({}, "choice", BY_SCENARIO, plausible=(0.0, 10.0))
    """How much of single responsibilities to hold at the centre, 0 to 10."""
    central_charge: float | None = param(None, "share", BY_SCENARIO, ge=0, le=1)
    """Top-slice to come to."""
    posts: Posts | None = None
    """Central posts to employ."""
    governance: str = param("", "choice", BY_SCENARIO)
    """Form of governance to come to, a rung at a time."""
    clusters: str = param("", "choice", BY_SCENARIO, pattern=f"^(|{'|'.join(CLUSTERS)})$")
    """None: no clusters. Led: clusters under executive heads. The others: led, with governance of that form."""
    answer: bool | None = param(None, "choice", BY_SCENARIO)
    """Whether break points are answered in time, whatever it costs, or never."""
    handed_back: tuple[str, ...] = param((), "choice", "assumed: decisions that hold", strict=False)
    """Decisions handed back to its CEO."""

    @field_validator("improvement", "governance")
    @classmethod
    def _a_rung(cls, value: str, info: Any) -> str:
        return value if value == "" else _one_of(value, ways(info.field_name), "way of working")

    @field_validator("responsibilities")
    @classmethod
    def _known(cls, value: dict[str, float]) -> dict[str, float]:
        for name, score in value.items():
            _one_of(name, [r.key for r in RESPONSIBILITIES], "responsibility")
            if not 0 <= score <= TOP:
                raise ValueError(f"{name} = {score:g}: should be between 0 and 10")
        return value

    @field_validator("handed_back")
    @classmethod
    def _persistent(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_one_of(name, PERSISTENT, "decision that holds") for name in value)

    @field_validator("ask")
    @classmethod
    def _once(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(value)) < len(value):
            raise ValueError("names a school twice")
        return value

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Decision:
        said = set(self.said())
        if both := sorted(said & set(self.handed_back)):
            raise ValueError(f"{both[0]} is both decided and handed back to its CEO")
        if self.growth == "hold" and (also := sorted(said & {"target", "ask", "near"})):
            raise ValueError(f"a trust that holds takes on no schools, so leave out {' and '.join(also)}")
        return self

    def said(self) -> list[str]:
        """Names of what is decided, in order; what is handed back is not among them."""
        names = [name for name in type(self).model_fields if name not in ("year", "handed_back")]
        return [name for name in names if getattr(self, name) not in (None, "", (), {})]


def once_a_year(decisions: tuple[Decision, ...]) -> tuple[Decision, ...]:
    """The decisions of one trust as they are; ValueError when two are for the same year."""
    years = [d.year for d in decisions]
    for year in years:
        if years.count(year) > 1:
            raise ValueError(f"two decisions for {year}: put them together")
    return decisions


def _one_of(value: str, known: Iterable[str], what: str) -> str:
    names = list(known)
    if value not in names:
        hint = nearest(value, names) or f"; one of {', '.join(repr(n) for n in names)}"
        raise ValueError(f"{value!r} is not a {what}{hint}")
    return value
