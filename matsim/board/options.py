"""The growth options that a board compares: a sensible set from the trust's situation, or its own from a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydantic import Field

from matsim.board.schools_form import find_place
from matsim.board.surroundings import (
    CLUSTER_MINUTES,
    TOO_FAR,
    Situation,
    candidates,
    centre,
    journey,
    new_place,
    partner,
)
from matsim.core.errors import InputError, nearest
from matsim.evidence.parameters import Params, param
from matsim.mechanisms.directed.decisions import Decision, Near, once_a_year
from matsim.scenario.load import load
from matsim.scenario.schema import Scenario, TrustChoice
from matsim.words.amounts import decimals, in_words, many

KEYS = ("stay", "local", "cluster", "merge", "pause")
"""Options that can be made for most trusts."""
CUSTOM = "own"
"""Key of an option of a file, and of one that leaves all to the CEO."""

APPROACHED_PER_SCHOOL, MOST_APPROACHED = 2, 8
"""Schools that are approached for every one wanted, since many say no; and most that are (both assumed)."""
APPROACH_YEARS = 3
"""Years in which a trust approaches its candidates before it stops (assumed)."""
PLANTING_YEARS = 5
"""Years in which it looks for schools in a new place (assumed)."""
PAUSE = 2
"""Years that it pauses (assumed)."""
NEW_CLUSTER = 3
"""Schools of a new cluster: Hill's clusters have two to six."""
FEWEST, MOST = 2, 4


@dataclass(frozen=True)
class Option:
    """One option: what the trust does, in a sentence, and by its decisions of each year.

    `focus` are URNs that the cut of the world must hold, besides the trust's own.
    """

    key: str
    name: str
    description: str
    decisions: tuple[Decision, ...]
    wanted: int = 0
    focus: tuple[int, ...] = ()


@dataclass(frozen=True)
class Wishes:
    """What a board says of the default options: schools it names, how many it wants, a place, a partner's UID."""

    candidates: tuple[int, ...] = ()
    wanted: int = 0
    near: str = ""
    partner: int | None = None


class FileOption(Params):
    """One option of a file: decisions of its own, or a default one under another name."""

    name: str = Field(min_length=1, max_length=60)
    """Its name in tables and charts."""
    plan: str = ""
    """What the trust does, in a sentence."""
    use: str = param("", "choice", "assumed: one of the default options", pattern=f"^(|{'|'.join(KEYS)})$")
    """A default option that it takes its decisions from."""
    wanted: int = param(0, "schools", "assumed: as the board says", plausible=(0, 10), ge=0, le=100)
    """Schools that it means to add, for the risk of not finding them."""
    decisions: tuple[Decision, ...] = Field(default=(), strict=False)
    """What the trust decides, by year; none leaves everything to its CEO."""


class OptionFile(Params):
    """A file of options."""

    options: tuple[FileOption, ...] = Field(strict=False, min_length=FEWEST, max_length=MOST)
    """The options, in the order of the pack."""


def defaults(at: Situation, settings: Scenario, wishes: Wishes, keys: Sequence[str] = ()) -> list[Option]:
    """The options named, or four that suit the trust's situation. InputError for one that cannot be made."""
    makers = _Makers(at, settings, wishes)
    if keys:
        return [makers.option(key) for key in _checked(keys)]
    chosen = ["stay", "local", "cluster" if len(at.members) >= 5 or wishes.near else "merge", "pause"]
    if wishes.partner is not None:
        chosen[3] = "merge"
    options = []
    for key in chosen:
        try:
            options.append(makers.option(key))
        except InputError:
            # options of our own choosing may fall away; a place that the board named may not, without a word
            if wishes.near and key == "cluster":
                raise
    if len(options) < MOST and "merge" not in chosen and partner(at, settings) is not None:
        # beside the other ways to grow; staying comes first because all are compared with it, the pause last
        options.insert(2, makers.option("merge"))
    if len(options) < FEWEST:  # nobody near could join or merge
        options.append(Option(CUSTOM, "Leave it to our CEO", "All is left to the CEO, as the model draws one.", ()))
    return options


def _checked(keys: Sequence[str]) -> Sequence[str]:
    wrong = [f"'{key}' is no option{nearest(key, KEYS)} (one of {', '.join(KEYS)})" for key in keys if key not in KEYS]
    wrong += ["an option is named twice"] if len(set(keys)) < len(keys) else []
    wrong += [] if FEWEST <= len(keys) <= MOST else [f"names {len(keys)} options; a pack compares {FEWEST} to {MOST}"]
    if wrong:
        raise InputError("--compare", wrong)
    return keys


def from_file(path: Path, at: Situation, settings: Scenario, wishes: Wishes) -> list[Option]:
    """The options of a file. InputError names the file and everything that is wrong."""
    file = load(path, OptionFile).scenario
    makers, options, problems = _Makers(at, settings, wishes), [], []
    names = [entry.name for entry in file.options]
    problems += [f"options: two are called '{name}'" for name in dict.fromkeys(names) if names.count(name) > 1]
    for i, entry in enumerate(file.options):
        try:
            options.append(_of_entry(entry, at, makers))
        except (InputError, ValueError) as error:
            messages = error.problems if isinstance(error, InputError) else [str(error)]
            problems += [f"options[{i}]: {problem}" for problem in messages]
    if problems:
        raise InputError(str(path), problems)
    return options


def _of_entry(entry: FileOption, at: Situation, makers: _Makers) -> Option:
    """One option of a file."""
    if entry.use and entry.decisions:
        raise ValueError("says both 'use' and 'decisions'; keep one")
    if entry.use:
        option = makers.option(entry.use)
        words = entry.plan or option.description
        return replace(option, name=entry.name, description=words, wanted=entry.wanted or option.wanted)
    decisions = once_a_year(entry.decisions)
    words = entry.plan or ("As the board wrote it in the option file." if decisions else "All is left to the CEO.")
    return Option(CUSTOM, entry.name, words, decisions, entry.wanted, tuple(_focus(at, decisions)))


def _focus(at: Situation, decisions: Sequence[Decision]) -> Iterator[int]:
    """URNs of schools that decisions are about; those that are not in the world are left for the model's own check."""
    s, world = at.world.schools, at.world
    for decision in decisions:
        yield from set(decision.ask) & set(s["urn"].tolist())
        if decision.merge_with is not None:
            rows = np.flatnonzero(world.trusts["uid"] == decision.merge_with)
            yield from s["urn"][np.isin(s["trust"], rows)].tolist()
        near = decision.near
        if near is not None and near.place:
            codes = [code for code, name in world.la_names.items() if name == near.place]
            yield from s["urn"][np.isin(s["la"], codes)].tolist()
        elif near is not None and near.easting is not None and near.northing is not None:
            gap = np.hypot(s["easting"] - near.easting, s["northing"] - near.northing)
            yield int(s["urn"][int(gap.argmin())])


def scenario_for(settings: Scenario, uid: int, option: Option, years: int) -> Scenario:
    """The base scenario with the trust told what the option says, decisions beyond the run's end left out."""
    end = settings.world.start + years
    decisions = tuple(d for d in option.decisions if d.year < end)
    before = next((t for t in settings.trusts if t.uid == uid), TrustChoice(uid=uid))
    others = tuple(t for t in settings.trusts if t.uid != uid)
    # the trust keeps what else the scenario says of it; only decisions are the option's
    trusts = (*others, before.model_copy(update={"decisions": decisions}))
    run = settings.run.model_copy(update={"years": years})
    return settings.model_copy(update={"trusts": trusts, "run": run})


class _Makers:
    """The default options for one trust."""

    def __init__(self, at: Situation, settings: Scenario, wishes: Wishes) -> None:
        self.at, self.settings, self.wishes = at, settings, wishes
        self.first = settings.world.start
        self.size = len(at.members)
        self.wanted = wishes.wanted or (3 if self.size >= 10 else 2)

    def option(self, key: str) -> Option:
        """One option. InputError when there is nobody to make it with."""
        option: Option = getattr(self, f"_{key}")()
        return option

    def approached(self) -> tuple[int, ...]:
        """URNs to approach: those named, else the nearest, two for each school wanted."""
        count = min(APPROACHED_PER_SCHOOL * self.wanted, MOST_APPROACHED)
        urns = self.wishes.candidates or tuple(candidates(self.at, count))
        if not urns:
            message = f"no school within {TOO_FAR:g} minutes could join; name some with --candidates"
            raise InputError("options", message)
        return urns

    def _stay(self) -> Option:
        present = "present school" if self.size == 1 else f"present {self.size} schools"
        words = f"Take on no schools and merge with nobody. Run the {present} as well as can be."
        return Option("stay", "Stay as we are", words, (Decision(year=self.first, growth="hold"),))

    def _local(self) -> Option:
        approached = self.approached()
        decisions = self._approaching(self.first, approached)
        who = "schools named by the board" if self.wishes.candidates else "nearest schools of our main phase"
        words = (
            f"From {self.first} approach the {len(approached)} {who}, each year for {APPROACH_YEARS} years, until "
            f"{in_words(self.wanted)} have joined; then stop."
        )
        return Option(
            "local",
            f"Add {in_words(self.wanted)} local {'school' if self.wanted == 1 else 'schools'}",
            words,
            decisions,
            self.wanted,
            approached,
        )

    def _pause(self) -> Option:
        approached = self.approached()
        pause = Decision(year=self.first, growth="hold", answer=True)
        decisions = (pause, *self._approaching(self.first + PAUSE, approached))
        words = (
            f"Take on nobody for {PAUSE} years and answer every break point in time, whatever it costs; from "
            f"{self.first + PAUSE} approach the same {len(approached)} schools until {in_words(self.wanted)} have "
            "joined."
        )
        name = f"Pause, then add {in_words(self.wanted)}"
        return Option("pause", name, words, decisions, self.wanted, approached)

    def _approaching(self, year: int, urns: tuple[int, ...]) -> tuple[Decision, ...]:
        target = float(self.size + self.wanted)
        decisions = [Decision(year=year + k, growth="grow", target=target, ask=urns) for k in range(APPROACH_YEARS)]
        return (*decisions, Decision(year=year + APPROACH_YEARS, growth="hold"))

    def _cluster(self) -> Option:
        s, world = self.at.world.schools, self.at.world
        if self.wishes.near:
            rows = find_place(self.wishes.near, world)
        else:
            urn = new_place(self.at)
            if urn is None:
                raise InputError("options", "no place lies near enough for a new cluster; name one with --near")
            rows = np.flatnonzero(s["urn"] == urn).tolist()
        authority = world.la_names[int(s["la"][rows[0]])]
        judged = ""
        if len(rows) > 1:
            near, where = Near(place=authority), authority
            middle = centre(self.at, rows)
            focus = (int(s["urn"][middle]), *(int(u) for u in s["urn"][rows] if u != s["urn"][middle]))
            judged = f" The ten points are judged round {world.school_names[middle]}, where most could join."
        else:
            row = rows[0]
            near = Near(easting=float(s["easting"][row]), northing=float(s["northing"][row]), minutes=CLUSTER_MINUTES)
            where = f"{authority}, within {CLUSTER_MINUTES:g} minutes of {world.school_names[row]}"
            around = journey(world, row, self.settings) <= CLUSTER_MINUTES
            focus = (int(s["urn"][row]), *(int(u) for u in s["urn"][around & ~s["planned"]]))
        target = float(self.size + NEW_CLUSTER)
        start = Decision(year=self.first, growth="grow", target=target, near=near)
        stop = Decision(year=self.first + PLANTING_YEARS, growth="hold")
        far = float(self.at.time[rows].min())
        words = (
            f"Look for up to {in_words(NEW_CLUSTER)} schools in {where}, {decimals(far)} minutes from our nearest "
            f"school, for {PLANTING_YEARS} years; then stop.{judged}"
        )
        return Option("cluster", f"A new cluster in {authority}", words, (start, stop), NEW_CLUSTER, focus)

    def _merge(self) -> Option:
        world = self.at.world
        uid = self.wishes.partner if self.wishes.partner is not None else partner(self.at, self.settings)
        if uid is None:
            raise InputError("options", "no trust near by could merge with this one; name one with --merge")
        row = world.trusts["uid"].tolist().index(uid)
        theirs = np.flatnonzero((world.schools["trust"] == row) & ~world.schools["planned"])
        years = range(self.first, self.first + APPROACH_YEARS)
        decisions = [Decision(year=year, growth="hold", merge_with=uid) for year in years]
        words = (
            f"Propose a merger to {world.trust_names[row]} ({many(len(theirs), 'school')} today, we have "
            f"{self.size}) in each of the first {APPROACH_YEARS} years; if it agrees, the larger of the two then takes "
            "the other in. Take on nobody else."
        )
        focus = tuple(int(u) for u in world.schools["urn"][theirs])
        return Option("merge", f"Merge with {world.trust_names[row]}", words, tuple(decisions), len(theirs), focus)
