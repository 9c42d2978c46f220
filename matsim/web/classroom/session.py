"""A session as a pure fold over its log: whoever reads the same entries sees the same session.

Undoing and repeating a year are entries like any other. A year that is undone keeps what was decided for it; a year
that is repeated is decided afresh.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from matsim.core.errors import InputError
from matsim.web.classroom.storage import Entry

MODES = {
    "parallel": "Parallel worlds: each team has the same trust in a world of its own, with the same luck",
    "shared": "Shared market: one world, each team has a trust of its own and they compete for schools",
}
COLOURS = ("navy", "vermilion", "green", "blue", "purple", "black", "brown", "teal", "red", "grey")
"""Names of the colours that teams choose from."""

MOST_TEAMS = 10
SHOWN = ("league", "results")
"""What the facilitator shows or hides: the league on the projector, and results on the teams' pages."""


TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("seed", "first", "years", "seats", "team", "colour", "year", "place"), int),
    **dict.fromkeys(("mode", "name", "code", "bot", "browser", "what"), str),
    **dict.fromkeys(("done", "locked", "shown"), bool),
    **dict.fromkeys(("choices", "predictions", "shock"), dict),
    "trusts": (list, tuple),
    "until": (int, float),
}
"""Types of what entries hold, by name."""


@dataclass(frozen=True)
class Setup:
    """How a session is played. `trusts` are the UIDs that teams steer: one for all, or one each."""

    mode: str
    seed: int
    first: int
    years: int
    trusts: tuple[int, ...]
    seats: int
    """Teams that there is room for."""


@dataclass(frozen=True)
class Team:
    """A team, or an empty seat that a bot plays (`bot` names how; empty for people)."""

    id: int
    name: str
    colour: int
    code: str
    bot: str = ""


@dataclass(frozen=True)
class Turn:
    """What a team has said for one year: decisions (keys of a scenario's decision), predictions, and whether done."""

    choices: Mapping[str, Any] = field(default_factory=dict)
    predictions: Mapping[str, Any] = field(default_factory=dict)
    done: bool = False


@dataclass(frozen=True)
class State:
    """A session at one moment. `played` is the number of years that have been revealed."""

    setup: Setup
    phase: str = "lobby"
    """"lobby", "playing" or "over"."""
    played: int = 0
    locked: bool = False
    timer: float = 0.0
    """When the time for deciding ends (seconds since 1970); 0 for no timer."""
    shown: frozenset[str] = frozenset({"results"})
    withheld_year: int = 0
    """Year that was being decided when results were last kept back: what they were by then had been seen."""
    teams: Mapping[int, Team] = field(default_factory=dict)
    devices: Mapping[str, int] = field(default_factory=dict)
    """Team of each browser, by the digest of its cookie."""
    hosts: frozenset[str] = frozenset()
    """Browsers of the facilitator, in the same way."""
    turns: Mapping[tuple[int, int], Turn] = field(default_factory=dict)
    shocks: tuple[Mapping[str, Any], ...] = ()

    @property
    def year(self) -> int:
        """The year that is being decided, or that would come next."""
        return self.setup.first + self.played

    @property
    def finished(self) -> bool:
        """Whether the last year has been revealed."""
        return self.played >= self.setup.years

    @property
    def deciding(self) -> bool:
        """Whether teams may decide now."""
        return self.phase == "playing" and not self.locked and not self.finished

    @property
    def informed(self) -> bool:
        """Whether teams have seen what they decide on: results are shown, or were until this year was begun."""
        return "results" in self.shown or self.year <= self.withheld_year

    def trust_of(self, team: int) -> int:
        """UID of the trust that a team steers."""
        return self.setup.trusts[0 if self.setup.mode == "parallel" else (team - 1) % len(self.setup.trusts)]

    def turn(self, team: int, year: int) -> Turn:
        """What a team has said for a year so far."""
        return self.turns.get((team, year), Turn())

    def decisions(self, team: int, years: int | None = None) -> tuple[dict[str, Any], ...]:
        """Decisions of a team for the first so many years (those revealed, by default), as in a scenario file."""
        end = self.setup.first + (self.played if years is None else years)
        turns = ((y, self.turn(team, y).choices) for y in range(self.setup.first, end))
        return tuple({"year": y, **choices} for y, choices in turns if choices)


def fold(entries: Iterable[Entry]) -> State | None:
    """The session that a log tells of; None for an empty log. InputError for an entry that makes no sense."""
    state: State | None = None
    for number, entry in enumerate(entries, start=1):
        try:
            _check_types(entry)
            state = begun(entry) if state is None else apply(state, entry)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError("session", f"line {number}: makes no sense here ({entry.get('kind')}: {error})") from error
    return state


def _check_types(entry: Entry) -> None:
    """Raise TypeError for a field of another type than we write: it would be found out in the middle of a lesson."""
    for name, value in entry.items():
        wanted = TYPES.get(name, object)
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool and wanted is not object):
            raise TypeError(f"{name} is {value!r}")
    if not all(type(uid) is int for uid in entry.get("trusts", ())):
        raise TypeError(f"trusts is {entry['trusts']!r}")
    if type(entry.get("shock", {}).get("year", 0)) is not int:
        raise TypeError(f"the year of the shock is {entry['shock']['year']!r}")


def begun(entry: Entry) -> State:
    """The state after the first entry, which says how the session is played."""
    if entry["kind"] != "setup":
        raise ValueError("a session begins with its setup")
    return State(_setup(entry))


def apply(state: State, entry: Entry) -> State:
    """The state after one more entry. KeyError, TypeError or ValueError for one that makes no sense."""
    return _KINDS[entry["kind"]](state, entry)


def _setup(entry: Entry) -> Setup:
    if entry["mode"] not in MODES:
        raise ValueError(f"no mode is called {entry['mode']!r}")
    return Setup(entry["mode"], entry["seed"], entry["first"], entry["years"], tuple(entry["trusts"]), entry["seats"])


def _set_up(state: State, entry: Entry) -> State:
    if state.phase != "lobby":
        raise ValueError("the session has begun")
    return replace(state, setup=_setup(entry))


def _team(state: State, entry: Entry) -> State:
    team = Team(entry["team"], entry["name"], entry["colour"], entry["code"], entry.get("bot", ""))
    if team.id in state.teams:
        raise ValueError("that team is there")
    return replace(state, teams={**state.teams, team.id: team})


def _device(state: State, entry: Entry) -> State:
    if entry["team"] not in state.teams:
        raise ValueError("no such team")
    return replace(state, devices={**state.devices, entry["browser"]: entry["team"]})


def _leave(state: State, entry: Entry) -> State:
    return replace(state, devices={b: t for b, t in state.devices.items() if b != entry["browser"]})


def _seat(state: State, entry: Entry) -> State:
    """Give a seat to a bot, or back to people."""
    team = replace(state.teams[entry["team"]], bot=entry["bot"])
    return replace(state, teams={**state.teams, team.id: team})


def _remove(state: State, entry: Entry) -> State:
    if state.phase != "lobby":
        raise ValueError("the session has begun")
    number = entry["team"]
    return replace(
        state,
        teams={i: t for i, t in state.teams.items() if i != number},
        devices={b: t for b, t in state.devices.items() if t != number},
    )


def _decide(state: State, entry: Entry) -> State:
    turn = Turn(entry["choices"], entry["predictions"], entry["done"])
    return replace(state, turns={**state.turns, (entry["team"], entry["year"]): turn})


def _reopen(state: State, entry: Entry) -> State:
    """A team takes back that it is done."""
    key = (entry["team"], state.year)
    return replace(state, turns={**state.turns, key: replace(state.turns.get(key, Turn()), done=False)})


def _show(state: State, entry: Entry) -> State:
    if entry["what"] not in SHOWN:
        raise ValueError("nothing is called that")
    shown = state.shown | {entry["what"]} if entry["shown"] else state.shown - {entry["what"]}
    # noted when results are hidden, since what was shown until then cannot be unseen
    back = state.year if entry["what"] == "results" and not entry["shown"] else state.withheld_year
    return replace(state, shown=shown, withheld_year=back)


def _advance(state: State, entry: Entry) -> State:
    if state.phase != "playing" or state.finished or entry["year"] != state.year:
        raise ValueError("that year is not the next")
    return replace(state, played=state.played + 1, locked=False, timer=0.0)


def _undo(state: State, entry: Entry) -> State:
    if not state.played:
        raise ValueError("no year has been played")
    back = state.played - 1
    # decisions stay as a beginning, but nobody has said yet that they hold for the year played anew
    turns = {k: replace(t, done=False) if k[1] == state.setup.first + back else t for k, t in state.turns.items()}
    return replace(state, phase="playing", played=back, locked=False, timer=0.0, turns=turns)


def _repeat(state: State, entry: Entry) -> State:
    back = entry["year"] - state.setup.first
    if not 0 <= back < state.played:
        raise ValueError("that year has not been played")
    turns = {k: t for k, t in state.turns.items() if k[1] < entry["year"]}
    # a shock of the year itself stays: it was there when the year was decided
    shocks = tuple(s for s in state.shocks if s["year"] <= entry["year"])
    return replace(state, phase="playing", played=back, locked=False, timer=0.0, turns=turns, shocks=shocks)


def _unshock(state: State, entry: Entry) -> State:
    place = entry["place"]
    if not 0 <= place < len(state.shocks) or state.shocks[place]["year"] < state.year:
        raise ValueError("no such shock lies ahead")
    return replace(state, shocks=state.shocks[:place] + state.shocks[place + 1 :])


_KINDS: dict[str, Callable[[State, Entry], State]] = {
    "setup": _set_up,
    "host": lambda state, entry: replace(state, hosts=state.hosts | {entry["browser"]}),
    "team": _team,
    "device": _device,
    "leave": _leave,
    "seat": _seat,
    "remove": _remove,
    "start": lambda state, entry: replace(state, phase="playing"),
    "decide": _decide,
    "reopen": _reopen,
    "lock": lambda state, entry: replace(state, locked=entry["locked"]),
    "timer": lambda state, entry: replace(state, timer=entry["until"]),
    "show": _show,
    "advance": _advance,
    "undo": _undo,
    "repeat": _repeat,
    "shock": lambda state, entry: replace(state, shocks=(*state.shocks, entry["shock"])),
    "unshock": _unshock,
    "over": lambda state, entry: replace(state, phase="over", locked=False, timer=0.0),
}
