"""Break points: where a way of working no longer carries its load; seen, answered in time, or missed (D1 to D6)."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from matsim.core.sums import weighted
from matsim.evidence.parameters import Params, param, switch
from matsim.mechanisms.directed.unfulfilled import thwart
from matsim.mechanisms.ladders import (
    IMPROVEMENT,
    LADDERS,
    TOPS,
    BackOffice,
    Chief,
    Compliance,
    Governance,
    Improvement,
    Ladder,
    Local,
    loads,
    per_rung,
)
from matsim.state.state import Rows, State

type Floats = NDArray[np.float64]

_EACH = np.arange(len(LADDERS))
_KEYS = np.array([ladder.key for ladder in LADDERS], dtype=object)
"""Places and keys of the six ladders."""


class RungTables(NamedTuple):
    """Numbers of every rung: a row for each ladder (see `per_rung`)."""

    carries: Floats
    one_off: Floats
    years: Floats
    running: Floats
    """£ a year of a rung and of all below it."""


class BreakPointParams(Params):
    """How break points are seen, answered and felt, and the ladders of ways of working between them."""

    answers: str = param(
        "as they see",
        "choice",
        "assumed: for comparing answered with missed",
        pattern="^(as they see|always|never)$",
    )
    """Who answers: CEOs as they see it, every trust in time ("always"), or none ("never")."""
    size_scale: float = param(1.0, "ratio", "building-trusts", plausible=(0.7, 1.4))
    """Scales what every rung carries: sizes are tendencies, not switches."""
    sight: float = param(2.5, "years", "assumed: how far ahead the best CEOs look", plausible=(1, 5))
    """Years ahead that a CEO with full foresight projects this year's growth."""
    unseen: float = param(0.6, "ratio", "assumed: what runs smoothly draws no eye", plausible=(0.4, 0.9))
    """Pressure below which nobody sees a break point coming, however fast the trust grows."""
    in_time: float = param(0.9, "ratio", "assumed: an answer takes a year", plausible=(0.7, 1.0))
    """Pressure that a year's growth would bring, from which trusts that answer in time begin to."""
    harm: float = param(1.0, "ratio", "assumed: scales the harm of every ladder", plausible=(0.0, 2.0))
    """Strength of what follows a missed break point."""
    harm_first: float = param(0.5, "ratio", "assumed: trusts muddle through for a while", plausible=(0.2, 1.0))
    """Part of the full harm of an overload that is felt when it begins."""
    harm_rise: float = param(0.25, "share per year", "assumed: full harm after two years", plausible=(0.0, 0.5))
    """Rise of that part for each year that the overload lasts."""
    harm_most: float = param(1.5, "ratio", "assumed: worse than full harm, and not without end", plausible=(1.0, 2.0))
    """Most harm of an overload, however long it lasts, over the full harm."""
    affordable: float = param(0.5, "share", "assumed: boards keep half their reserves back", plausible=(0.2, 1.0))
    """Share of central reserves, and of a year's top-slice, that may go into an answer."""
    conditions_on: bool = switch()
    """Whether cluster-based and self-improving models need clusters and good practice to carry their load."""
    compliance: Compliance = Compliance()
    governance: Governance = Governance()
    back_office: BackOffice = BackOffice()
    chief: Chief = Chief()
    improvement: Improvement = Improvement()
    local: Local = Local()

    @property
    def ladders(self) -> tuple[Ladder, ...]:
        """The six, in the order of the trusts' columns."""
        return (self.compliance, self.governance, self.back_office, self.chief, self.improvement, self.local)

    @cached_property
    def rungs(self) -> RungTables:
        """Numbers of every rung."""
        carries, one_off, years, yearly = (per_rung(self.ladders, x) for x in ("carries", "one_off", "years", "yearly"))
        return RungTables(carries, one_off, years, np.cumsum(yearly, axis=1))

    def __copy__(self) -> Self:
        copied = super().__copy__()
        copied.__dict__.pop("rungs", None)  # a copy is made to be changed
        return copied


def measure(state: State, p: BreakPointParams, rows: Rows) -> Floats:
    """Pressure on each ladder: load over what the rung carries; 1 is the break point. Shape (n, 6)."""
    ladders = p.ladders
    carries = p.rungs.carries[_EACH, state.trusts.rung[rows]] * p.size_scale
    if p.conditions_on:
        carries[:, IMPROVEMENT] *= p.improvement.fit(state, rows)
    return np.asarray(loads(state, ladders, rows) / carries * np.array([ladder.on for ladder in ladders]))


AS_SEEN, IN_TIME, NEVER = 0, 1, 2
"""How a trust answers break points."""


def answering(state: State, p: BreakPointParams, rows: Rows) -> NDArray[np.int8]:
    """How each trust answers: what the scenario says of all, unless it says otherwise of this one."""
    general = {"as they see": AS_SEEN, "always": IN_TIME, "never": NEVER}[p.answers]
    special = state.trusts.answers[rows]
    return np.where(special > 0, special, general).astype(np.int8)


def step(state: State, p: BreakPointParams) -> None:
    """One year of every multi-academy trust's break points: finish answers, measure, see, answer or miss."""
    trusts = state.trusts
    rows = state.multi()
    if not len(rows):
        return
    _finish(state, rows)
    before, pressure = trusts.pressure[rows], measure(state, p, rows)
    trusts.pressure_before[rows], trusts.pressure[rows] = before, pressure
    # a trust in its first year has 0 before, which is no measure: it would seem to have grown from nothing
    growth = np.maximum(pressure - before, 0.0) * (before > 0)
    foreseen = pressure + growth * p.sight * trusts.foresight[rows][:, None]
    idle = np.isnan(trusts.ready[rows])
    above, pressed = pressure >= 1.0, before >= 1.0
    _report(state, rows, above & ~pressed, "reach", pressure, before)
    _report(state, rows, above & pressed & idle, "miss", pressure, before)
    trusts.strained[rows] = np.where(above, trusts.strained[rows] + 1.0, 0.0)
    at = np.array([state.strategies[r].answers_at for r in rows.tolist()])[:, None]
    # a CEO without foresight answers only what already presses; nobody answers what cannot be seen at all
    wants = (foreseen >= at) & (pressure >= p.unseen)
    who = answering(state, p, rows)
    if who.any():
        who = who[:, None]
        wants = np.where(who == IN_TIME, pressure + growth >= p.in_time, wants & (who != NEVER))
    coming = (foreseen >= 1.0) & ~above & idle & (before < pressure)
    _report(state, rows, coming, "warn", pressure, foreseen)
    wants &= trusts.rung[rows] < TOPS
    if not state.directed:
        _answer(state, p, rows, wants & idle, pressure)
        return
    orders = _directed_rungs(state, rows)
    wants = np.where(orders < 0, wants, trusts.rung[rows] < orders)
    _answer(state, p, rows, wants & np.isnan(trusts.ready[rows]), pressure)
    _unpaid(state, p, rows, orders)


def _directed_rungs(state: State, rows: Rows) -> NDArray[np.int8]:
    """The rung that each trust is told to come to on each ladder (n, 6), −1 where its CEO decides.

    A way of working beyond the one told is given up at once: only the way up is paid for and takes time.
    """
    trusts = state.trusts
    orders = np.full((len(rows), len(LADDERS)), -1, np.int8)
    for row, direction in state.directed.items():
        at = int(np.searchsorted(rows, row))
        if at == len(rows) or rows[at] != row:
            continue
        for ladder, rung in direction.rungs.items():
            orders[at, ladder] = rung
            if trusts.rung[row, ladder] > rung:
                trusts.rung[row, ladder] = rung
                reason = LADDERS[ladder].key
                state.log.add("resolve", rule="directed", trust=row, reason=reason, inputs={"rung": rung})
            if trusts.rung[row, ladder] == rung:
                trusts.ready[row, ladder] = np.nan
    return orders


def _unpaid(state: State, p: BreakPointParams, rows: Rows, orders: NDArray[np.int8]) -> None:
    """Log the ways of working that trusts are told to come to and cannot yet pay for."""
    trusts = state.trusts
    which, ladder = np.nonzero((trusts.rung[rows] < orders) & np.isnan(trusts.ready[rows]))
    for i, k in zip(which.tolist(), ladder.tolist(), strict=True):
        following = p.ladders[k].rungs[trusts.rung[rows[i], k] + 1]
        reason = f"it cannot pay for its next way of working: {following.name}"
        thwart(state, int(rows[i]), reason, value=following.one_off)


def _finish(state: State, rows: Rows) -> None:
    """Put in place the answers that are ready."""
    trusts = state.trusts
    which, ladder = _where(trusts.ready[rows] <= state.year + 0.5)
    if not len(which):
        return
    trust = rows[which]
    trusts.rung[trust, ladder] += 1
    trusts.ready[trust, ladder] = np.nan
    pressure = trusts.pressure[trust, ladder]
    state.log.add(
        "resolve",
        rule="break points",
        trust=trust,
        reason=_names(ladder),
        value=pressure,
        threshold=1.0,
        margin=1.0 - pressure,
        inputs={"rung": trusts.rung[trust, ladder].astype(float)},
    )


def _answer(state: State, p: BreakPointParams, rows: Rows, wants: NDArray[np.bool_], pressure: Floats) -> None:
    """Begin the next rung where it is wanted and can be paid for, the highest pressure first."""
    trusts = state.trusts
    some = np.flatnonzero(wants.any(axis=1))
    if not len(some):
        return
    rows, wants, pressure = rows[some], wants[some], pressure[some]
    spent = trusts.one_off[rows]
    money = p.affordable * (np.maximum(trusts.reserves[rows], 0.0) + trusts.top_slice[rows] * trusts.income[rows])
    money = money - spent
    in_time = answering(state, p, rows) == IN_TIME  # whatever it costs
    # a row for each rank of pressure: its ladder, and what the next rung of that costs
    ladder = np.argsort(-pressure, axis=1, kind="stable").T
    who = np.arange(len(rows))
    wanted = wants[who, ladder]
    # above the top rung this is the padding of `per_rung`; `wants` is False there
    upper = trusts.rung[rows, ladder] + 1
    price = p.rungs.one_off[ladder, upper]
    go = np.empty_like(wanted)
    for begun, want, dear in zip(go, wanted, price, strict=True):
        begun[:] = want & ((dear <= money) | in_time)
        cost = np.where(begun, dear, 0.0)
        spent, money = spent + cost, money - cost
    trusts.one_off[rows] = spent
    rank, who = _where(go)
    if not len(who):
        return
    trust, which = rows[who], ladder[rank, who]
    ready = state.year + p.rungs.years[which, upper[rank, who]]
    trusts.ready[trust, which] = ready
    value = pressure[who, which]
    state.log.add(
        "respond",
        rule="break points",
        trust=trust,
        reason=_names(which),
        value=value,
        threshold=1.0,
        margin=1.0 - value,
        inputs={"cost": price[rank, who], "ready": ready},
    )


def _where(pick: NDArray[np.bool_]) -> tuple[Rows, Rows]:
    """Rows and columns that are picked, row by row."""
    row, column = np.divmod(np.flatnonzero(pick), pick.shape[1])
    return row, column


def _names(ladder: NDArray[np.intp]) -> NDArray[np.object_]:
    return _KEYS[ladder]


def _report(state: State, rows: Rows, pick: NDArray[np.bool_], event: str, pressure: Floats, other: Floats) -> None:
    which, ladder = _where(pick)
    if not len(which):
        return
    value = pressure[which, ladder]
    state.log.add(
        event,
        rule="break points",
        trust=rows[which],
        reason=_names(ladder),
        value=value,
        threshold=1.0,
        margin=1.0 - value,
        inputs={
            "pressure": value,
            "compared": other[which, ladder],
            "rung": state.trusts.rung[rows[which], ladder].astype(float),
        },
    )


def overload(state: State, p: BreakPointParams, rows: Rows) -> Floats:
    """How far each trust is past each break point: 0 to 1.5 at the default harm, more with years. Shape (n, 6)."""
    trusts = state.trusts
    over = np.clip(trusts.pressure[rows] - 1.0, 0.0, 1.0)
    felt = np.minimum(p.harm_first + p.harm_rise * trusts.strained[rows], p.harm_most)
    return np.asarray(over * felt * (trusts.pressure[rows] >= 1.0) * p.harm)


def harm(state: State, p: BreakPointParams, rows: Rows) -> Floats:
    """What missed break points take from every school's improvement in the year (sd), by trust."""
    return weighted(overload(state, p, rows), np.array([ladder.harm for ladder in p.ladders]))


def dearer(state: State, p: BreakPointParams, rows: Rows) -> Floats:
    """What missed break points add to back-office cost (share), by trust."""
    return weighted(overload(state, p, rows), np.array([ladder.dearer for ladder in p.ladders]))


def running_cost(state: State, p: BreakPointParams, rows: Rows) -> Floats:
    """£ a year of the rungs in place, by trust."""
    return np.asarray(p.rungs.running[_EACH, state.trusts.rung[rows]].sum(axis=1))


def radar(state: State, rows: Rows) -> tuple[Floats, Floats]:
    """Pressure now (n, 6), and years until the break point at this year's growth (inf when not growing)."""
    trusts = state.trusts
    now = trusts.pressure[rows]
    growth = now - trusts.pressure_before[rows]
    with np.errstate(divide="ignore", invalid="ignore"):
        years = np.where(now >= 1.0, 0.0, np.where(growth > 1e-6, (1.0 - now) / growth, np.inf))
    return now, years
