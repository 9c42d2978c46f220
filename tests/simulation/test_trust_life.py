"""Lives of trusts: every number in them is recomputed from the log and the tables, over many trusts and seeds."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import scenario

from matsim.core.errors import InputError
from matsim.results.numbers import named
from matsim.simulation.biography import Passage
from matsim.simulation.explain import Names
from matsim.simulation.simulate import build_world, simulate
from matsim.simulation.trust_life import COURSES, LONGEST, MERGED, NO_TROUBLE, PHASE, subject, trust_life

YEARS, SEEDS, LIVES = 8, (311, 312, 313), 34


@cache
def tables(seed: int) -> dict[str, pd.DataFrame]:
    settings = scenario(world__synthetic__schools=500, run__school_year=True)
    return simulate(settings, build_world(settings), seed=seed, years=YEARS).tables


def names(seed: int) -> Names:
    return Names.of(tables(seed)["schools"], tables(seed)["trusts"])


def sample(seed: int) -> list[int]:
    """Trusts at random, and the odd ones: the largest, trusts of one, founded in the run, merged, closed, special."""
    years, events = tables(seed)["trust_year"], tables(seed)["events"]
    size, begun = years.groupby("trust")["schools"].max(), years.groupby("trust")["year"].min()
    odd = [
        size.sort_values().index[-4:],
        size.index[size == 1][:4],
        begun.index[begun > years["year"].min()][:4],
        events.loc[events["event"] == "merge", "trust"].unique()[:4],
        events.loc[(events["event"] == "close") & (events["school"] < 0), "trust"].unique()[:4],
        years.loc[years["mainstream_schools"] == 0, "trust"].unique()[:4],
    ]
    some = np.random.default_rng(seed).permutation(size.index)[:LIVES]
    return sorted({int(uid) for uids in (*odd, some) for uid in uids if uid in size.index})


def members(seed: int, uid: int, year: int) -> set[int]:
    table = tables(seed)["school_year"]
    return set(table.loc[(table["trust"] == uid) & (table["year"] == year), "school"].tolist())


def no_other_numbers(passage: Passage, known: Names) -> None:
    """Every number in a sentence is one of the passage's; names and years are no numbers."""
    sentence = passage.sentence
    for name in sorted([*known.schools.values(), *known.trusts.values()], key=len, reverse=True):
        sentence = sentence.replace(name, "") if name in sentence else sentence
    sentence = re.sub(r"\d{4}/\d{2}|\b(19|20)\d{2}\b|of 10 on average|of the five|of 3,|of the ten", "", sentence)
    values = list(passage.numbers.values())
    for sign, text, unit in re.findall(r"([−+]?)£?(\d[\d,]*(?:\.\d+)?)(%?)", sentence):
        places = len(text.partition(".")[2])
        value, accuracy = float(text.replace(",", "")), 0.5000001 * 10.0**-places
        scale = 100.0 if unit else 1.0
        assert any(abs(value - abs(known) * scale) <= accuracy for known in values), (sign, text, passage)


def recomputed(seed: int, uid: int, passage: Passage) -> dict[str, float]:
    """The numbers of a passage that tables alone give, by another way than the life takes."""
    data, year = tables(seed), passage.first
    of_trust: Any = data["trust_year"].query("trust == @uid").set_index("year").sort_index()
    last = of_trust.index.max()
    if passage.about == PHASE:
        before = year - 1 if year - 1 in of_trust.index else year
        out = {"years": passage.last - year + 1.0}
        for end, when in (("before", before), ("after", passage.last)):
            out[f"schools_{end}"] = float(len(members(seed, uid, when)))
            for name in ("value_added", "reserves_share", "capacity"):
                out[f"{name}_{end}"] = float(of_trust.at[when, name])
        return out
    if passage.about == "beginning":
        first = of_trust.iloc[0]
        return {n: float(first[n]) for n in ("pupils", "target", "ambition")} | {
            "schools": float(len(members(seed, uid, int(of_trust.index[0]))))
        }
    if passage.about == "end":
        most = max(len(members(seed, uid, int(y))) for y in of_trust.index)
        return {
            "schools": float(len(members(seed, uid, int(last)))),
            "pupils": float(of_trust["pupils"].iloc[-1]),
            "most": float(most),
        }
    if passage.about == "foreseen":
        return {"foreseen": float(of_trust.at[year, "foreseen"]), "came": float(of_trust.at[year + 2, "capacity"])}
    return {}


def in_log(seed: int, uid: int, passage: Passage) -> None:
    """What is told of events stands in the log: these events of the trust in that year, with these numbers."""
    events = tables(seed)["events"]
    mine = events[((events["trust"] == uid) | (events["other"] == uid)) & (events["year"] == passage.first)]
    if passage.about == "break point":
        loads = mine.loc[mine["event"] == "reach", "value"].tolist()
        assert any(load == passage.numbers["load"] for load in loads)
        return
    rows = mine[mine["event"] == passage.about]
    each = [named(r.inputs) | {"value": r.value, "threshold": r.threshold} for r in rows.itertuples()]
    given = {k: v for k, v in passage.numbers.items() if k != "times"}
    assert any(set(e) == set(given) and all(given[k] == pytest.approx(e[k], nan_ok=True) for k in e) for e in each)
    if "times" in passage.numbers:
        every = events[((events["trust"] == uid) | (events["other"] == uid)) & (events["event"] == passage.about)]
        assert (every.groupby("reason").size() - 1 == passage.numbers["times"]).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_number_is_that_of_the_tables(seed: int) -> None:
    known, seen = names(seed), set()
    for uid in sample(seed):
        life = trust_life(tables(seed), uid, known)
        assert 3 <= len(life.passages) <= LONGEST
        for passage in life.passages:
            seen.add(passage.about)
            no_other_numbers(passage, known)
            again = recomputed(seed, uid, passage)
            if again:
                assert passage.numbers == pytest.approx(again, nan_ok=True), passage
            elif passage.about not in ("joined", "left"):
                in_log(seed, uid, passage)
        phases = [p for p in life.passages if p.about == PHASE]
        years = [y for p in phases for y in range(p.first, p.last + 1)]
        assert years == life.years["year"].tolist(), "phases are all its years, each once, in order"
    assert {PHASE, "beginning", "end", "joined", "left", "break point"} <= seen


@pytest.mark.parametrize("seed", SEEDS)
def test_schools_that_came_and_went_are_the_difference_of_two_years_members(seed: int) -> None:
    known, checked = names(seed), 0
    for uid in sample(seed):
        life = trust_life(tables(seed), uid, known)
        last = int(life.years["year"].max())
        for p in life.passages:
            before = members(seed, uid, p.first - 1)
            if p.about not in ("joined", "left") or not before or p.first > last:
                continue
            now = members(seed, uid, p.first)
            others = [q for q in life.passages if q.about in ("joined", "left") and q.first == p.first and q is not p]
            if not p.numbers.get(MERGED) and not others:
                change = now - before if p.about == "joined" else before - now
                assert sum(p.numbers.values()) == len(change), p
                checked += 1
    assert checked > 10


def test_a_trust_can_be_found_by_its_course() -> None:
    data = tables(SEEDS[0])
    last = data["trust_year"].query("year == year.max()").set_index("trust")["schools"]
    assert last[subject(data, "largest")] == last.max()
    gone = subject(data, "merged")
    assert gone not in last.index
    assert "merged" in trust_life(data, gone, names(SEEDS[0])).passages[-1].sentence
    with pytest.raises(InputError, match="no trust of the number 1 "):
        trust_life(data, 1, names(SEEDS[0]))
    assert set(COURSES) == {"repaired", "troubled", "broken-up", "merged", "largest"}


def test_trouble_is_a_phase_of_its_own_and_can_be_found() -> None:
    """States of trouble set by hand: found, named in the order in which they came, and over when they are."""
    data = dict(tables(SEEDS[0]))
    uid = subject(data, "largest")
    years = data["trust_year"].copy()
    years["trouble"], years["foreseen"] = NO_TROUBLE, np.nan
    mine = years["trust"] == uid
    first = int(years.loc[mine, "year"].min())
    for year, state in ((first + 2, "concern"), (first + 3, "warning"), (first + 4, "repair")):
        years.loc[mine & (years["year"] == year), "trouble"] = state
    years.loc[mine & (years["year"] == first + 1), "foreseen"] = 0.9
    data["trust_year"] = years
    assert subject(data, "repaired") == subject(data, "troubled") == uid
    life = trust_life(data, uid, names(SEEDS[0]))
    (trouble,) = (p for p in life.passages if p.about == PHASE and p.sentence.startswith("In trouble"))
    assert (trouble.first, trouble.last) == (first + 2, first + 4)
    assert "(concern, then warning, then repair)" in trouble.sentence
    (foreseen,) = (p for p in life.passages if p.about == "foreseen")
    assert "foresaw that the central team would do 90% " in foreseen.sentence
    assert json.dumps(life.to_dict(), allow_nan=False)
