"""Figures: what they say is what the tables hold, names are shown literally, and nothing empty is drawn."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from matsim.figures import Figure, style
from matsim.figures.break_points import break_points_reached, lead_time, radar, trust_break_points
from matsim.figures.costs import cost_by_size
from matsim.figures.flows import flows, memberships
from matsim.figures.groups import by_group, by_group_over_runs
from matsim.figures.ledger import capacity_ledger
from matsim.figures.lines import Line, over_years, quantiles
from matsim.figures.maps import Travel, growth_map, isolated, ring, school_map
from matsim.figures.parts import spread, year_axis
from matsim.figures.reserves import option_reserves, reserves, trust_reserves
from matsim.figures.routes import SHADES, openings, size_distribution, who_runs_schools
from matsim.figures.text import safe
from matsim.simulation.simulate import Finished
from matsim.words.amounts import academic, amount, change

type Tables = dict[str, pd.DataFrame]
type Draw = Callable[[Tables, int], Figure | None]

EVIL = 'St <b>Bold</b> & <a href="https://x.test">Link</a> %{x}'

DRAWN: dict[str, Draw] = {
    "sizes": lambda t, _: size_distribution(t["trust_year"]),
    "who runs": lambda t, _: who_runs_schools(t["system_year"]),
    "openings": lambda t, _: openings(t["system_year"]),
    "groups": lambda t, _: by_group(t["trust_year"]),
    "group costs": lambda t, _: by_group(t["trust_year"], "backoffice_per_pupil", "growth_strategy"),
    "costs": lambda t, _: cost_by_size(t["trust_year"]),
    "reached": lambda t, _: break_points_reached(t["events"], sorted(t["trust_year"]["year"].unique().tolist())),
    "reserves": lambda t, _: reserves(t["trust_year"]),
    "flows": lambda t, _: flows(t["schools"], t["events"], t["trust_year"]),
    "map": lambda t, _: school_map(t["schools"], t["events"], t["trust_year"]),
    "trust map": lambda t, n: school_map(t["schools"], t["events"], t["trust_year"], trust=n, rings=(20, 40)),
    "growth": lambda t, n: growth_map(t["schools"], t["events"], t["trust_year"], [n]),
    "ledger": lambda t, n: capacity_ledger(t["trust_year"], n),
    "own break points": lambda t, n: trust_break_points(t["trust_year"], n),
    "radar": lambda t, n: radar(t["trust_year"], n),
    "own reserves": lambda t, n: trust_reserves(t["trust_year"], n),
}


@pytest.fixture(scope="module")
def tables(decade: Finished) -> Tables:
    return dict(decade.tables)


@pytest.fixture(scope="module")
def trust(tables: Tables) -> int:
    """The largest trust at the end."""
    last = tables["trust_year"][tables["trust_year"]["year"] == tables["trust_year"]["year"].max()]
    return int(last.sort_values(["schools", "trust"])["trust"].iloc[-1])


def there(figure: Figure | None) -> Figure:
    assert figure is not None
    return figure


def texts(figure: Figure) -> str:
    """The plot as JSON, without Plotly's escapes of `<` and `/`, which a browser takes off again."""
    return json.dumps(json.loads(str(figure.plot.to_json())), ensure_ascii=False)


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_every_figure_is_whole_pure_and_bounded(draw: Draw, tables: Tables, trust: int) -> None:
    before = {name: frame.copy() for name, frame in tables.items()}
    one, again = there(draw(tables, trust)), there(draw(tables, trust))
    assert texts(one) == texts(again)
    pd.testing.assert_frame_equal(one.table, again.table)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, tables[name])
    assert one.title.endswith(".")
    assert re.search(r"\d", one.title)
    assert one.alt.endswith(".")
    assert re.fullmatch(r"[a-z0-9-]+", one.key)
    assert len(one.table)
    assert one.table.columns.is_unique
    assert len(texts(one)) < 600_000
    code = re.compile(r"\b[a-z]+_[a-z_]+\b")  # a code name: small letters joined by underscores
    assert not code.search(" ".join([one.title, one.alt, one.note, *map(str, one.table.columns)]))


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_nothing_is_fetched_or_drawn_by_webgl(draw: Draw, tables: Tables, trust: int) -> None:
    plot = json.loads(texts(there(draw(tables, trust))))
    kinds = {trace["type"] for trace in plot["data"]}
    assert not {k for k in kinds if "geo" in k or "choropleth" in k or "map" in k.replace("heatmap", "") or "gl" in k}
    assert "geo" not in plot["layout"]["template"]["layout"]
    assert "http" not in texts(there(draw(tables, trust)))
    assert "title" not in plot["layout"] or plot["layout"]["title"]["text"] != there(draw(tables, trust)).title


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_without_rows_there_is_no_figure(draw: Draw, tables: Tables, trust: int) -> None:
    empty = {name: frame.iloc[:0] for name, frame in tables.items()}
    assert draw(empty, trust) is None


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_one_year_is_enough(draw: Draw, tables: Tables, trust: int) -> None:
    first = int(tables["system_year"]["year"].min())
    cut = {n: f[f["year"] == first].reset_index(drop=True) if "year" in f else f for n, f in tables.items()}
    found = draw(cut, trust)
    if found is not None:
        assert academic(first) in " ".join([found.title, found.alt, *map(str, found.table.to_numpy().ravel())])


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_names_are_shown_literally(draw: Draw, tables: Tables, trust: int) -> None:
    named = {n: f.assign(name=EVIL) if "name" in f else f for n, f in tables.items()}
    found = there(draw(named, trust))
    shown = texts(found)
    assert "<a " not in shown
    assert "<b>Bold" not in shown
    assert ("&lt;b&gt;Bold" in shown) == bool(re.search("Bold", shown))
    assert "%{x}" not in shown


def test_the_sizes_are_the_tables(tables: Tables) -> None:
    figure = there(size_distribution(tables["trust_year"]))
    years = tables["trust_year"].groupby("year")["schools"]
    seen = sorted(tables["trust_year"]["year"].unique())
    first, last = years.get_group(seen[0]), years.get_group(seen[-1])
    assert f"went from {(first >= 11).sum()} in" in figure.title
    assert f"to {last[last >= 11].sum() / last.sum():.0%} of all academies" in figure.title
    assert figure.table["1 school"].tolist() == years.apply(lambda s: int((s == 1).sum())).tolist()
    assert figure.table["6 to 10 schools"].tolist() == [*map(int, years.apply(lambda s: s.between(6, 10).sum()))]
    bars = json.loads(texts(figure))["data"]
    assert [b["y"] for b in bars] == [figure.table[c].tolist() for c in figure.table.columns[1:]]


def test_who_runs_schools_gives_the_shares(tables: Tables) -> None:
    system = tables["system_year"]
    figure = there(who_runs_schools(system))
    share = system["primary_in_mats"] / system["primary_schools"]
    assert f"{share.iloc[0]:.1%} to {share.iloc[-1]:.1%} of primary schools" in figure.title
    assert figure.table["Primary schools: in MATs"].tolist() == system["primary_in_mats"].tolist()


def test_break_points_are_counted_from_the_log(tables: Tables) -> None:
    events, years = tables["events"], sorted(tables["trust_year"]["year"].unique().tolist())
    reached = events[events["event"] == "reach"]
    figure = there(break_points_reached(events, years))
    assert f"{len(reached):,} times" in figure.title
    assert int(figure.table.drop(columns="Year").to_numpy().sum()) == len(reached)
    row = reached[(reached["year"] == years[0]) & (reached["reason"] == "chief")]
    assert figure.table["The CEO's role"].iloc[0] == len(row)


def test_reserves_count_those_below_the_line(tables: Tables) -> None:
    trusts = tables["trust_year"]
    mats = trusts[(trusts["year"] == trusts["year"].max()) & (trusts["schools"] >= 2)]
    mats = mats[mats["kind"] == "multi-academy trust"]
    figure = there(reserves(trusts))
    assert f"{(mats['reserves_share'] < 0.05).sum()} of {len(mats)} MATs held less than 5%" in figure.title
    assert amount(float(mats["reserves_share"].median()), "share") in figure.title


def test_group_bands_are_quantiles_of_the_trusts(tables: Tables) -> None:
    trusts = tables["trust_year"]
    mats = trusts[(trusts["kind"] == "multi-academy trust") & (trusts["schools"] >= 2)]
    last = mats[mats["year"] == mats["year"].max()]
    figure = there(by_group(trusts))
    for group, rows in last.groupby("strategy_group", observed=True):
        middle = amount(float(rows["mean_outcome"].median()), "sd")
        assert f"{middle} in {group}" in figure.title
        own = figure.table[figure.table["Option"] == str(group).capitalize()].iloc[-1]
        low, high = (amount(float(rows["mean_outcome"].quantile(q)), "sd") for q in (0.05, 0.95))
        assert own["9 in 10 trusts"] == f"{low} to {high}"


def test_group_bands_over_runs() -> None:
    rows = [
        {"run": r, "replicate": r, "year": y, "grouping": "strategy group", "group": g, "mean_outcome": 0.1 * r + k}
        for r in range(11) for y in (2018, 2019) for k, g in enumerate(("a", "b"))
    ]  # fmt: skip
    figure = there(by_group_over_runs(pd.DataFrame(rows)))
    assert "0.50 sd in a" in figure.title
    assert "1.50 sd in b" in figure.title
    assert figure.table["Middle half of futures"].iloc[0] == "0.20 sd to 0.80 sd"
    assert figure.table["All futures run"].iloc[0] == "0.00 sd to 1.00 sd"  # eleven draws cannot say nine in ten


def test_memberships_are_made_again_from_the_log(tables: Tables) -> None:
    years = tables["system_year"]["year"].tolist()
    found = memberships(tables["schools"], tables["events"], years)
    end = found[years[-1]]
    assert (end.where(end >= 0, -1).to_numpy() == tables["schools"]["last_trust"].to_numpy()).all()
    sizes = tables["trust_year"].set_index(["year", "trust"])["schools"]
    for year in years:
        counted = found[year][found[year] >= 0].value_counts()
        assert counted.to_dict() == sizes.loc[year].to_dict()
        still = int((found[year] >= -1).sum())
        assert still == tables["system_year"].set_index("year").at[year, "schools"]


def test_flows_add_up(tables: Tables) -> None:
    figure = there(flows(tables["schools"], tables["events"], tables["trust_year"]))
    assert figure.table["Schools"].sum() == len(tables["schools"])
    last = tables["system_year"].iloc[-1]
    ends = figure.table.groupby("To")["Schools"].sum()
    assert ends["Maintained"] == last["maintained"]
    assert ends["MAT"] == last["academies_in_mats"]
    assert ends["Single-academy trust"] == last["single_academies"]


def test_the_map_shows_one_trust_and_growth_ends_there(tables: Tables, trust: int) -> None:
    places = tables["schools"][tables["schools"]["last_trust"] == trust]
    on_map = there(school_map(tables["schools"], tables["events"], tables["trust_year"], trust=trust))
    assert sorted(on_map.table["School"]) == sorted(places["name"])
    plot = json.loads(texts(on_map))
    assert plot["layout"]["yaxis"]["scaleanchor"] == "x"
    assert plot["layout"]["yaxis"]["scaleratio"] == 1
    grown = there(growth_map(tables["schools"], tables["events"], tables["trust_year"], [trust]))
    names = [f.name for f in grown.plot.frames]
    assert names == grown.table["Year"].tolist()
    xs = [[x for x in f.data[0].x if x is not None] for f in grown.plot.frames]
    assert [len(x) for x in xs] == grown.table.iloc[:, 1].tolist()
    assert sorted(xs[-1]) == sorted((places["easting"] / 1000).round(2))


def test_isolation_and_rings_follow_from_the_speed() -> None:
    travel = Travel(speed=60.0, detour=1.2, start=0.0)
    assert travel.km(60) == pytest.approx(50.0)
    places = np.array([[0.0, 0.0], [10.0, 0.0], [61.0, 0.0]])
    assert isolated(places, travel).tolist() == [False, False, True]
    assert isolated(places[:1], travel).tolist() == [False]
    round_it = ring((5.0, 5.0), 20.0)
    assert np.allclose(np.hypot(*(round_it - 5.0).T), 20.0)


def test_ledger_says_where_posts_are_short(tables: Tables, trust: int) -> None:
    own = tables["trust_year"][tables["trust_year"]["trust"] == trust].copy()
    for area in ("leadership", "improvement", "finance", "hr", "estates", "governance"):
        own[f"need_{area}"], own[f"supply_{area}"] = 1.0, 2.0
    assert "enough posts in every area" in there(capacity_ledger(own, trust)).title
    own.loc[own.index[-3:], "need_hr"] = 4.0
    figure = there(capacity_ledger(own, trust))
    assert f"in HR (3 of {len(own)} years)" in figure.title
    assert "2.0 of the 4.0 posts" in figure.title
    assert figure.table["HR: supply of need"].iloc[-1] == "2.00 of 4.00"


def test_lead_time_ignores_years_at_another_way_of_working() -> None:
    own = pd.DataFrame({"pressure_chief": [0.9, 0.5, 0.6], "rung_chief": [0, 1, 1]})
    assert lead_time(own, "chief") == pytest.approx(4.0)
    assert lead_time(own.assign(rung_chief=[0, 0, 1]), "chief") == np.inf
    assert lead_time(own.assign(pressure_chief=[0.5, 0.9, 1.1]), "chief") == 0.0


def test_radar_takes_the_lead_times_it_is_given(tables: Tables, trust: int) -> None:
    keys = ("compliance", "governance", "back_office", "chief", "improvement", "local")
    lead = dict.fromkeys(keys, np.inf) | {"local": 3.2}
    figure = there(radar(tables["trust_year"], trust, lead=lead))
    assert figure.table["Break point"].iloc[0] == "Local decisions"
    assert figure.table["Years until it"].iloc[0] == "about 3 years off"
    assert "local decisions as its nearest break point" in figure.title


def test_options_say_in_how_many_futures() -> None:
    rng = np.random.default_rng(3)
    rows = [
        {"option": o, "year": y, "future": f, "reserves_share": base + rng.normal(0, 0.02)}
        for o, base in (("stay", 0.08), ("two <more>", 0.05)) for y in (2019, 2020) for f in range(50)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    figure = there(option_reserves("board", frame, "Our trust"))
    last = frame[frame["year"] == 2020]
    for option, own in last.groupby("option"):
        assert f"“{option}” {(own['reserves_share'] >= 0.05).sum()} of 50" in figure.title
    assert "<more>" not in texts(figure)
    assert figure.table["Option"].unique().tolist() == ["stay", "two <more>"]


def test_a_line_over_years_without_values_is_none() -> None:
    frame = pd.DataFrame({"year": [2018], "option": ["a"], "median": [np.nan]})
    assert over_years("k", "t", "a", frame, label="L", unit="sd") is None
    one = there(over_years("k", "t", "a", frame.assign(median=1.0), label="L", unit="sd", level=Line(0.5, "half")))
    assert one.table.to_dict("list") == {"Year": ["2018/19"], "a": ["1.00 sd"]}


def test_quantiles_leave_missing_values_out() -> None:
    frame = pd.DataFrame({"g": ["a"] * 5 + ["b"], "v": [1.0, 2, 3, 4, np.nan, np.nan]})
    found = quantiles(frame, "v", ["g"])
    assert found["g"].tolist() == ["a"]
    assert found[["low50", "median", "high50", "n"]].iloc[0].tolist() == [1.75, 2.5, 3.25, 4]


def test_labels_are_kept_apart() -> None:
    found = spread([1.0, 1.1, 5.0], 1.0, 0.0, 10.0)
    assert found[1] - found[0] >= 1.0 - 1e-9
    assert found[2] == 5.0
    assert min(spread([0.0, 0.0, 0.0], 1.0, 0.0, 10.0)) >= 0.0


def test_years_and_amounts_are_written_out() -> None:
    assert academic(1999) == "1999/00"
    assert year_axis([2018, 2029])["ticktext"][0] == "2018/19"
    assert year_axis([2018, 2029])["ticktext"][-1] == "2029/30"
    assert len(year_axis(list(range(2018, 2060)))["ticktext"]) <= 4
    assert [amount(0.123, "share"), amount(-4.2, "£"), amount(float("nan"), "sd"), amount(-0.001, "sd")] == [
        "12.3%", "−£4", "–", "0.00 sd",
    ]  # fmt: skip
    assert [change(0.044, "share"), change(-24.0, "£ per pupil"), change(3.0, "schools")] == [
        "+4.4 points",
        "−£24",
        "+3",
    ]
    assert safe("<b>&") == "&lt;b&gt;&amp;"


def test_series_are_told_apart_in_grey_and_by_shape() -> None:
    shades = sorted(style.lightness(a.colour) for a in style.LOOKS)
    assert min(np.diff(shades)) >= 8.0
    assert len({a.dash for a in style.LOOKS}) == len({a.symbol for a in style.LOOKS}) == len(style.LOOKS)
    assert all(1.05 / (style.luminance(a.colour) + 0.05) >= 3.0 for a in style.LOOKS)
    assert all(1.05 / (style.luminance(c) + 0.05) >= 4.5 for c in (style.INK, style.QUIET))
    assert min(-np.diff([style.lightness(c) for c in SHADES])) >= 6.0


def test_configuration_sends_nothing_anywhere() -> None:
    assert style.CONFIG["showSendToCloud"] is False
    assert style.CONFIG["plotlyServerURL"] == ""


def test_costs_are_of_trusts_without_special_schools(tables: Tables) -> None:
    """A pupil of a special school costs several times as much: such trusts are left out, and the note counts them."""
    trusts = tables["trust_year"]
    mats = trusts[(trusts["year"] == trusts["year"].max()) & (trusts["kind"] == "multi-academy trust")]
    mats = mats[mats["schools"] >= 2]
    some = mats["trust"].iloc[:2].tolist()
    mixed = trusts["trust"].isin(some)
    changed = trusts.assign(
        mainstream_pupils=trusts["pupils"].where(~mixed, trusts["pupils"] / 2),
        backoffice_per_pupil=trusts["backoffice_per_pupil"].where(~mixed, 50_000.0),
    )
    figure = there(cost_by_size(changed))
    assert figure.table["MATs"].sum() == len(mats) - 2
    assert "Without 2 MATs that run special" in figure.note
    groups = there(by_group(changed, "backoffice_per_pupil"))
    assert "Without 2 MATs that run special" in groups.note
    assert "£50,000" not in figure.table.to_string() + groups.table.to_string()


def test_special_schools_without_those_of_authorities_are_no_share(tables: Tables) -> None:
    """Files whose special schools are those of trusts alone do not show them as nearly all in MATs, but say so."""
    years = tables["system_year"]
    trusts_alone = years.assign(
        special_schools=10, special_maintained=0, special_single=2, special_in_mats=8, sixteen_plus_schools=4,
        sixteen_plus_maintained=0, sixteen_plus_single=1, sixteen_plus_in_mats=3,
    )  # fmt: skip
    figure = there(who_runs_schools(trusts_alone))
    assert not any("Special schools" in str(name) for name in figure.table.columns)
    assert "75.0% to 75.0% of 16 to 19 schools" in figure.title
    assert figure.note.startswith("Special schools are not shown")
    both = there(who_runs_schools(trusts_alone.assign(special_schools=20, special_maintained=10)))
    assert "40.0% to 40.0% of special schools" in both.title
    assert not both.note
