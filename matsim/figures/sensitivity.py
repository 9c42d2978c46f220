"""Which parameters matter: a tornado, Morris's elementary effects, Sobol's shares of variance, and luck's part."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from matsim.analysis.sensitivity import clear_changes, clear_effects, clear_shares
from matsim.figures.base import Figure
from matsim.figures.dots import Dot, Panel, dot_rows
from matsim.figures.style import look
from matsim.figures.text import axis, key, plain, safe
from matsim.words.amounts import change, ends, percent, size
from matsim.words.phrases import capital, inner

UNTOLD = "It cannot be told from luck"
MOST = 15
"""Parameters drawn; all are in the table."""

Words = Mapping[str, str]
"""What a parameter is called, by its dotted name; a name without an entry is written out."""


def named(parameter: str, words: Words | None = None) -> str:
    """A parameter in plain words: its entry, else `joining.pull_of_near` as `Joining: pull of near`."""
    if words and parameter in words:
        return words[parameter]
    room, _, rest = parameter.rpartition(".")
    text = rest.replace("_", " ")
    room = room.replace("_", " ").replace(".", ", ")
    return f"{capital(room)}: {text}" if room else capital(text)


def tornado(effects: pd.DataFrame, measure: str, words: Words | None = None) -> Figure | None:
    """What each value of each parameter does to a measure, widest swing first. None when there are no effects.

    `effects` is the frame of analysis.sensitivity.one_at_a_time: parameter, value, effect, low, high, swing.
    """
    known = effects.dropna(subset=["effect"])
    if known.empty:
        return None
    title, unit = plain(measure)
    parameters = list(dict.fromkeys(known.sort_values("swing", ascending=False, kind="stable")["parameter"]))
    dots = []
    for parameter in parameters[:MOST]:
        rows = known[known["parameter"] == parameter].sort_values("effect", kind="stable")
        # the values with the lowest and the highest effect: a tornado's two bars
        bars = rows.iloc[[0, -1]] if len(rows) > 1 else rows
        # one label for both bars: the mark of each dot stands before the value it belongs to
        small = " and ".join(f"{mark} {v}" for mark, v in zip("●■", bars["value"], strict=False))
        for place, (_, r) in enumerate(bars.iterrows()):
            hover = f"set to {safe(r['value'])}: {change(r['effect'], unit)}"
            dots.append(
                Dot(named(str(parameter), words), float(r["effect"]), (r["low"], r["high"]), small=small, hover=hover,
                    look=look(place), bar=True, same=place > 0)
            )  # fmt: skip
    plot = dot_rows([Panel(f"{axis(title, unit)}: change", unit, dots)])
    clear = set(known.loc[clear_changes(known), "parameter"])
    sentence = f"{UNTOLD} what moves {inner(title)} most."
    if most := next((p for p in parameters if p in clear), None):
        reach = known.loc[known["parameter"] == most, "effect"]
        sentence = (
            f"Of what can be told from luck, “{named(str(most), words)}” moves {inner(title)} most: "
            f"{change(float(reach.min()), unit)} to {change(float(reach.max()), unit)} over the values tried."
        )
    table = pd.DataFrame(
        {"Parameter": [named(str(p), words) for p in known["parameter"]], "Set to": known["value"].astype(str).tolist(),
         "Change": [change(v, unit) for v in known["effect"]],
         "Interval over luck": [ends(a, b, unit) for a, b in zip(known["low"], known["high"], strict=True)]}
    )  # fmt: skip
    alt = f"Bars from 0: the change in {title} when one parameter at a time is set to another value."
    note = (
        "One parameter changes at a time, on the same luck; the mark before a value is that of its bar. Thick lines: "
        "the interval over luck."
    )
    return Figure(f"tornado-{key(measure)}", sentence, alt, plot, table, note + _left(len(parameters)))


def morris(effects: pd.DataFrame, measure: str, words: Words | None = None) -> Figure | None:
    """Mean absolute elementary effects with intervals, and their spread. None without effects.

    `effects` is the frame of analysis.sensitivity.morris: parameter, mu_star, mu_star_low, mu_star_high, sigma, luck.
    """
    known = effects.dropna(subset=["mu_star"]).sort_values("mu_star", ascending=False, kind="stable")
    if known.empty:
        return None
    title, unit = plain(measure)
    dots = []
    for _, r in known.head(MOST).iterrows():
        bent = r["sigma"] / r["mu_star"] if r["mu_star"] > 0 else 0.0
        hollow = bool(r["mu_star_low"] <= r["luck"])  # with one replicate luck is nan, and none is hollow
        small = (
            "acts differently with other values" if bent > 1 else "acts much the same throughout" if bent < 0.5 else ""
        )
        hover = f"mean effect {size(r['mu_star'], unit)}, spread {size(r['sigma'], unit)}"
        dots.append(
            Dot(named(str(r["parameter"]), words), r["mu_star"], (r["mu_star_low"], r["mu_star_high"]), small=small,
                hover=hover, hollow=hollow)
        )  # fmt: skip
    plot = dot_rows([Panel(f"{axis(title, unit)}: size of effect", unit, dots)])
    clear, luck = known[clear_effects(known)], float(known["luck"].median())
    sentence = f"{UNTOLD} what moves {inner(title)} most."
    if len(clear):
        first = clear.iloc[0]
        most = named(str(first["parameter"]), words)
        sentence = (
            f"Of what can be told from luck, “{most}” moves {inner(title)} most, by {size(first['mu_star'], unit)} "
            f"over its range; {len(clear)} of {len(known)} parameters stand out from luck."
        )
    limits = zip(known["mu_star_low"], known["mu_star_high"], strict=True)
    intervals = [f"{size(a, unit)} to {size(b, unit)}" for a, b in limits]
    table = pd.DataFrame(
        {"Parameter": [named(str(p), words) for p in known["parameter"]],
         "Mean size of effect": [size(v, unit) for v in known["mu_star"]],
         "Interval": intervals,
         "Spread of effects": [size(v, unit) for v in known["sigma"]],
         "Luck alone": [size(v, unit) for v in known["luck"]]}
    )  # fmt: skip
    if math.isfinite(luck):
        plot.add_vline(x=luck, line={"color": look(1).colour, "width": 1.5, "dash": "dash"})
    alt = f"Dots and intervals: the mean size of each parameter's effect on {title}, largest first."
    unclear = "Hollow dots do not stand out from what luck alone would give (dashed line)."
    note = unclear if math.isfinite(luck) else "With one replicate, what luck alone would give is not known."
    return Figure(f"morris-{key(measure)}", sentence, alt, plot, table, note + _left(len(known)))


def sobol(shares: pd.DataFrame, measure: str, words: Words | None = None, luck: float = math.nan) -> Figure | None:
    """Shares of a measure's variance: a parameter's total, its own part, and luck's. None without shares.

    `shares` is the frame of analysis.sensitivity.sobol: parameter, first, total, total_low, total_high. `luck` is the
    share of the variance between runs that is luck (analysis.bands.luck_and_points); left out when nan.
    """
    known = shares.dropna(subset=["total"]).sort_values("total", ascending=False, kind="stable")
    if known.empty:
        return None
    title, _ = plain(measure)
    dots = [
        Dot(named(str(r["parameter"]), words), r["total"], (r["total_low"], r["total_high"]),
            small=f"alone {percent(r['first'])}", bar=True,
            hover=f"total {percent(r['total'])}, alone {percent(r['first'])}")
        for _, r in known.head(MOST).iterrows()
    ]  # fmt: skip
    table = pd.DataFrame(
        {"Parameter": [named(str(p), words) for p in known["parameter"]],
         "Share, with interactions": [percent(v) for v in known["total"]],
         "Interval": [f"{percent(a)} to {percent(b)}" for a, b in known[["total_low", "total_high"]].to_numpy()],
         "Share alone": [percent(v) for v in known["first"]]}
    )  # fmt: skip
    clear = known[clear_shares(known)] if "luck" in known else known[:0]
    sentence = f"{UNTOLD} what the variance of {inner(title)} between settings comes from."
    if len(clear):
        first = clear.iloc[0]
        sentence = (
            f"“{named(str(first['parameter']), words)}” has a part in {percent(first['total'])} of the variance of "
            f"{inner(title)} between settings."
        )
    panels = [Panel("Share of the variance that parameters cause (%)", "share", dots)]
    if math.isfinite(luck):
        panels.append(Panel("Share of the variance between single runs (%)", "share", [_luck(luck)]))
        sentence = f"{sentence[:-1]}; luck alone is {percent(luck)} of the variance between single runs."
        extra = {
            "Parameter": "Luck (of single runs)",
            "Share, with interactions": percent(luck),
            "Interval": "",
            "Share alone": "",
        }
        table = pd.concat([table, pd.DataFrame([extra])], ignore_index=True)
    plot = dot_rows(panels)
    alt = f"Bars: each parameter's share of the variance of {title}, with intervals, largest first."
    note = "Shares overlap where parameters act together. Estimates below 0% or above 100% are error of estimation."
    return Figure(f"sobol-{key(measure)}", sentence, alt, plot, table, note + _left(len(known)))


def _luck(share: float) -> Dot:
    return Dot("Luck", share, hover=percent(share), look=look(1), bar=True)


def _left(count: int) -> str:
    return f" The {MOST} largest of {count} are drawn; the table has all." if count > MOST else ""
