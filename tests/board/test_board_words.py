"""Every sentence of a board pack follows the whole distribution: its numbers are counted again from the tables here,
and each is tried on a case in which what the middle future shows would be false."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from support.frames import record

from matsim.board.tables import BOARD_TABLES, YEAR_COLUMNS
from matsim.mechanisms.ladders import LADDERS
from matsim.report.board import agenda, money, places, radar, risks, story
from matsim.report.board.options import NOTICED, Tables, in_ten, often
from matsim.words.titles import AREAS, POINTS

FUTURES, YEARS = 20, range(2018, 2024)
OURS, OTHER = 700, 800
NAMES = ("Stay", "Ask two", "Merge")
ASKED = {100001: "Alpha", 100002: "Beta", 100003: "Gamma"}
EVENTS = [c.name for c in BOARD_TABLES["option_event"].columns]


def yearly(options: int = 3, futures: int = FUTURES, **columns: Any) -> pd.DataFrame:
    """`option_year` with a trust of three schools to which nothing happens, some columns otherwise."""
    keys = list(product(range(options), range(1, futures + 1), YEARS))
    frame = pd.DataFrame(keys, columns=["option", "future", "year"])
    kinds = {c.name: {"int64": 0, "float64": 0.0, "bool": True}[c.dtype] for c in YEAR_COLUMNS[3:]}
    usual = {"trust": OURS, "schools": 3, "capacity": 1.0, "reserves_share": 0.1, "buyin": 0.7, "income": 1e6}
    usual |= {f"{what}_{area}": 1.0 for what in ("need", "supply") for area in AREAS}
    return frame.assign(**(kinds | usual | columns))


def event(kind: str, option: int, future: int, year: int = 2019, **columns: object) -> dict[str, object]:
    usual = {"month": "Mar", "rule": "", "reason": "", "school": -1, "trust": OURS, "other": -1}
    numbers = dict.fromkeys(("value", "threshold", "margin"), float("nan"))
    return usual | numbers | {"event": kind, "option": option, "future": future, "year": year} | columns


def fates(options: int = 3, futures: int = FUTURES) -> pd.DataFrame:
    rows = [(o, f, "stands", -1, "", "none" if o == 2 else "") for o in range(options) for f in range(1, futures + 1)]
    return pd.DataFrame(rows, columns=BOARD_TABLES["fates"].names)


def tables(years: pd.DataFrame | None = None, events: list[dict[str, object]] | None = None, *,
           fate: pd.DataFrame | None = None, named: int = 2, wanted: int = 2, ungraded: int = 0) -> Tables:  # fmt: skip
    """A pack of three options: to stay, to ask two schools named, and to merge."""
    options = pd.DataFrame(
        [(0, "stay", "Stay", "", 0), (1, "local", "Ask two", "", wanted), (2, "merge", "Merge", "", 4)],
        columns=BOARD_TABLES["options"].names,
    )
    asked = [(1, urn, name, i < named) for i, (urn, name) in enumerate(ASKED.items())]
    return Tables("Ours", OURS, 3, FUTURES, 30_000.0, options, yearly() if years is None else years,
                  pd.DataFrame(events or [], columns=EVENTS), fates() if fate is None else fate,
                  pd.DataFrame(asked, columns=BOARD_TABLES["asked"].names), ungraded)  # fmt: skip


def at(years: pd.DataFrame, option: int, futures: list[int]) -> pd.Series:
    return (years["option"] == option) & years["future"].isin(futures)


@pytest.fixture(scope="module")
def drawn() -> Tables:
    """A pack in which everything is drawn, so that no two futures are alike; our trust ends in some."""
    luck = np.random.default_rng(13)
    years = yearly()
    n = len(years)
    years["outcome_first"] = luck.normal(0, 0.1, n)
    years["reserves_share"], years["capacity"] = luck.normal(0.12, 0.04, n), luck.normal(1.05, 0.1, n)
    years["came"], years["balance"] = luck.binomial(1, 0.3, n), luck.normal(0.01, 0.02, n)
    years["central_charge"] = luck.uniform(0.03, 0.08, n)
    for key in POINTS:
        years[f"pressure_{key}"] = luck.uniform(0.4, 1.06, n)
    for area in AREAS:
        years[f"supply_{area}"] = luck.normal(1.2, 0.12, n)
    fate = fates()
    ends = luck.choice(["stands", "taken in", "re-brokered", "moved", "closed"], len(fate), p=[0.6, 0.1, 0.1, 0.1, 0.1])
    merges = (fate["option"] == 2).to_numpy()
    fate["fate"] = np.where(merges, "stands", ends)
    fate["merger"] = np.where(merges, luck.choice(["ours", "theirs", "other", "none"], len(fate)), "")
    fate.loc[fate["merger"].isin(("theirs", "other")), "fate"] = "taken in"
    fate["year"] = np.where(fate["fate"] == "stands", -1, luck.choice(list(YEARS)[1:], len(fate)))
    end = fate.set_index(["option", "future"])["year"].replace(-1, 9999)
    when = pd.MultiIndex.from_frame(years[["option", "future"]]).map(end.to_dict())
    years["itself"] = years["year"] < when
    events = [
        event(str(luck.choice(["join", "transfer"])), 1, f, int(luck.choice(YEARS)), school=urn,
              reason=luck.choice(["chosen", "ordered", "intervention"]))
        for f in range(1, FUTURES + 1) for urn in (*ASKED, 100009) if luck.random() < 0.5
    ]  # fmt: skip
    events += [
        event(str(luck.choice(["approve", "refuse"])), 1, f, school=urn)
        for f in range(1, 9)
        for urn in (100001, 100002)
    ]
    return tables(years, events, fate=fate)


def ours(pack: Tables, option: int) -> dict[int, pd.DataFrame]:
    """The years of each future in which our trust stands, from the raw table."""
    own = pack.years[(pack.years["option"] == option) & pack.years["itself"]]
    return {f: own[own["future"] == f].sort_values("year") for f in range(1, FUTURES + 1) if (own["future"] == f).any()}


def results(pack: Tables, option: int, future: int) -> float:
    years = pack.years
    own = years[(years["option"] == option) & (years["future"] == future) & (years["year"] == max(YEARS))]
    return float(own["outcome_first"].iloc[0])


def compared(pack: Tables, option: int) -> tuple[int, int, int]:
    """Better, worse and no real difference, counted one future at a time."""
    merged = pack.fates[pack.fates["merger"].isin(("ours", "theirs"))]["future"].tolist()
    counted = merged if option == 2 else range(1, FUTURES + 1)
    gaps = [results(pack, option, f) - results(pack, 0, f) for f in counted]
    better, worse = sum(g >= NOTICED for g in gaps), sum(g <= -NOTICED for g in gaps)
    return better, worse, len(gaps) - better - worse


def joined(pack: Tables, future: int, schools: list[int], *, chose: bool = False) -> int:
    own = [e for _, e in pack.events.iterrows() if e["future"] == future and e["event"] in ("join", "transfer")]
    return len({e["school"] for e in own if e["school"] in schools and not (chose and e["reason"] != "chosen")})


def sentence(pack: Tables, option: int) -> str:
    return agenda.lead(pack)[1 + option]


def test_the_first_page_counts_what_the_tables_hold(drawn: Tables) -> None:
    assert f"Results within {NOTICED:g} sd: no real difference." in agenda.lead(drawn)[0]
    for option in range(3):
        said, own = sentence(drawn, option), ours(drawn, option)
        safe = np.mean([(f["reserves_share"] >= 0.05).all() for f in own.values()])
        assert f"reserves stay above 5% {often(float(safe))} while we stand" in said
        better, worse, same = compared(drawn, option)
        if option:
            of = better + worse + same
            assert f"do better in {better} of {of} futures, worse in {worse}, no real difference in {same}" in said
        ends = drawn.fates[(drawn.fates["option"] == option) & (drawn.fates["fate"] != "stands")]
        if option < 2:
            assert f"we cease to be a trust of our own in {len(ends)} of 20 futures" in said
            for fate, words in (
                ("taken in", "taken in by another trust"),
                ("re-brokered", "moved by the commissioner or regional director"),
                ("moved", "joined another trust by choice"),
                ("closed", "closed with our last school"),
            ):
                assert f"{(ends['fate'] == fate).sum()} {words}" in said
    own = ours(drawn, 0)
    short = np.mean([(f["capacity"] < 0.9).sum() >= 2 for f in own.values()])
    assert f"short for two years or more {often(float(short))}" in sentence(drawn, 0)


def test_a_merger_is_told_by_who_takes_whom_in(drawn: Tables) -> None:
    counts = drawn.fates["merger"].value_counts()
    said = sentence(drawn, 2)
    assert (
        f"in {counts['ours']} of 20 futures we take the other trust in, in {counts['theirs']} it takes us in, " in said
    )
    assert f"in {counts['other']} another trust takes us in and in {counts['none']} nobody merges" in said
    assert f"we may merge ({counts['ours'] + counts['theirs']} of 20 futures)" in agenda.belief(
        drawn.each[2], drawn.each[0]
    )
    assert f"if it takes us in ({counts['theirs']} of these)" in agenda.belief(drawn.each[2], drawn.each[0])
    told = risks.register(drawn.each).set_index("Risk")
    assert "We cease to be a trust of our own" in told.index
    assert told.loc["The merger does not come about", "How often there"] == in_ten(
        (counts["none"] + counts["other"]) / FUTURES
    )


def test_a_merger_that_does_not_come_about_has_no_effect() -> None:
    """Ten mergers that change nothing, and ten futures without one in which results differ all the same."""
    years, fate = yearly(), fates()
    years.loc[at(years, 2, list(range(1, 11))), "outcome_first"] = 0.4
    fate.loc[(fate["option"] == 2) & (fate["future"] > 10), "merger"] = "ours"
    pack = tables(years, fate=fate)
    assert "do better in none of 10 futures, worse in none, no real difference in 10" in sentence(pack, 2)
    assert "our present schools" not in sentence(tables(years), 2)  # nobody merges: nothing to say
    assert "noticeably worse" not in agenda.belief(tables(years).each[2], tables(years).each[0])


def test_gaps_too_small_to_notice_are_neither_better_nor_worse() -> None:
    years = yearly()
    years.loc[at(years, 1, list(range(1, 9))), "outcome_first"] = 0.049
    years.loc[at(years, 1, list(range(9, 19))), "outcome_first"] = -0.049
    assert "better in none of 20 futures, worse in none, no real difference in 20" in sentence(tables(years), 1)
    years.loc[at(years, 1, [19]), "outcome_first"], years.loc[at(years, 1, [20]), "outcome_first"] = 0.05, -0.05
    assert "better in 1 of 20 futures, worse in 1, no real difference in 18" in sentence(tables(years), 1)
    shown = agenda.side_by_side(tables(years)).tables[0].frame
    assert shown["Results better, worse, alike"].tolist() == ["–", "1, 1, 18", "–"]


def test_schools_named_are_counted_by_name(drawn: Tables) -> None:
    """Two of any schools come far more often than the two that were named."""
    both = sum(joined(drawn, f, [100001, 100002]) == 2 for f in range(1, FUTURES + 1))
    some = sum(joined(drawn, f, [*ASKED, 100009]) >= 2 for f in range(1, FUTURES + 1))
    assert both < some
    assert f"both of the schools you named join us in {both} of 20 futures" in sentence(drawn, 1)
    chose = sum(joined(drawn, f, [100001, 100002], chose=True) == 2 for f in range(1, FUTURES + 1))
    assert chose < both
    assert f"Both of the schools you named choose to join us ({in_ten(chose / FUTURES)})" in agenda.belief(
        drawn.each[1], drawn.each[0]
    )
    each = agenda.meant(drawn).tables[1].frame.set_index("School")["Ask two"]
    for urn, name in ASKED.items():
        came, by_choice = (sum(joined(drawn, f, [urn], chose=c) for f in range(1, FUTURES + 1)) for c in (False, True))
        assert each[f"{name} ({urn})"] == f"{came} of 20 futures, by choice in {by_choice}"
    assert each["Together"] == f"Both of the schools you named: {both} of 20 futures"
    assert each["Any other school"] == f"{sum(joined(drawn, f, [100009]) for f in range(1, FUTURES + 1))} of 20 futures"
    told = risks.register(drawn.each).set_index("Risk").loc["Fewer schools join than planned"]
    assert told["How often there"] == in_ten(1 - both / FUTURES)
    assert "of 2 of the schools named came in the middle one of those futures" in told["Effect"]
    asked = story.questions(drawn, _points(), _checklist()).points[0]
    assert f"by their own choice {often(chose / FUTURES)}" in asked


def test_schools_that_were_made_to_join_do_not_want_to() -> None:
    events = [event("join", 1, f, school=s, reason="ordered") for f in range(1, 17) for s in (100001, 100003)]
    years = yearly()
    years.loc[at(years, 1, list(range(1, 17))) & (years["year"] == 2019), "came"] = 2
    pack = tables(years, events, named=0)
    assert "two schools or more join us in 8 of 10 futures, by their own choice in no future" in sentence(pack, 1)
    assert "2 schools choose to join us (none)" in agenda.belief(pack.each[1], pack.each[0])


def test_numbers_of_another_trust_are_not_ours() -> None:
    """Taken in by a trust without reserves: ours never fell below the line while it was ours."""
    years, fate = yearly(), fates()
    gone = years["year"] >= 2020
    years.loc[gone, ["itself", "reserves_share", "capacity", "schools"]] = [False, -0.5, 0.1, 40]
    fate = fate.assign(fate="taken in", year=2020, into="Giant")
    pack = tables(years, fate=fate)
    assert "we cease to be a trust of our own in 20 of 20 futures (taken in by another trust)" in sentence(pack, 0)
    assert "reserves stay above 5% in every future while we stand" in sentence(pack, 0)
    shown = agenda.side_by_side(pack).tables[0].frame
    assert shown["Schools"].tolist() == ["–"] * 3
    assert shown["We stand"].tolist() == ["0 of 20"] * 3
    told = risks.register(pack.each)
    assert told["Risk"].tolist()[0] == "We cease to be a trust of our own"
    assert not told["Risk"].str.contains("Reserves|team").any()
    assert "most often into Giant" in told["Effect"].iloc[0]
    assert "20 of 20 futures (taken in by another trust)" in "".join(
        story.questions(pack, _points(), _checklist()).points
    )


def test_an_ending_in_one_future_of_twenty_five_is_in_the_register() -> None:
    fate = fates()
    fate.loc[0, "fate"], fate.loc[0, "year"] = "closed", 2019
    fate.loc[1, "future"] = 2
    many = pd.concat([fate[fate["option"] == o].assign() for o in range(3)])
    told = risks.register(tables(fate=many).each)
    assert told.set_index("Risk").loc["We cease to be a trust of our own", "How often there"] == "1 of 20"


def test_a_team_short_in_four_futures_of_ten_is_not_told_to_have_enough() -> None:
    """The middle future has enough posts everywhere in every year; 8 of 20 lack one in finance for three years."""
    years = yearly()
    years.loc[at(years, 0, list(range(1, 9))) & (years["year"] < 2021), "supply_finance"] = 0.5
    pack = tables(years)
    told = money.ledger_words(pack.each[0])
    assert "enough posts in every area and every year in 6 of 10 futures" in told
    assert "most often in finance, at some time in 4 of 10 futures, and then in 3 of 6 years" in told
    assert told == money.ledger(pack).figures[0].title
    assert "in every future" in money.ledger_words(tables().each[0])


def test_the_ledger_counts_what_the_tables_hold(drawn: Tables) -> None:
    for option in range(3):
        own, told = ours(drawn, option), money.ledger_words(drawn.each[option])
        lack = {a: [(f[f"supply_{a}"] < f[f"need_{a}"] - 0.005).sum() for f in own.values()] for a in AREAS}
        enough = np.mean([not any(lack[a][i] for a in AREAS) for i in range(len(own))])
        worst = max(AREAS, key=lambda a: float(np.mean([n > 0 for n in lack[a]])))
        assert f"every area and every year {often(float(enough))}" in told
        assert f"at some time {often(float(np.mean([n > 0 for n in lack[worst]])))}" in told
        table = money.ledger(drawn).tables[0].frame
        for row, area in enumerate(AREAS):
            short = np.mean([(f[f"supply_{area}"] < 0.9 * f[f"need_{area}"]).sum() >= 2 for f in own.values()])
            assert table[NAMES[option]].iloc[row] == in_ten(float(short))


def test_a_break_point_passed_in_four_futures_of_ten_is_told_so() -> None:
    years = yearly()
    years.loc[at(years, 0, list(range(1, 9))), "pressure_governance"] = 1.1
    years.loc[at(years, 0, list(range(1, 7))) & (years["year"] >= 2021), "pressure_chief"] = 1.1
    pack = tables(years)
    told = radar.radar_words(pack.each[0])
    assert "we are past governance and schemes of delegation in 4 of 10 futures, the most of the six" not in told
    assert "in 4 of 10 futures, and no other; most often passed later is " in told
    assert "in 3 of 10 futures, after 3 years in the middle one of those." in told
    figure = radar.radar_section(pack, _points()).figures[0]
    assert figure.title == told
    row = figure.table.set_index("Break point")["Stay"]
    assert row[POINTS["governance"]] == "4 of 10, at once"
    assert row[POINTS["chief"]] == "3 of 10, 3 years"
    assert row[POINTS["local"]] == "none"
    assert "past none of the six break points" in radar.radar_words(tables().each[0])


def test_the_radar_counts_what_the_tables_hold(drawn: Tables) -> None:
    for option in range(3):
        told = radar.radar_words(drawn.each[option])
        start = {k: [f[f"pressure_{k}"].iloc[0] >= 1 for f in ours(drawn, option).values()] for k in POINTS}
        most = max(start, key=lambda k: sum(start[k]))
        assert often(sum(start[most]) / FUTURES) in told
        for key in POINTS:
            past = [(f[f"pressure_{key}"] >= 1).any() for f in ours(drawn, option).values()]
            cell = radar.lead_words(radar.lead_times(drawn.each[option], key))
            assert cell.startswith(in_ten(sum(past) / FUTURES))


def test_a_way_of_working_that_is_not_that_of_all_futures_is_told_so() -> None:
    years = yearly()
    years.loc[at(years, 0, list(range(1, 7))), "rung_governance"] = 1
    now = money.points_table(tables(years), _points()).set_index("Break point")["Our way of working"]
    assert now[POINTS["governance"]].endswith("(7 of 10)")
    assert "of 10" not in now[POINTS["chief"]]


@pytest.mark.parametrize(
    ("answer", "share", "told"),
    [("yes", 0.55, "Yes in 6 of 10"), ("yes", 1.0, "Yes"), ("no", 0.45, "Yes in 5 of 10"), ("no", 0.0, "No"),
     ("open", float("nan"), ""), ("no", float("nan"), "No in the middle future"), ("yes", 0.97, "Yes in nearly all")],
)  # fmt: skip
def test_a_point_is_yes_only_where_it_is_yes_in_every_future(answer: str, share: float, told: str) -> None:
    assert radar.answer(pd.Series({"answer": answer, "share": share})) == told


def test_the_checklist_counts_answers_over_futures() -> None:
    frame = _checklist().assign(answer="yes", share=[1.0, 0.0, *[0.6] * 7, float("nan")])
    frame.loc[frame.index[-1], "answer"] = "open"
    said = radar.checklist(frame, "Ashton").paragraphs[0]
    assert "1 yes and 1 no in every future looked at, 7 yes in some futures and no in others, 1 left blank" in said


def test_money_gives_ranges_and_counts_deficits_over_futures(drawn: Tables) -> None:
    table = money.money(drawn).tables[0].frame.set_index("Option")
    for option, name in enumerate(NAMES):
        last = [f["central_charge"].iloc[-1] for f in ours(drawn, option).values() if f["year"].iloc[-1] == max(YEARS)]
        low, high = (np.quantile(last, q, method="nearest") for q in (0.05, 0.95))
        assert record(table, name)["Top-slice at the end"].endswith(f"({100 * low:.1f}% to {100 * high:.1f}%)")
    title = money.money(drawn).figures[1].title
    for option, name in enumerate(NAMES):
        red = [
            ((f["balance"] < 0).to_numpy()[1:] & (f["balance"] < 0).to_numpy()[:-1]).any()
            for f in ours(drawn, option).values()
        ]
        assert f"“{name}” {in_ten(float(np.mean(red)))}" in title


def test_risks_say_that_their_effect_is_that_of_the_middle_future(drawn: Tables) -> None:
    told = risks.register(drawn.each).set_index("Risk")
    own = [ours(drawn, o) for o in range(3)]
    low = [sum((f["reserves_share"] < 0.05).any() for f in futures.values()) for futures in own]
    row = told.loc["Reserves fall below 5% of income"]
    worst = int(np.argmax(low))
    assert row["Belongs most to"] == NAMES[worst]
    assert row["How often there"] == in_ten(low[worst] / FUTURES)
    assert row["Effect"].endswith("in the middle one of those futures")
    fewer = [compared(drawn, o)[1] for o in (1, 2)]
    assert told.loc["Our present schools do worse for it", "How often there"] == in_ten(max(fewer) / FUTURES)


def test_what_rests_on_drawn_grades_is_said_and_not_headlined() -> None:
    years = yearly()
    years.loc[at(years, 0, list(range(1, 13))) & (years["year"] > 2019), "inadequate"] = 1
    known, blind, partly = (tables(years, ungraded=n) for n in (0, 3, 1))
    words = "More of our schools are judged Inadequate than after the first year"
    assert risks.main_risk(known.each[0], known.each[0]) == f"{words} (6 of 10)"
    assert "Inadequate" not in risks.main_risk(blind.each[0], blind.each[0])
    by_luck = "(by luck: no file gives the grade of {} of our 3 schools)"
    assert risks.register(blind.each)["Risk"].tolist()[-1] == f"{words} {by_luck.format(3)}"
    assert risks.register(known.each)["Risk"].tolist().index(words) < len(risks.register(known.each)) - 1
    assert risks.main_risk(partly.each[0], partly.each[0]) == f"{words} {by_luck.format(1)} (6 of 10)"


def test_the_clusters_of_one_future_are_not_told_as_those_of_today() -> None:
    ours = pd.DataFrame({"name": ["A", "B", "C"], "cluster": [1, 1, -1], "isolated": [False, False, True]})
    assert places.where(ours) == (
        "3 schools of ours, C more than an hour from the rest; as one future begins, 2 of them in 1 cluster."
    )
    assert places.where(ours.iloc[:1]) == "1 school of ours."


def test_a_pack_without_risks_has_an_empty_register() -> None:
    quiet = replace(tables(), options=tables().options.iloc[:1])
    assert risks.register(quiet.each).empty
    assert list(risks.register(quiet.each))[:2] == ["Risk", "Belongs most to"]


def test_the_story_is_of_one_future_and_closes_with_numbers(drawn: Tables) -> None:
    nothing = pd.DataFrame([], columns=BOARD_TABLES["story"].names)
    told = story.story(drawn, nothing, 7)
    assert "future 7 under every option" in told.paragraphs[0]
    for option, table in enumerate(told.tables):
        assert f"{results(drawn, option, 7):.2f}".replace("-", "−").rstrip("0") in table.note
        own = ours(drawn, option).get(7)
        fate = drawn.fates[(drawn.fates["option"] == option) & (drawn.fates["future"] == 7)].iloc[0]
        assert ("It ends with" in table.note) == (fate["fate"] == "stands")
        if own is not None:
            low = f"{100 * own['reserves_share'].min():.1f}".rstrip("0").rstrip(".")
            assert f"{low}%".replace("-", "−") in table.note


def test_questions_count_what_the_tables_hold(drawn: Tables) -> None:
    asked = " ".join(story.questions(drawn, _points(), _checklist()).points)
    shares = {o: compared(drawn, o)[1] / sum(compared(drawn, o)) for o in (1, 2)}
    worst = max(shares, key=lambda o: shares[o])
    assert f"in {compared(drawn, worst)[1]} of {sum(compared(drawn, worst))} futures" in asked
    counts = drawn.events["event"].value_counts()
    assert f"{counts['approve'] / (counts['approve'] + counts['refuse']):.0%} of applications are approved" in asked
    safe = [np.mean([(f["reserves_share"] >= 0.05).all() for f in ours(drawn, o).values()]) for o in range(3)]
    assert f"they stay above 5% of income {often(float(min(safe)))} while we stand" in asked


def _points() -> pd.DataFrame:
    rest = {"cost": 1.0, "yearly": 1.0, "years": 1.0, "signs": "s", "drivers": "d", "harm": "h"}
    ways = ((ladder.key, [rung.name for rung in ladder.rungs]) for ladder in LADDERS)
    rows = [{"key": key, "name": POINTS[key], "now": names[0], "next": names[1], **rest} for key, names in ways]
    return pd.DataFrame(rows)


def _checklist() -> pd.DataFrame:
    rows = [(i, f"Question {i}?", "yes", "Because.", "model", 0.5) for i in range(1, 11)]
    return pd.DataFrame(rows, columns=BOARD_TABLES["checklist"].names)
