"""One session as it runs: the log, the state that it tells of, and the work that is done for it in worker processes.

All methods belong to one thread, that of the event loop. A year is worked out before it is written down: if a run
fails, or the machine stops, the session is where it was.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matsim.core.errors import InputError
from matsim.scenario.fitting import misfits
from matsim.scenario.load import load
from matsim.scenario.schema import Scenario
from matsim.scenario.show import resolved
from matsim.simulation.simulate import world_of
from matsim.web.classroom import bots, debrief, storage
from matsim.web.classroom.choices import in_force, refused
from matsim.web.classroom.debrief import Change, Replayed, Replays
from matsim.web.classroom.names import alike
from matsim.web.classroom.rounds import Before, Outcome, Played, play, scenario_of, trusts_for
from matsim.web.classroom.session import COLOURS, MOST_TEAMS, State, apply, fold
from matsim.web.classroom.storage import LETTERS, LOG, Log
from matsim.web.forms import FormError
from matsim.web.jobs import Job, JobPool, value_of

MOST_RUNS = 64
"""Runs that are kept in memory; those used longest ago go first."""


@dataclass(frozen=True)
class Answer:
    """What a team asked of the debrief: the place of the change in its list, its words, and what came of it."""

    place: int
    question: str
    result: debrief.Alternative


class Room:
    """A session in a folder. `changed` is called with the state after every entry."""

    def __init__(self, folder: Path, base: Scenario, pool: JobPool, keys: Mapping[str, str]) -> None:
        self.folder, self.base, self.pool, self.keys = folder, base, pool, keys
        self.log = Log(folder / LOG)
        state = fold(self.log.entries)
        if state is None:
            raise InputError(str(folder), "holds no session")
        self.state: State = state
        self.changed: Callable[[State], None] = lambda state: None
        self.busy = ""
        self.version = 0
        """Milliseconds of the last change: grows over restarts too."""
        self._tell()
        # the version comes first: replays tell of their progress by it
        self.replays = Replays(pool, self._tell)
        self.drawn: dict[str, Job] = {}
        """Charts of the projector as they are now."""
        self.drawing: dict[int, tuple[Played, Job]] = {}
        """Each team's charts, with the years that they are of."""
        self.questions: set[int] = set()
        """Teams whose question to the debrief is being worked out: one at a time each."""
        self.answers: dict[int, Answer] = {}
        """What each team last asked of the debrief."""
        self._runs: dict[str, Job] = {}

    def do(self, kind: str, **fields: Any) -> State:
        """Write down one thing that happened. InputError in words when it cannot happen now."""
        entry = {"kind": kind, "at": round(time.time(), 3), **fields}
        try:
            # tried on the state first: what is in the log can always be folded again
            state = apply(self.state, entry)
        except (KeyError, ValueError) as error:
            raise InputError(kind, str(error).strip("'")) from error
        self.log.append(entry)
        self.state = state
        if kind in ("undo", "repeat", "advance"):
            self.replays.forget()
            self.answers.clear()  # they are about other years
        self._tell()
        return state

    def _tell(self) -> None:
        self.version = max(self.version + 1, time.time_ns() // 1_000_000)
        self.changed(self.state)

    # teams

    def join(self, name: str, colour: int, browser: str = "", bot: str = "") -> int:
        """A new team; returns its number. InputError when there is no room or the name is taken."""
        most = self.state.setup.seats
        if len(self.state.teams) >= most:
            raise InputError("teams", f"There is room for {most} teams; ask to join one of them with its code.")
        if alike(name) in {alike(t.name) for t in self.state.teams.values()}:
            raise InputError("teams", "Another team has that name; choose another, or join it with its code.")
        number = max(self.state.teams, default=0) + 1
        if self.state.setup.mode == "shared":
            # the number picks the trust there, so that of a team that was removed is given again
            number = next(i for i in range(1, most + 1) if i not in self.state.teams)
        code = "".join(secrets.choice(LETTERS) for _ in range(6))
        self.do("team", team=number, name=name, colour=colour % len(COLOURS), code=code, bot=bot)
        if browser:
            self.do("device", team=number, browser=browser)
        return number

    def add_bot(self) -> int:
        """A bot on an empty seat, of a kind that plays least so far."""
        playing = [t.bot for t in self.state.teams.values()]
        kind = min(bots.PLAYED_BY, key=lambda k: (playing.count(k), bots.PLAYED_BY.index(k)))
        name, again = bots.NAMES[kind], 1
        taken = {t.name for t in self.state.teams.values()}
        while name in taken:
            again += 1
            name = f"{bots.NAMES[kind]} {again}"
        used = {t.colour for t in self.state.teams.values()}
        colour = next((c for c in range(len(COLOURS)) if c not in used), 0)
        return self.join(name, colour, bot=kind)

    # years

    def worlds(self, state: State) -> list[list[int]]:
        """Teams by the world that they live in: all in one, or each in its own."""
        teams = sorted(state.teams)
        if state.setup.mode == "shared":
            return [teams] if teams else []
        return [[team] for team in teams]

    def ask(self, state: State, teams: Sequence[int], years: int) -> Job:
        """The run of a world, begun now or before."""
        key = _key(state, teams, years)
        # taken out and put back at the end: the dictionary is in order of use, the oldest first
        job = self._runs.pop(key, None)
        if job is None or job.stopped or (job.future.done() and job.future.exception() is not None):
            scenario = scenario_of(self.base, state, teams, years)
            uids = sorted({state.trust_of(t) for t in teams})
            job = self.pool.submit(play, scenario, years, uids, self._before(state, teams, years), urgent=True)
        self._runs[key] = job
        while len(self._runs) > MOST_RUNS:
            self._runs.pop(next(iter(self._runs)))
        return job

    def _before(self, state: State, teams: Sequence[int], years: int) -> Before | None:
        """The most of these years that have been played already and are kept; None to begin from the first."""
        for fewer in reversed(range(years)):
            job = self._runs.get(_key(state, teams, fewer))
            if job is not None and job.future.done() and not job.stopped and job.future.exception() is None:
                played: Played = job.future.result()
                return played.end
        return None

    def run_of(self, team: int, years: int | None = None) -> Job:
        """The run that a team's world is told from."""
        state = self.state
        teams = next(teams for teams in self.worlds(state) if team in teams)
        return self.ask(state, teams, state.played if years is None else years)

    async def played(self, team: int) -> Played:
        """The world of a team as it stands."""
        result: Played = await value_of(self.run_of(team))
        return result

    async def outcome(self, team: int) -> Outcome:
        """How a team's trust stands."""
        return (await self.played(team)).outcomes[self.state.trust_of(team)]

    async def outcomes(self, state: State | None = None, years: int | None = None) -> dict[int, Outcome]:
        """How every team's trust stands, or would after so many years."""
        at = state or self.state
        count = at.played if years is None else years
        # all are asked for before the first is waited for, so that worlds run side by side
        runs = [(self.ask(at, teams, count), teams) for teams in self.worlds(at)]
        by_team: dict[int, Outcome] = {}
        for job, teams in runs:
            result: Played = await value_of(job)
            by_team |= {team: result.outcomes[at.trust_of(team)] for team in teams}
        return by_team

    async def start(self) -> None:
        """Begin the first year."""
        if len(self.state.teams) < 1:
            raise InputError("start", "Nobody has joined yet; let teams join, or add bots.")
        self.do("start")
        await self.seat_bots()

    async def advance(self) -> None:
        """Reveal the year that was decided: worked out first, then written down."""
        state = self.state
        if state.phase != "playing" or state.finished:
            raise InputError(
                "advance", "There is no year left to play." if state.finished else "Begin the session first."
            )
        if self.busy:
            raise InputError("advance", "A year is being worked out already.")
        self.busy = "advance"
        try:
            # so that what is worked out is what was decided: nobody can say more meanwhile
            if not state.locked:
                self.do("lock", locked=True)
            await self.seat_bots()
            await self.outcomes(self.state, state.played + 1)
            # while this waited somebody may have undone or repeated a year
            if self.state.played == state.played:
                self.do("advance", year=state.year)
        finally:
            self.busy = ""
        await self.seat_bots()

    async def seat_bots(self) -> None:
        """Let bots decide for the year at hand."""
        state = self.state
        undecided = [t for t in state.teams.values() if t.bot and not state.turn(t.id, state.year).done]
        if state.phase != "playing" or state.finished or not undecided:
            return
        outcomes = await self.outcomes()
        for team in undecided:
            if self.state.year == state.year and outcomes[team.id].open:
                choices, predictions = bots.decide(team.bot, outcomes[team.id], state.year)
                self.do("decide", team=team.id, year=state.year, choices=choices, predictions=predictions, done=True)
                self.prepare(team.id)

    def decide(
        self, team: int, year: int, choices: Mapping[str, Any], predictions: Mapping[str, Any], done: bool
    ) -> None:
        """What a team says for the year. InputError when the time is over, FormError where something does not fit."""
        state = self.state
        if not state.deciding or year != state.year:
            raise InputError("decisions", "The time for deciding this year is over.")
        # judged with all earlier decisions, which still hold: alone a change may look right or wrong that is not
        decisions = (*state.decisions(team), *([{"year": year, **choices}] if choices else ()))
        current = in_force(decisions)
        if choices.get("growth") == "grow" and "target" not in current:
            raise FormError({"target": "“If you grow: schools to aim for”: to grow, say how many schools."})
        if {"ask", "near"} & choices.keys() and current.get("growth", ("",))[0] == "hold":
            raise FormError(
                {"growth": "Hold or grow: you hold since an earlier year; to look for schools, choose Grow."}
            )
        scenario = scenario_of(self.base, state, [team], state.played + 1, {team: decisions})
        if problems := misfits(scenario, world_of(self.base)):
            raise refused(problems)
        self.do("decide", team=team, year=year, choices=dict(choices), predictions=dict(predictions), done=done)
        if done:
            self.prepare(team)

    def prepare(self, team: int) -> None:
        """Begin working out a team's year before it is asked for; only where that does not hang on other teams."""
        state = self.state
        everybody = all(state.turn(t, state.year).done for t in state.teams)
        if state.setup.mode == "parallel" or everybody:
            self.run_of(team, state.played + 1)

    # afterwards

    async def ask_what_if(self, team: int, place: int, question: str, change: Change) -> None:
        """Work out one decision changed, on the same luck, and keep it as the team's answer."""
        state = self.state
        if team in self.questions:
            raise InputError("otherwise", "Your team’s last question is still being worked out.")
        teams = sorted(state.teams) if state.setup.mode == "shared" else [team]
        first = scenario_of(self.base, state, teams)
        second = scenario_of(self.base, state, teams, turns={team: change.decisions})
        self.questions.add(team)
        try:
            job = self.pool.submit(
                debrief.run_alternative, first, second, state.played, state.trust_of(team), urgent=True
            )
            result: debrief.Alternative = await value_of(job)
        finally:
            self.questions.discard(team)
        if self.state.phase == "over" and self.state.played == state.played:
            self.answers[team] = Answer(place, question, result)
            self._tell()

    def begin_replays(self, seeds: int = debrief.SEEDS) -> None:
        """Replay everybody's decisions over many lucks, and each team's trust left to its CEO.

        In a shared market one team at a time is left out, so that what it is compared with has the same rivals.
        """
        state, years = self.state, self.state.played
        if not years:
            raise InputError("debrief", "Play at least one year first.")
        teams = sorted(state.teams)
        uids = {t: state.trust_of(t) for t in teams}
        worlds = [
            Replayed(scenario_of(self.base, state, world), {t: uids[t] for t in world}, False)
            for world in self.worlds(state)
        ]
        if state.setup.mode == "parallel":
            worlds.append(Replayed(scenario_of(self.base, state, []), uids, True))
        else:
            without = ((t, scenario_of(self.base, state, teams, turns={t: ()})) for t in teams)
            worlds += [Replayed(scenario, {t: uids[t]}, True) for t, scenario in without]
        self.replays.begin(worlds, years, self.outcomes(state), seeds)

    def delete(self) -> bool:
        """Stop, and remove the session's files; says whether its folder is gone too. InputError when it cannot be."""
        self.replays.forget()
        return storage.delete(self.folder)


def create(
    folder: Path, scenario: Scenario, *, mode: str = "parallel", years: int = 10, teams: int = MOST_TEAMS
) -> None:
    """Make a session. InputError when the folder holds something else, or the world has no trusts to steer."""
    if folder.exists() and any(folder.iterdir()):
        raise InputError(str(folder), "is not empty and holds no session; choose another folder")
    uids = trusts_for(scenario, mode, teams)
    if not uids:
        raise InputError("scenario", "this world has no trust of three to twelve schools to steer")
    storage.write_new(folder, resolved(scenario))
    setup = {"mode": mode, "seed": scenario.run.seed, "first": scenario.world.start, "years": years}
    seats = teams if mode == "parallel" else min(teams, len(uids))
    Log(folder / LOG).append({"kind": "setup", **setup, "trusts": list(uids), "seats": seats})


def open_room(folder: Path, pool: JobPool) -> Room:
    """The session of a folder, as it was left. InputError naming what is wrong with it."""
    if not storage.exists(folder):
        raise InputError(str(folder), "holds no session")
    keys = storage.read_keys(folder)
    scenario = load(folder / storage.SCENARIO, Scenario).scenario
    world_of(scenario)  # built now, not while a team waits for its page
    return Room(folder, scenario, pool, keys)


def _key(state: State, teams: Sequence[int], years: int) -> str:
    """What a run's numbers follow from, given the session's world."""
    end = state.setup.first + years
    decisions = [(state.trust_of(t), state.decisions(t, years)) for t in teams]
    shocks = [dict(shock) for shock in state.shocks if shock["year"] < end]
    return json.dumps([state.setup.seed, state.setup.first, years, decisions, shocks], sort_keys=True)
