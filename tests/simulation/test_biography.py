"""Biographies of schools and heads: every number in them is recomputed from the tables, over many lives.

What the log tells of posts is held against the table of schools, which says who was head at the end of each year, and
the other way round; no number stands in a sentence that is not among those recomputed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import scenario

from matsim.core.errors import InputError
from matsim.results.numbers import named
from matsim.simulation.biography import CAME, LEFT, Life, Passage, head_life, school_life
from matsim.simulation.explain import Names
from matsim.simulation.simulate import build_world, simulate
from matsim.words.amounts import academic
from matsim.world.base import World
from matsim.world.geography import minutes

YEARS, SEED, LIVES = 10, 311, 150


SETTINGS = scenario(world__synthetic__schools=1000, run__school_year=True)


@cache
def world() -> World:
    return build_world(SETTINGS)


@cache
def tables() -> dict[str, pd.DataFrame]:
    """Ten years of an area of 1,000 schools."""
    return simulate(SETTINGS, world(), seed=SEED, years=YEARS).tables


def away(one: int, other: int) -> float:
    """Minutes between two schools."""
    a, b = (int(np.searchsorted(world().schools["urn"], urn)) for urn in (one, other))
    east, north = (float(world().schools[name][a] - world().schools[name][b]) for name in ("easting", "northing"))
    sparsity = np.array([world().neighbours.sparsity[[a, b]].mean()])
    return float(minutes(np.array([np.hypot(east, north) / 1000.0]), sparsity, SETTINGS.travel)[0])


@cache
def names() -> Names:
    return Names.of(tables()["schools"], tables()["trusts"])


@cache
def wide(column: str) -> pd.DataFrame:
    """A column of `school_year`: years by schools."""
    return tables()["school_year"].pivot(index="year", columns="school", values=column)


@cache
def led_by() -> pd.DataFrame:
    """Who led each school in each year, by the table alone: who was head at the end of the year before.

    nan where nobody was, and in the first year, of which the table does not tell. A partner's head who came to lead a
    school without one in November is known from the log.
    """
    person = wide("head_id").where(~wide("vacancy").astype("boolean").fillna(True).astype(bool)).shift(1)
    person = person.where(wide("pupils").notna())
    events = tables()["events"]
    for row in events[(events["event"] == "head") & (events["reason"] == "cover")].itertuples(index=False):
        person.loc[row.year, row.school] = named(row.inputs)["person"]
    return person


def sample() -> list[int]:
    """Schools at random, and some with each kind of passage."""
    table = tables()["school_year"]
    some = np.random.default_rng(1).permutation(table["school"].unique())[:LIVES].tolist()
    for mask in (table["lender"] >= 0, table["executive"] >= 0, table["reserves"] < 0, table["designated"]):
        some += table.loc[mask, "school"].unique()[:20].tolist()
    return sorted(set(some))


@cache
def longest_first() -> list[str]:
    """Names of schools and trusts, of which some are the beginning of others."""
    return sorted([*names().schools.values(), *names().trusts.values()], key=len, reverse=True)


def tokens(sentence: str) -> Iterator[tuple[float, float]]:
    """Every number that stands in a sentence, and half of its last place; names and academic years are no numbers."""
    for name in longest_first():
        sentence = sentence.replace(name, "") if name in sentence else sentence
    sentence = re.sub(r"\d{4}/\d{2}", "", sentence)
    for sign, text in re.findall(r"([−+]?)£?(\d[\d,]*(?:\.\d+)?)", sentence):
        places = len(text.partition(".")[2])
        yield float(text.replace(",", "")) * (-1 if sign == "−" else 1), 0.5000001 * 10.0**-places


def check(passage: Passage, numbers: dict[str, float]) -> None:
    """The numbers of a passage are those recomputed, and the sentence holds no others."""
    assert set(passage.numbers) == set(numbers), passage
    for name, value in numbers.items():
        assert passage.numbers[name] == pytest.approx(value, abs=1e-9, nan_ok=True), (name, passage)
    # heads of a school are counted in its life; how far above or below is said in words, which `said_which_way` holds
    sentence = re.sub(r"^Head \d+ \(number", "(number", passage.sentence)
    for value, accuracy in tokens(sentence):
        assert any(abs(abs(value) - abs(known)) <= accuracy for known in numbers.values()), (value, passage)
    said_which_way(passage, numbers)
    assert academic(passage.first) in passage.sentence or passage.about == "money"
    assert academic(passage.last) in passage.sentence or passage.about == "money"


def said_which_way(passage: Passage, numbers: dict[str, float]) -> None:
    """Words in place of a sign are those of the number."""
    for name, below, above in (("skill", "below the average", "above the average"), ("least", "less", "more")):
        value = numbers.get(name, np.nan)
        size = 1.0 if name == "least" else 0.01
        if value < -size:
            assert below in passage.sentence, (name, passage)
        if value > size:
            assert above in passage.sentence, (name, passage)


def results(first: int, last: int, urn: int) -> dict[str, float]:
    outcome = wide("outcome")[urn]
    before, after = outcome.get(first - 1, np.nan), outcome.get(last, np.nan)
    return {"before": before, "after": after, "change": after - before}


def spells(values: pd.Series) -> list[tuple[int, int, Any]]:
    """Stretches of years in which a value stays the same: first, last, value; gaps in years part them."""
    found: list[tuple[int, int, Any]] = []
    for year, value in zip(values.index.tolist(), values.tolist(), strict=True):
        if found and found[-1][2] == value and found[-1][1] == year - 1:
            found[-1] = (found[-1][0], int(year), value)
        else:
            found.append((int(year), int(year), value))
    return found


def test_heads_of_schools_are_those_of_the_table() -> None:
    """Year by year, from the second on: the head whom the log gives a school is the one it had at the end of the year
    before; skill, years and results are those of the tables, and how it began and ended is what the log says."""
    end = int(wide("outcome").index[-1])
    heads = {(row.school, row.year): row for row in tables()["events"].query("event == 'head'").itertuples()}
    seen: set[str] = set()
    count = 0
    for urn in sample():
        passages = [p for p in school_life(tables(), urn, names()).passages if p.about == "head"]
        by_year = {year: p for p in passages for year in range(p.first, p.last + 1)}
        there = wide("pupils")[urn].dropna().index
        assert sorted(by_year) == there.tolist()
        for year in there[there > there[0]]:
            person = by_year[year].numbers.get("person", np.nan)
            assert person == pytest.approx(led_by().loc[year, urn], nan_ok=True), (urn, year)
        for p in passages:
            if "person" not in p.numbers:
                check(p, {"years": float(p.last - p.first + 1)})
                continue
            count += 1
            later = wide("head")[urn].where(wide("head_id")[urn] == p.numbers["person"]).dropna()
            skill = later.iloc[0] if len(later) else p.numbers["skill"]
            known = {"person": p.numbers["person"], "skill": skill, "years": float(p.last - p.first + 1)}
            check(p, known | results(p.first, p.last, urn))
            how = [words for words in CAME.values() if f", {words}, " in p.sentence]
            assert len(how) == 1
            seen.add(how[0])
            if p.first > there[0] and how[0] != CAME["cover"] and how[0] != CAME["promoted"]:
                assert how[0] == CAME[str(heads[urn, p.first - 1].reason)]
            last = "; " + p.sentence.rstrip(".").rpartition("; ")[2]
            seen.add(last)
            at_end = p.last == end and not wide("vacancy").loc[end, urn]
            still = at_end and wide("head_id").loc[end, urn] == p.numbers["person"]
            assert (last == f"; {LEFT['']}") == still
    assert count > LIVES
    assert {CAME[reason] for reason in ("", "outside", "own", "moved", "promoted")} <= seen
    assert {f"; {LEFT[reason]}" for reason in ("", "ordinary", "grade", "promoted")} <= seen


def test_trusts_grades_and_money_are_those_of_the_table() -> None:
    for urn in sample():
        life = school_life(tables(), urn, names())
        rows = tables()["school_year"].query("school == @urn").set_index("year").sort_index()
        for about, column in (("trust", "trust"), ("grade", "grade")):
            expected = spells(rows[column].astype(object))
            passages = [p for p in life.passages if p.about == about]
            assert [(p.first, p.last) for p in passages] == [(a, b) for a, b, _ in expected]
            for p, (a, b, value) in zip(passages, expected, strict=True):
                numbers = {"years": float(b - a + 1)}
                if about == "trust":
                    numbers |= {"trust": float(value), "outcome": rows["outcome"].loc[a:b].mean()}
                    assert (names().trust(int(value)) if int(value) >= 0 else "maintained") in p.sentence
                else:
                    assert str(value).lower() in p.sentence.lower()
                check(p, numbers)
        (money,) = (p for p in life.passages if p.about == "money")
        teaching, reserves = rows["teaching"], rows["reserves"]
        check(
            money,
            {
                "teaching": teaching.sum() / len(rows),
                "most": max(teaching),
                "least": min(teaching),
                "begin": reserves[rows.index.min()],
                "end": reserves[rows.index.max()],
                "deficits": float(sum(x < 0 for x in reserves)),
            },
        )


def test_what_a_school_borrowed_and_lent_is_that_of_the_table() -> None:
    """Pairs by the column `lender` alone; what they gave and cost from what all pairs of the year gave and cost."""
    lender, lent = wide("lender"), wide("lent")
    checked = {"gain": 0, "cost": 0}
    for urn in sample():
        passages = [p for p in school_life(tables(), urn, names()).passages if p.about == "lending"]
        borrowed = [s for s in spells(lender[urn].dropna()) if s[2] >= 0]
        mine = [p for p in passages if "gain" in p.numbers]
        assert [(p.first, p.last) for p in mine] == [(a, b) for a, b, _ in borrowed]
        for p, (a, b, other) in zip(mine, borrowed, strict=True):
            assert names().school(int(other)) in p.sentence
            check(p, {"minutes": away(urn, int(other)), "years": b - a + 1.0, "gain": lent[urn].loc[a:b].sum()})
            checked["gain"] += 1
        given = [
            (a, b, other)
            for other in map(int, lender.columns)
            for a, b, by in spells(lender[other].dropna())
            if by == urn
        ]
        theirs = [p for p in passages if "cost" in p.numbers]
        assert sorted((p.first, p.last) for p in theirs) == sorted((a, b) for a, b, _ in given)
        for p in theirs:
            others = [o for a, b, o in given if (a, b) == (p.first, p.last) and names().school(o) in p.sentence]
            assert others
            time = min((away(urn, o) for o in others), key=lambda t: abs(t - p.numbers["minutes"]))
            years = p.last - p.first + 1.0
            check(p, {"minutes": time, "years": years, "cost": years * scenario().lending.cost})
            checked["cost"] += 1
    assert min(checked.values()) > 30


def test_lives_of_heads_are_the_posts_that_the_table_shows() -> None:
    """Every post of a person, every school; as executive head the cluster's schools and their mean results."""
    led, executive = led_by(), wide("executive")
    people = np.unique(led.to_numpy()[led.notna().to_numpy()])
    some = np.random.default_rng(2).permutation(people)[:LIVES].tolist()
    some += np.unique(executive.to_numpy()[(executive >= 0).to_numpy()]).tolist()
    end, posts, clusters = int(led.index[-1]), 0, 0
    for person in {int(p) for p in some}:
        life = head_life(tables(), person, names())
        mine: Any = led.where(led == person).stack().dropna()
        shown = set(mine.index.tolist())
        told = set()
        for p in (p for p in life.passages if p.about == "head"):
            urn = next(u for u, name in names().schools.items() if f"Head of {name} " in p.sentence)
            told |= {(year, urn) for year in range(p.first, p.last + 1)}
            known = {"person": float(person), "skill": p.numbers["skill"], "years": p.last - p.first + 1.0}
            check(p, known | results(p.first, p.last, urn))
            posts += 1
        first_year = int(led.index[0])
        assert {pair for pair in told if pair[0] > first_year and pair in shown} == shown
        opened = {urn: wide("pupils")[urn].first_valid_index() for _, urn in told}
        assert all(year == opened[urn] for year, urn in told - shown), "only of a first year does the table not tell"
        leads: Any = executive.where(executive == person).stack().dropna()
        years = sorted({year + 1 for year, _ in leads.index if year < end})
        executives = [p for p in life.passages if p.about == "executive"]
        assert [y for p in executives for y in range(p.first, p.last + 1)] == years
        for p in executives:
            members = [urn for year, urn in leads.index if year == p.first - 1]
            means = {y: float(wide("outcome").loc[y, members].to_numpy().mean()) for y in (p.first - 1, p.last)}
            known = {"schools": float(len(members)), "years": p.last - p.first + 1.0}
            known |= {"before": means[p.first - 1], "after": means[p.last]}
            check(p, known | {"change": means[p.last] - means[p.first - 1]})
            assert all(names().school(urn) in p.sentence for urn in members)
            clusters += 1
    assert posts > LIVES
    assert clusters > 15


def test_json_holds_the_same() -> None:
    for urn in sample()[:20]:
        life: Life = school_life(tables(), urn, names())
        back = json.loads(json.dumps(life.to_dict(), allow_nan=False))
        assert [p["sentence"] for p in back["passages"]] == [p.sentence for p in life.passages]
        for p, one in zip(back["passages"], life.passages, strict=True):
            for name, value in one.numbers.items():
                assert p["numbers"][name] == (None if np.isnan(value) else value)
        assert len(back["years"]) == len(life.years) == (tables()["school_year"]["school"] == urn).sum()


def test_what_there_is_no_life_of_is_refused() -> None:
    with pytest.raises(InputError, match="no school of the number 1 "):
        school_life(tables(), 1, names())
    with pytest.raises(InputError, match="nobody of the number 1 "):
        head_life(tables(), 1, names())
    with pytest.raises(InputError, match="needs the table school_year"):
        school_life({"events": tables()["events"]}, sample()[0], names())
