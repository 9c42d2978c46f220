"""Frames, bands, paired differences, robustness: hand-computed answers, null arms, known effects, failed runs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm, t
from support.frames import only, record, records
from support.sweepmaker import sweep

from matsim.analysis.bands import bands, luck_and_points
from matsim.analysis.frame import by_year, group_values, values
from matsim.analysis.intervals import future_quantile, share_interval, share_limits
from matsim.analysis.paired import paired, parting
from matsim.analysis.robust import Threshold, regret, robust, satisficing
from matsim.analysis.sentences import paired_sentences, parting_sentence, regret_sentence, satisficing_sentence
from matsim.core.errors import InputError
from matsim.measures import MEASURES

BASE = [1.0, 2.0, 3.0, 6.0]


class TestValues:
    def test_one_row_per_run_in_the_order_of_the_plan(self) -> None:
        made = sweep({"a": [[1, 2], [3, 4]], "b": [[5, 6], [7, 8]]}, factors={"joining.pull": [0.5, 1.5]})
        found = values(made, "mean_outcome")
        assert list(found) == ["run", "arm", "point", "replicate", "seed", "joining.pull", "value"]
        assert found["run"].tolist() == list(range(8))
        assert found["value"].tolist() == [1, 2, 5, 6, 3, 4, 7, 8]
        assert found["joining.pull"].tolist() == [0.5, 1.5] * 4
        assert found["seed"].tolist() == [7] * 4 + [8] * 4

    def test_when(self) -> None:
        made = sweep({"a": [3.0]})
        at = {when: values(made, "mean_outcome", when)["value"][0] for when in ("last", "mean", 2018, 2019)}
        assert at == pytest.approx({"last": 3.0, "mean": 2.0, 2018: 1.0, 2019: 2.0})

    def test_the_mean_is_over_the_years_that_have_a_value(self) -> None:
        made = sweep({"a": [3.0]})
        made.run_year.loc[0, "mean_outcome"] = np.nan
        assert values(made, "mean_outcome", "mean")["value"][0] == pytest.approx(2.5)
        made.run_year["mean_outcome"] = np.nan
        assert values(made, "mean_outcome", "mean")["value"].isna().all()

    def test_a_failed_run_is_a_row_without_a_value(self) -> None:
        found = values(sweep({"a": BASE, "b": BASE}, failed=[1]), "mean_outcome")
        assert found["value"].isna().tolist() == [False, True, *[False] * 6]

    def test_a_factor_that_is_no_number_is_text(self) -> None:
        made = sweep({"a": [[1, 2]]}, factors={"x.kind": [1.0, 2.0]})
        made.points["number"] = np.nan
        made.points["value"] = ["steady", "hubs"]
        assert values(made, "mean_outcome")["x.kind"].tolist() == ["steady", "hubs"]

    @pytest.mark.parametrize(
        ("measure", "when", "told"),
        [
            ("mean_outcom", "last", "did you mean 'mean_outcome'"),
            ("mean_outcome", 2031, "2018 to 2020"),
            ("mean_outcome", "first", "'last', 'mean' or a year"),
        ],
    )
    def test_what_is_wrong_is_said(self, measure: str, when: int | str, told: str) -> None:
        with pytest.raises(InputError, match=told):
            values(sweep({"a": [1.0]}), measure, when)


class TestBands:
    def test_quantiles_by_hand(self) -> None:
        row = only(bands(values(sweep({"a": list(range(21))}), "mean_outcome")))
        assert (row["n"], row["missing"], row["median"]) == (21, 0, 10.0)
        assert [row[q] for q in ("q05", "q25", "q75", "q95")] == pytest.approx([0.1, 4.5, 15.5, 19.9])
        assert (row["lucks"], row["least"], row["most"]) == (21, 0.0, 20.0)

    def test_few_draws_of_luck_cannot_say_nine_in_ten(self) -> None:
        """Twelve settings on five draws of luck are sixty futures and still five draws."""
        row = only(bands(values(sweep({"a": np.arange(60.0).reshape(5, 12)}), "mean_outcome")))
        assert (row["n"], row["lucks"]) == (60, 5)
        assert all(math.isnan(row[name]) for name in ["q05", "q95"])
        assert (row["least"], row["most"]) == (0.0, 59.0)

    @pytest.mark.parametrize(("lucks", "points"), [(19, 1), (25, 1), (40, 1), (20, 6)])
    def test_nine_in_ten_futures_hold_a_new_future_nine_times_in_ten(self, lucks: int, points: int) -> None:
        """Luck decides alone or in part; what the plain quantiles of few draws leave out is more than a tenth."""
        rng, inside, plain = np.random.default_rng(5), [], []
        for _ in range(400):
            draw = rng.normal(size=(lucks + 50, 1)) + 0.3 * rng.normal(size=(lucks + 50, points))
            seen, new = draw[:lucks].ravel(), draw[lucks:].ravel()
            low, high = (future_quantile(seen, share, lucks) for share in (0.05, 0.95))
            inside.append(np.mean((new >= low) & (new <= high)))
            low, high = np.quantile(seen, [0.05, 0.95])
            plain.append(np.mean((new >= low) & (new <= high)))
        error = np.std(inside) / np.sqrt(len(inside))
        assert np.mean(inside) > 0.9 - 3 * error
        assert np.mean(plain) < 0.9 - 3 * error

    def test_missing_values_are_counted_and_left_out(self) -> None:
        row = only(bands(values(sweep({"a": [1.0, 99.0, 3.0]}, failed=[1]), "mean_outcome")))
        assert (row["n"], row["missing"], row["median"]) == (2, 1, 2.0)

    def test_by_year(self) -> None:
        found = bands(by_year(sweep({"a": [3.0, 6.0]}), "mean_outcome"), ("arm", "year"))
        assert found["year"].tolist() == [2018, 2019, 2020]
        assert found["median"].tolist() == pytest.approx([1.5, 3.0, 4.5])

    def test_luck_and_points_are_told_apart(self) -> None:
        """Points with variance 4, luck with variance 1 + 0.25: found again, though few replicates blur points."""
        rng = np.random.default_rng(1)
        sizes = (6, 2000)
        shared = np.array([-1.2, -0.7, -0.1, 0.2, 0.6, 1.2])
        grid = 2 * rng.normal(size=(1, 2000)) + shared[:, None] + 0.5 * rng.normal(size=sizes)
        row = only(luck_and_points(values(sweep({"a": grid}), "mean_outcome")))
        assert row["from_points"] == pytest.approx(4.0, rel=0.1)
        assert row["from_luck"] == pytest.approx(shared.var(ddof=1) + 0.25, rel=0.05)
        assert row["share_luck"] == pytest.approx(row["from_luck"] / row["variance"])

    def test_all_luck_all_points_and_cannot_tell(self) -> None:
        def split(grid: object) -> dict[str, Any]:
            return only(luck_and_points(values(sweep({"a": grid}), "mean_outcome")))

        assert split(BASE)["share_luck"] == 1.0
        assert split([[1, 2, 3], [1, 2, 3]])["share_luck"] == 0.0
        assert math.isnan(split([[1, 2, 3]])["share_luck"])
        assert math.isnan(split([[1, 1], [1, 1]])["share_luck"])

    def test_pure_noise_is_all_luck(self) -> None:
        """Points' means differ by luck alone: uncorrected they would claim a fifth of the variance."""
        rng = np.random.default_rng(2)
        row = only(luck_and_points(values(sweep({"a": rng.normal(size=(5, 3000))}), "mean_outcome")))
        assert row["share_luck"] > 0.97


class TestPaired:
    def test_by_hand(self) -> None:
        made = sweep({"base": BASE, "other": [2.0, 4.0, 6.0, 10.0]})
        row = only(paired(values(made, "mean_outcome"), "base"))
        half = t.ppf(0.975, 3) * math.sqrt((5 / 3) / 4)
        assert (row["pairs"], row["mean"], row["median"]) == (4, 2.5, 2.5)
        assert (row["low"], row["high"]) == pytest.approx((2.5 - half, 2.5 + half))
        assert (row["share_better"], row["share_worse"], row["share_same"]) == (1.0, 0.0, 0.0)
        assert row["told_apart"]
        assert row["luck_half_width"] == pytest.approx(half)

    def test_a_null_arm_differs_nowhere(self) -> None:
        rng = np.random.default_rng(3)
        grid = rng.normal(size=(5, 4))
        row = only(paired(values(sweep({"base": grid, "null": grid}), "mean_outcome"), "base"))
        zero = ["mean", "low", "high", "median", "share_better", "share_worse", "luck_half_width"]
        assert all(row[name] == 0 for name in zero)
        assert all(math.isnan(row[name]) for name in ["q05", "q95"])  # of five draws of luck
        assert row["share_same"] == 1.0
        assert not row["told_apart"]
        assert row["pairing"] == 1.0

    def test_lower_is_better_for_cost(self) -> None:
        made = sweep({"base": [5.0, 5.0, 5.0], "other": [4.0, 4.5, 6.0]})
        row = only(paired(values(made, "mean_outcome"), "base", "lower"))
        assert row["share_better"] == pytest.approx(2 / 3)
        assert row["share_worse"] == pytest.approx(1 / 3)

    def test_pairs_with_a_failed_side_are_left_out_and_counted(self) -> None:
        made = sweep({"base": BASE, "other": [2.0, 4.0, 6.0, 10.0]}, failed=[0, 3])
        row = only(paired(values(made, "mean_outcome"), "base"))
        assert (row["pairs"], row["left_out"], row["mean"]) == (2, 2, 3.5)

    def test_nothing_but_failures(self) -> None:
        made = sweep({"base": [1.0], "other": [2.0]}, failed=[0])
        row = only(paired(values(made, "mean_outcome"), "base"))
        assert (row["pairs"], row["left_out"], row["told_apart"]) == (0, 1, False)
        assert math.isnan(row["mean"])

    def test_one_replicate_has_a_difference_and_no_interval(self) -> None:
        row = only(paired(values(sweep({"base": [1.0], "other": [2.0]}), "mean_outcome"), "base"))
        assert (row["mean"], row["told_apart"]) == (1.0, False)
        assert all(math.isnan(row[name]) for name in ["low", "high", "luck_half_width", "pairing"])

    def test_one_draw_of_luck_supports_no_interval_however_many_points(self) -> None:
        grid = np.arange(40.0).reshape(1, 40)
        row = only(paired(values(sweep({"base": grid, "other": grid + 1 + grid / 100}), "mean_outcome"), "base"))
        assert (row["pairs"], row["replicates"], row["told_apart"]) == (40, 1, False)
        assert all(math.isnan(row[name]) for name in ["low", "high"])
        told = paired_sentences([(row, MEASURES["mean_outcome"])], "last", 0.95)
        assert told[0].startswith("In all 40 futures (one draw of luck, so no interval), other ends with")
        assert told[0].endswith("No interval can be given: that takes two draws of luck or more.")

    def test_the_baseline_may_be_any_arm(self) -> None:
        frame = values(sweep({"a": BASE, "b": [2.0, 4.0, 6.0, 10.0]}), "mean_outcome")
        assert only(paired(frame, "b"))["mean"] == -only(paired(frame, "a"))["mean"]

    def test_intervals_of_several_arms_hold_together(self) -> None:
        arms = {"base": BASE, "x": [2.0, 4.0, 6.0, 10.0], "y": [2.0, 4.0, 6.0, 10.0]}
        frame = values(sweep(arms), "mean_outcome")
        wide, plain = paired(frame, "base"), paired(frame, "base", simultaneous=False)
        half = t.ppf(1 - 0.025 / 2, 3) * math.sqrt((5 / 3) / 4)
        assert wide["high"].tolist() == pytest.approx([2.5 + half] * 2)
        assert plain["high"].tolist() == pytest.approx([2.5 + t.ppf(0.975, 3) * math.sqrt((5 / 3) / 4)] * 2)

    def test_shared_luck_finds_what_unrelated_runs_would_not(self) -> None:
        """An effect of 0.1 under luck with a standard deviation of 1."""
        rng = np.random.default_rng(4)
        luck = rng.normal(size=20)
        made = sweep({"base": luck, "other": luck + 0.1 + 0.05 * rng.normal(size=20)})
        row = only(paired(values(made, "mean_outcome"), "base"))
        assert row["told_apart"]
        assert row["low"] < 0.1 < row["high"]
        assert row["pairing"] > 0.99

    def test_parting_by_hand(self) -> None:
        marks = {"base": (1, 2, 3), "same": (1, 2, 3), "late": (1, 2, 9), "early": (8, 2, 9)}
        made = sweep({arm: [0.0, 0.0] for arm in marks}, marks=marks)
        found = parting(made.runs, made.run_year, "base").set_index("arm")
        assert found.loc["same", "share_never"] == 1.0
        assert math.isnan(record(found, "same")["first"])
        assert [record(found, "late")[name] for name in ["first", "median", "last"]] == [2020, 2020, 2020]
        assert found.loc["early", "first"] == 2018

    def test_parting_is_unknown_without_fingerprints(self) -> None:
        made = sweep({"a": [0.0], "b": [0.0]}, marks={"a": (-1, -1, -1), "b": (-1, -1, -1)})
        row = only(parting(made.runs, made.run_year, "a"))
        assert (row["pairs"], row["left_out"]) == (0, 1)
        assert math.isnan(row["share_never"])


ARMS = {"a": [1.0, 5.0, 3.0], "b": [2.0, 2.0, 3.0]}


class TestRobust:
    def test_regret_by_hand(self) -> None:
        found = regret(values(sweep(ARMS), "mean_outcome"), "higher")
        assert found.pivot(index="replicate", columns="arm", values="regret").to_numpy().tolist() == [
            [1, 0],
            [0, 3],
            [0, 0],
        ]

    def test_robust_by_hand(self) -> None:
        found = robust(values(sweep(ARMS), "mean_outcome"), "higher").set_index("arm")
        assert [record(found, "a")[name] for name in ["max_regret", "worst"]] == [1.0, 1.0]
        assert [record(found, "b")[name] for name in ["max_regret", "worst"]] == [3.0, 2.0]
        assert found["share_best"].tolist() == pytest.approx([2 / 3, 2 / 3])  # they tie once
        assert found.loc["b", "mean_regret"] == pytest.approx(1.0)
        assert found["regret_90"].isna().all()  # three draws of luck say nothing of nine in ten
        many = robust(values(sweep({"a": np.arange(9.0), "b": np.zeros(9)}), "mean_outcome"), "higher").set_index("arm")
        assert many.loc["b", "regret_90"] == 8.0  # of nine draws, a tenth one lies beyond the greatest once in ten

    def test_of_costs_the_lowest_is_best(self) -> None:
        found = robust(values(sweep(ARMS), "mean_outcome"), "lower").set_index("arm")
        assert [record(found, "a")[name] for name in ["max_regret", "worst"]] == [3.0, 5.0]

    def test_a_future_with_a_failed_arm_is_left_out_for_all(self) -> None:
        found = robust(values(sweep(ARMS, failed=[3]), "mean_outcome"), "higher")
        assert found["futures"].tolist() == [2, 2]
        assert found["left_out"].tolist() == [1, 1]
        assert found["max_regret"].tolist() == [1.0, 0.0]

    def test_regret_needs_a_direction(self) -> None:
        with pytest.raises(ValueError, match="direction"):
            regret(values(sweep(ARMS), "mean_outcome"), "")

    def test_satisficing_by_hand(self) -> None:
        made = sweep(ARMS)
        made.run_year["reserves_share"] = made.run_year["run"].map({0: 1, 1: 1, 2: 0, 3: 0, 4: 1, 5: 0}).astype(float)
        limits = [Threshold.parse("mean_outcome >= 3"), Threshold.parse("reserves_share>0.5")]
        found = satisficing(made, limits).set_index(["arm", "threshold"])["share"]
        assert found["a", "mean_outcome>=3"] == pytest.approx(2 / 3)
        assert found["b", "mean_outcome>=3"] == pytest.approx(1 / 3)
        assert found["a", "all of them"] == pytest.approx(1 / 3)
        assert found["b", "all of them"] == 0.0

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("mean_outcome", "should be a measure"),
            ("mean_outcome>=high", "'high' is not a number"),
            ("mean_outcome>=inf", "finite"),
            ("mean_outcom>=1", "did you mean 'mean_outcome'"),
            ("mean_outcome==1", "should be a measure"),
        ],
    )
    def test_a_threshold_that_makes_no_sense_is_refused(self, text: str, told: str) -> None:
        with pytest.raises(InputError, match=told):
            Threshold.parse(text)


def test_groups_inside_runs() -> None:
    rows = [
        {"run": run, "year": year, "grouping": "strategy group", "group": group, "capacity": value}
        for run in (0, 1)
        for year in (2018, 2020)
        for group, value in (("x", 1.0 + run), ("y", 3.0))
        if (run, group, year) != (1, "y", 2020)
    ]
    made = sweep({"a": [0.0, 0.0]}, groups=rows)
    found = group_values(made, "strategy group", "capacity").set_index(["run", "group"])["value"]
    assert (found[0, "x"], found[0, "y"], found[1, "x"]) == (1.0, 3.0, 2.0)
    assert math.isnan(found[1, "y"])
    with pytest.raises(InputError, match="did you mean 'strategy group'"):
        group_values(made, "strategy groups", "capacity")


GRIDS = [(5, 12), (8, 1), (2, 30), (20, 5), (40, 2), (3, 3)]


class TestShares:
    @pytest.mark.parametrize(("lucks", "points"), GRIDS)
    @pytest.mark.parametrize("confidence", [0.9, 0.95])
    def test_limits_rise_with_the_count(self, lucks: int, points: int, confidence: float) -> None:
        """Whichever futures they are: one more never lowers a limit, and all of them are never surer than fewer."""
        cells = np.random.default_rng(lucks).permutation(lucks * points)
        hits, before = np.zeros(lucks * points), (0.0, 0.0)
        for count in range(lucks * points + 1):
            hits[cells[:count]] = 1.0
            share, low, high = share_interval(hits.reshape(lucks, points), confidence)
            assert share == count / (lucks * points)
            assert 0.0 <= low <= share <= high <= 1.0
            assert low >= before[0]
            assert high >= before[1]
            before = low, high

    def test_sixty_futures_on_five_draws_of_luck_weigh_as_five(self) -> None:
        whole, most = np.ones((5, 12)), np.ones((5, 12))
        most[0, 0] = 0.0
        assert share_interval(whole, 0.95) == pytest.approx((1.0, 0.025 ** (1 / 5), 1.0))
        assert share_interval(most, 0.95)[1] < share_interval(whole, 0.95)[1]
        assert share_interval(np.ones((5, 1)), 0.95) == share_interval(whole, 0.95)

    @pytest.mark.parametrize(("lucks", "points"), [(5, 12), (20, 5), (20, 1)])
    @pytest.mark.parametrize("shared", [1.0, 0.7, 0.2])
    @pytest.mark.parametrize("level", [0.0, 1.0, 2.0])
    def test_the_interval_covers_as_often_as_it_says(
        self, lucks: int, points: int, shared: float, level: float
    ) -> None:
        """Futures go well when luck of their draw, and of their own, is under a limit: all luck shared, or little."""
        rng, trials = np.random.default_rng(int(100 * shared) + lucks), 2000
        common, own = rng.normal(size=(trials, lucks, 1)), rng.normal(size=(trials, lucks, points))
        share = (np.sqrt(shared) * common + np.sqrt(1 - shared) * own < level).mean(axis=(1, 2))
        limits = {s: share_limits(s, lucks, 0.95) for s in set(share.tolist())}
        covered = np.mean([limits[s][0] <= norm.cdf(level) <= limits[s][1] for s in share.tolist()])
        assert covered >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / trials)


class TestSentences:
    """What is said of futures says on how many draws of luck, and how sure that is."""

    def told(self, lucks: int, points: int) -> str:
        grid = np.arange(float(lucks * points)).reshape(lucks, points)
        frame = values(sweep({"base": grid, "other": grid + 1}), "mean_outcome")
        row = only(paired(frame, "base"))
        return paired_sentences([(row, MEASURES["mean_outcome"])], "last", 0.95)[0]

    def test_futures_that_share_luck_name_its_draws(self) -> None:
        assert self.told(5, 12).startswith(
            "In all 60 futures (on 5 draws of luck; 95% interval 48% to 100%), other ends with higher pupil outcomes"
        )

    def test_futures_with_luck_of_their_own_have_the_interval(self) -> None:
        assert self.told(5, 1).startswith("In all 5 futures (95% interval 48% to 100%), other ends with higher")

    def test_of_thresholds_partings_and_regret(self) -> None:
        marks = {"a": (1, 2, 3), "b": (1, 2, 9)}
        made = sweep({"a": np.ones((5, 12)), "b": np.zeros((5, 12))}, marks=marks)
        enough = satisficing(made, [Threshold.parse("mean_outcome>=1")])
        resting = "(on 5 draws of luck; 95% interval 48% to 100%)"
        assert satisficing_sentence(records(enough)[0], 0.95) == (
            f"A does well enough (mean_outcome>=1) in all 60 futures {resting}."
        )
        row = only(parting(made.runs, made.run_year, "a"))
        assert parting_sentence(row, 0.95) == "The worlds of b and a part in 2020/21 (60 futures on 5 draws of luck)."
        regrets = robust(values(made, "mean_outcome"), "higher")
        told = regret_sentence(records(regrets), MEASURES["mean_outcome"])
        assert told.endswith("over the 60 futures run, on 5 draws of luck.")


def test_a_size_under_a_penny_is_nothing_to_be_sorry_for() -> None:
    row = {"futures": 4, "replicates": 4}
    rows = [row | {"arm": "a", "max_regret": 0.0032}, row | {"arm": "b", "max_regret": 84.0}]
    told = regret_sentence(rows, MEASURES["backoffice_per_pupil_mats"])
    assert "a falls furthest behind the best arm of the same future by less than a penny" in told
