# ruff: noqa: E501 - sentences are compared whole
"""Scenario loading: strictness, words, inheritance, overrides, differences and the round trip."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, model_validator

from matsim.core.errors import InputError
from matsim.core.toml import plain, toml_value
from matsim.evidence.parameters import Dated, Params, param, switch
from matsim.scenario import load as loading
from matsim.scenario.load import digest, from_tables, load, override
from matsim.scenario.show import difference, resolved

JARGON = (
    "pydantic",
    "Input should",
    "Extra inputs",
    "validation",
    "type=",
    "dict",
    "tuple",
    "str'",
    "NoneType",
)


class Steady(Params):
    kind: Literal["steady"] = "steady"
    patience: float = param(2.0, "years", "assumed: test", plausible=(1, 5))
    """Years between
    two additions."""


class Bold(Params):
    kind: Literal["bold"] = "bold"
    patience: float = param(0.0, "years", "assumed: test", plausible=(0, 5))
    a_year: int = param(3, "schools", "assumed: test", plausible=(1, 9))


type Strategy = Annotated[Steady | Bold, Field(discriminator="kind")]


class Ceo(Params):
    share: float = param(0.5, "share", "assumed: test", plausible=(0, 1))
    strategy: Strategy = Steady()


class Run(Params):
    start: int = param(2014, "year", "assumed: test", plausible=(2010, 2020))
    years: int = param(10, "years", "assumed: test", plausible=(1, 30))


class Inspection(Params):
    on: bool = switch()
    cycle_good: float = param(4.45, "years", "ofsted-intervals", plausible=(3.5, 5.5))
    """Median time between full inspections of a primary school judged Good."""
    failing: Dated = param({2010: 0.02, 2015: 0.04}, "share", "assumed: test", plausible=(0, 1))
    growth: Dated = param({2010: -0.01}, "share per year", "assumed: test", plausible=(-0.02, 0.02))


class Root(Params):
    title: str = "untitled"
    note: str | None = None
    run: Run = Run()
    inspection: Inspection = Inspection()
    ceos: tuple[Ceo, ...] = (Ceo(),)
    lead: Strategy = Steady()
    weights: tuple[float, ...] = (1.0, 2.0)
    switches: dict[str, bool] = Field(default_factory=dict)
    mode: Literal["quick", "full"] = "full"
    amount: int | str = 1
    answers: str = Field(default="", pattern="^(|in time|never)$")
    chosen: Strategy | None = None
    some: tuple[Strategy, ...] = Field(default=(Steady(),), min_length=1)

    @model_validator(mode="after")
    def _total(self) -> Root:
        if sum(ceo.share for ceo in self.ceos) > 1.5:
            raise ValueError("the shares of all CEOs should add up to 1")
        return self


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def complaints(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(path, Root)
    assert not any(word in str(caught.value) for word in JARGON), str(caught.value)
    return caught.value.problems


def refused(tables: dict[str, object]) -> list[str]:
    with pytest.raises(InputError) as caught:
        from_tables(tables, Root, "here")
    assert not any(word in str(caught.value) for word in JARGON), str(caught.value)
    return caught.value.problems


def test_the_three_mistakes_of_the_house_come_out_word_for_word(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "broken.toml",
        """
        run.years = 'twenty'
        inspection.cycle_god = 4.0
        [[ceos]]
        [[ceos]]
        strategy.kind = 'steddy'
        """,
    )
    with pytest.raises(InputError) as caught:
        load(path, Root)
    first, *rest = str(caught.value).splitlines()
    assert first == f"{path}: 3 problems"
    assert sorted(rest) == [
        "  ceos[1].strategy.kind = 'steddy': unknown kind; did you mean 'steady'?",
        "  inspection.cycle_god: unknown name; did you mean 'cycle_good'?",
        "  run.years = 'twenty': should be a whole number (unit: years)",
    ]


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        ({"run": {"years": True}}, "run.years = true: should be a whole number (unit: years)"),
        ({"run": {"years": 2.0}}, "run.years = 2.0: should be a whole number (unit: years)"),
        ({"run": {"start": 1900}}, "run.start = 1900: should be between 1990 and 2100 (unit: year)"),
        ({"run": {"years": -1}}, "run.years = -1: should be 0 or more (unit: years)"),
        ({"inspection": {"cycle_good": True}}, "inspection.cycle_good = true: should be a number (unit: years)"),
        ({"inspection": {"on": 1}}, "inspection.on = 1: should be true or false"),
        ({"inspection": 5}, "inspection = 5: should be a table"),
        ({"inspection": {"failing": {2012: True}}}, "inspection.failing.2012 = true: should be a number (unit: share)"),
        ({"inspection": {"failing": {"now": 1}}}, "inspection.failing.now: should be a year, a whole number such as 2015"),
        ({"inspection": {"failing": {2012: 1.5}}}, "inspection.failing.2012 = 1.5: should be between 0 and 1 (unit: share)"),
        ({"inspection": {"growth": {2012: -0.5, 2013: 1.5}}}, "inspection.growth.2013 = 1.5: should be at most 1 (unit: share per year)"),
        ({"inspection": {"failing": {}}}, "inspection.failing: should hold at least one year, such as { 2015 = 0.5 }"),
        ({"inspection": {"failing": [0.1]}}, "inspection.failing = [0.1]: should be a table of years, such as { 2015 = 0.5 } (unit: share)"),
        ({"ceos": [{"share": 2}]}, "ceos[0].share = 2: should be between 0 and 1 (unit: share)"),
        ({"ceos": 3}, "ceos = 3: should be a list in which each entry is a table"),
        ({"ceos": [3]}, "ceos[0] = 3: should be a table"),
        ({"ceos": [{"strategy": {"kind": "bold", "a_yaer": 1}}]}, "ceos[0].strategy.a_yaer: unknown name; did you mean 'a_year'?"),
        ({"lead": {"patience": 1}}, "lead.kind: missing; should be 'steady' or 'bold'"),
        ({"lead": {"kind": "zzz"}}, "lead.kind = 'zzz': unknown kind; should be 'steady' or 'bold'"),
        ({"lead": "bold"}, "lead = 'bold': should be a table whose kind is 'steady' or 'bold'"),
        ({"weights": [1, "x"]}, "weights[1] = 'x': should be a number"),
        ({"switches": {"inspection": "off"}}, "switches.inspection = 'off': should be true or false"),
        ({"mode": "ful"}, "mode = 'ful': should be 'quick' or 'full'; did you mean 'full'?"),
        ({"amount": 1.5}, "amount = 1.5: should be a whole number or text in quotes"),
        ({"title": 3}, "title = 3: should be text in quotes"),
        ({"years": 3}, "years: unknown name; did you mean 'run.years'?"),
        ({"extends": "x.toml"}, "extends: unknown name; the names here are title, note, run, inspection, ceos, lead, weights, switches, mode, amount, answers, chosen, some"),
        ({"answers": "nevr"}, "answers = 'nevr': should be '', 'in time' or 'never'; did you mean 'never'?"),
        ({"some": []}, "some = []: should be a list of at least 1 entry"),
        ({"some": [{"kind": "bald"}]}, "some[0].kind = 'bald': unknown kind; did you mean 'bold'?"),
        ({"chosen": {"kind": "bald"}}, "chosen.kind = 'bald': unknown kind; did you mean 'bold'?"),
        ({"chosen": {"kind": "bold", "a_year": -1}}, "chosen.a_year = -1: should be 0 or more (unit: schools)"),
        ({"ceos": [{"share": 0.9}, {"share": 0.9}]}, "the shares of all CEOs should add up to 1"),
    ],
)  # fmt: skip
def test_every_kind_of_mistake_is_said_in_words(tables: dict[str, object], sentence: str) -> None:
    assert refused(tables) == [sentence]


def test_mistakes_in_declared_values_and_in_dated_values_are_reported_together() -> None:
    found = refused({"run": {"years": "x"}, "inspection": {"failing": {"2012": 7, "2013": "x"}}})
    assert len(found) == 3


def test_a_whole_number_will_do_for_a_number() -> None:
    scenario = from_tables({"inspection": {"cycle_good": 4, "failing": {"2010": 1}}}, Root, "here")
    assert type(scenario.inspection.cycle_good) is float
    assert scenario.inspection.failing == {2010: 1.0}


def test_numpy_values_from_a_design_are_taken_as_numbers() -> None:
    scenario = from_tables({"run": {"years": np.int64(7)}, "weights": (np.float64(0.5),)}, Root, "here")
    assert (scenario.run.years, scenario.weights) == (7, (0.5,))


def test_tables_merge_and_lists_replace_along_the_chain(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    write(
        tmp_path,
        "base.toml",
        'title = "base"\nweights = [1, 2, 3]\nrun.years = 5\n[[ceos]]\nshare = 0.1\n[[ceos]]',
    )
    write(tmp_path, "mid.toml", 'extends = "base.toml"\nrun.start = 2011\ninspection.failing.2020 = 0.5')
    path = write(tmp_path / "sub", "top.toml", 'extends = "../mid.toml"\nweights = [9]\n[[ceos]]\nshare = 0.7')
    loaded = load(path, Root, within=(tmp_path,))
    assert loaded.scenario.run == Run(start=2011, years=5)
    assert loaded.scenario.title == "base"
    assert loaded.scenario.weights == (9.0,)
    assert [ceo.share for ceo in loaded.scenario.ceos] == [0.7]
    assert [source.name for source in loaded.sources] == ["top.toml", "mid.toml", "base.toml"]
    assert loaded.digest == digest(loaded.scenario)


def test_a_table_of_another_kind_replaces_while_the_same_kind_merges(tmp_path: Path) -> None:
    write(tmp_path, "base.toml", 'lead = { kind = "bold", patience = 1.0, a_year = 5 }')
    same = load(write(tmp_path, "same.toml", 'extends = "base.toml"\nlead.patience = 3'), Root).scenario
    other = load(write(tmp_path, "other.toml", 'extends = "base.toml"\nlead.kind = "steady"'), Root).scenario
    assert same.lead == Bold(patience=3.0, a_year=5)
    assert other.lead == Steady()
    emptied = write(tmp_path, "emptied.toml", 'extends = "base.toml"\nceos = {}')
    assert complaints(emptied) == ["ceos = {}: should be a list in which each entry is a table"]


def test_a_mistake_in_a_base_names_the_base(tmp_path: Path) -> None:
    base = write(tmp_path, "base.toml", "run.years = 'x'\nrun.start = 'x'")
    path = write(tmp_path, "top.toml", "extends = 'base.toml'\nrun.start = 'y'")
    assert complaints(path) == [
        "run.start = 'y': should be a whole number (unit: year)",
        f"run.years = 'x': should be a whole number (unit: years) (in {base})",
    ]


def test_circles_and_missing_files_are_sentences(tmp_path: Path) -> None:
    a = write(tmp_path, "a.toml", "extends = 'b.toml'")
    b = write(tmp_path, "b.toml", "extends = 'a.toml'")
    assert complaints(a) == [f"extends itself in a circle: {a} extends {b} extends {a}"]
    lost = write(tmp_path, "lost.toml", "extends = 'baseline2.toml'")
    write(tmp_path, "baseline.toml", "")
    strange = write(tmp_path, "strange.toml", "extends = 'nope.toml'")
    assert complaints(strange) == ["extends 'nope.toml': there is no such file"]
    assert complaints(lost) == ["extends 'baseline2.toml': there is no such file; did you mean 'baseline.toml'?"]
    assert complaints(tmp_path / "nowhere" / "x.toml") == ["there is no such file"]
    assert complaints(tmp_path) == ["cannot be read: is a directory"]
    odd = write(tmp_path, "odd.toml", "extends = ['a.toml']")
    assert complaints(odd) == ["extends: should be one file name in quotes, relative to this file"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[run]\nyears = twenty", "line 2, column 9: is not valid TOML (invalid value; text needs quotes): years = twenty"),
        ("a = [1,\n2", "line 2, at the end of the file: is not valid TOML (unclosed array)"),
        ("[run]\n[run]\n", "line 2, column 5: is not valid TOML (a table is declared twice): [run]"),
    ],
)  # fmt: skip
def test_toml_syntax_errors_name_the_line(tmp_path: Path, text: str, sentence: str) -> None:
    assert complaints(write(tmp_path, "x.toml", text)) == [sentence]


def test_files_from_other_editors(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b'\xef\xbb\xbftitle = "caf\xc3\xa9"\r\n')
    assert load(path, Root).scenario.title == "café"
    path.write_bytes(b'a = 1\ntitle = "caf\xe9"\n')
    assert complaints(path) == ["line 2: is not UTF-8 text; save the file as UTF-8"]


def test_overrides_by_dotted_name() -> None:
    texts = ["run.years=20", "ceos[0].strategy.a_year = 4", "ceos[0].strategy.kind=bold", "inspection.failing.2015=0.3",
             "title=two words", "weights=[1, 2]", "switches.'a b'=true", "note='x=y'"]  # fmt: skip
    changed = override(Root(), texts, "--set")
    assert changed.run == Run(years=20)
    assert changed.ceos == (Ceo(strategy=Bold(a_year=4)),)
    assert changed.inspection.failing == {2010: 0.02, 2015: 0.3}
    assert (changed.title, changed.weights) == ("two words", (1.0, 2.0))
    assert (changed.switches, changed.note) == ({"a b": True}, "x=y")
    assert override(Root(), {"run.years": np.int64(20), "run": {"start": 2011}}, "x").run == Run(start=2011, years=20)
    assert override(Root(), [], "x") == Root()


def test_a_file_with_changes_is_the_file_loaded_and_then_changed(tmp_path: Path) -> None:
    write(tmp_path, "base.toml", "ceos = [{ share = 0.2 }, { share = 0.3 }]\ninspection.failing.2020 = 0.5")
    path = write(tmp_path, "top.toml", 'extends = "base.toml"\nlead.kind = "bold"\nrun.start = 2011')
    for texts in (
        ["ceos[1].strategy.patience=3", "run.years=20", "inspection.failing.2015=0.3", "lead.a_year=5"],
        ["lead.kind=steady", "some[0].patience=4", "chosen={kind = 'bold'}", "inspection.growth.2012=0.01"],
        {"ceos": [{"share": 0.1}], "switches": {"a": True}, "weights": ()},
    ):
        assert load(path, Root, changes=texts).scenario == override(load(path, Root).scenario, texts, "x")


def test_a_mistake_is_said_of_the_place_where_it_was_made(tmp_path: Path) -> None:
    write(tmp_path, "base.toml", "run.years = 'x'")
    path = write(tmp_path, "top.toml", "extends = 'base.toml'\nrun.start = 'y'")
    with pytest.raises(InputError) as caught:
        load(path, Root, changes=["mode=quik", "weights[9]=1"])
    assert caught.value.where == str(path)
    assert caught.value.problems == [
        "weights[9]: unknown name; weights has 2 entries, counted from [0] (on the command line)",
        "run.start = 'y': should be a whole number (unit: year)",
        f"run.years = 'x': should be a whole number (unit: years) (in {tmp_path / 'base.toml'})",
        "mode = 'quik': should be 'quick' or 'full'; did you mean 'quick'? (on the command line)",
    ]
    with pytest.raises(InputError) as caught:
        load(path, Root, changes=["run.years=3", "run.start=2011", "mode=quik"])
    assert str(caught.value) == "command line: mode = 'quik': should be 'quick' or 'full'; did you mean 'quick'?"


def test_a_scenario_goes_forward_through_each_stage_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stages: list[str] = []

    def watch(name: str) -> None:
        real = getattr(loading, name)

        def watched(*args: Any, **more: Any) -> Any:
            stages.append(name)
            return real(*args, **more)

        monkeypatch.setattr(loading, name, watched)

    for name in ("find_file", "read_toml", "merge", "_validate", "explain"):
        watch(name)
    loading.load_scenario("area-300", ["run.years=3", "ceos[0].share=0.2"])
    once = [stage for stage, before in zip(stages, ["", *stages], strict=False) if stage != before]
    assert once == ["find_file", "read_toml", "merge", "_validate", "explain"]
    assert [stages.count(name) for name in ("find_file", "read_toml", "_validate", "explain")] == [1, 2, 1, 1]


def test_overrides_report_every_mistake_at_once() -> None:
    texts = [
        "run.yeers=3",
        "run.years=soon",
        "a",
        "b==",
        "ceos[4].share=1",
        "mode=full\nx=2",
        "run.start=2011",
        "run.start=2012",
    ]
    with pytest.raises(InputError) as caught:
        override(Root(), texts, "--set")
    assert caught.value.problems == [
        "'a': should be name=value with a dotted name, such as run.years=20",
        "'b==': the value should be written as in TOML: 0.4, true, \"text\" or [1, 2]",
        "ceos[4].share: unknown name; ceos has 1 entries, counted from [0]",
        "'mode=full\\nx=2': the value should be written as in TOML: 0.4, true, \"text\" or [1, 2]",
        "run.start: set twice",
        "run.years = 'soon': should be a whole number (unit: years)",
        "run.yeers: unknown name; did you mean 'years'?",
    ]


def test_difference_names_only_what_differs_and_can_be_fed_back() -> None:
    base = Root()
    changed = override(base, ["run.years=20", "inspection.failing.2012=0.1", "ceos[0].share=0.25", "weights=[3]"], "x")
    found = difference(base, changed)
    assert [(d.name, d.left, d.right, d.unit) for d in found] == [
        ("run.years", 10, 20, "years"),
        ("ceos[0].share", 0.5, 0.25, "share"),
        ("weights", (1.0, 2.0), (3.0,), ""),
        ("inspection.failing.2012", None, 0.1, "share"),
    ]
    assert override(base, {d.name: d.right for d in found}, "x") == changed
    assert difference(base, Root()) == []
    assert [d.name for d in difference(base, Root(ceos=()))] == [
        "ceos[0].share", "ceos[0].strategy.kind", "ceos[0].strategy.patience"]  # fmt: skip


def test_resolved_text_loads_back_to_an_equal_scenario(tmp_path: Path) -> None:
    scenario = Root(
        title='quotes " and \\ and\nlines\x7f\x01 ☂ 𝄞',
        ceos=(Ceo(share=0.25, strategy=Bold()), Ceo(share=1e-7)),
        weights=(math.inf, -math.inf, 1e300, 0.1 + 0.2),
        switches={"a b": True, "": False, "é": True},
        inspection=Inspection(failing={2012: 0.5}),
    )
    text = resolved(scenario)
    loaded = load(write(tmp_path, "r.toml", text), Root)
    assert loaded.scenario == scenario
    assert loaded.digest == digest(scenario)
    assert (
        "# years | ofsted-intervals | Median time between full inspections of a primary school judged Good.\n" in text
    )
    assert "# years | assumed: test | Years between two additions.\n" in text


def test_resolved_refuses_what_toml_cannot_say() -> None:
    class Odd(Params):
        limit: float | None = 3.0

    with pytest.raises(ValueError, match="limit is None"):
        resolved(Odd(limit=None))


def test_digest_ignores_how_a_value_was_written_and_sees_every_change() -> None:
    assert digest(from_tables({"inspection": {"cycle_good": 4}}, Root, "x")) == digest(
        from_tables({"inspection": {"cycle_good": 4.0}}, Root, "x")
    )
    assert digest(Root()) != digest(Root(mode="quick"))


values = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(values)
def test_emitted_toml_reads_back_exactly(value: object) -> None:
    assert tomllib.loads(f"v = {toml_value(value)}") == {"v": value}


def test_emitted_nan_and_sets_and_dates() -> None:
    assert math.isnan(tomllib.loads(f"v = {toml_value(math.nan)}")["v"])
    assert plain(frozenset({"b", "a"})) == ["a", "b"]
    with pytest.raises(TypeError, match="cannot hold a object"):
        plain(object())
