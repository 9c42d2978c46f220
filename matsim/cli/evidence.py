"""`matsim evidence`: what every number rests on, and how much the assumed ones matter."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matsim.cli.options import JsonOption, OverwriteOption, SetOption, scenario_given
from matsim.cli.output import show, show_json, table
from matsim.core.disk import write_whole
from matsim.core.errors import InputError
from matsim.words.amounts import count, many, number

if TYPE_CHECKING:
    import pandas as pd

    from matsim.scenario.schema import Scenario

WIDE = 60


def evidence(
    text: Annotated[
        str, typer.Argument(metavar="FILTER", help="Only parameters with this in their name, source or meaning.")
    ] = "",
    assumed: Annotated[bool, typer.Option("--assumed", help="Only parameters that are assumed.")] = False,
    scenario: Annotated[str, typer.Option("--scenario", help="Scenario (file or name).")] = "england-2018",
    sets: SetOption = None,
    facts: Annotated[
        bool, typer.Option("--facts", help="Compute the targets' figures again from published files.")
    ] = False,
    establishments: Annotated[
        Path | None, typer.Option("--establishments", metavar="FILE", help="With --facts: schools (GIAS).")
    ] = None,
    group_links: Annotated[
        Path | None, typer.Option("--group-links", metavar="FILE", help="With --facts: the first group links.")
    ] = None,
    later: Annotated[
        Path | None, typer.Option("--later", metavar="FILE", help="With --facts: the later group links.")
    ] = None,
    months: Annotated[int, typer.Option("--months", help="With --facts: months between the two.")] = 13,
    assurance: Annotated[
        bool, typer.Option("--assurance", help="Write an assurance log after the AQuA Book, blanks for people.")
    ] = False,
    validation: Annotated[
        Path | None, typer.Option("--validation", metavar="DIR", help="With --assurance: a stored validation.")
    ] = None,
    result: Annotated[
        Path | None, typer.Option("--result", metavar="DIR", help="With --assurance: the result that is assured.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="With --assurance: the Markdown file to write.")
    ] = None,
    overwrite: OverwriteOption = False,
    json: JsonOption = False,
) -> None:
    """List what every number rests on: the assumption register.

    Every parameter by its source, or assumed and why. Where a one-at-a-time experiment has been made, says what
    each moves most from the low to the high end of its plausible range, or that luck hides it.
    """
    if assurance:
        if facts or json or assumed or text:
            raise InputError("--assurance", "stands alone: leave out FILTER, --assumed, --facts and --json")
        _assurance(scenario_given(scenario, sets), validation, result, out, overwrite)
        return
    if lone := [name for name, path in (("--validation", validation), ("--result", result), ("--out", out)) if path]:
        raise InputError(" and ".join(lone), "goes with --assurance")
    if facts:
        _facts(establishments, group_links, later, months, json)
        return
    from matsim.measures.influence import largest, read_influence
    from matsim.simulation.inventory import register

    settings = scenario_given(scenario, sets)
    every = register(settings)
    chosen = every.loc[every.assumed] if assumed else every
    if text:
        about = chosen[["name", "source", "source_text", "meaning"]]
        chosen = chosen.loc[
            about.apply(lambda c: c.str.casefold().str.contains(text.casefold(), regex=False)).any(axis=1)
        ]
        if not len(chosen):
            raise InputError("FILTER", f"no parameter has {text!r} in its name, source or meaning")
    known = largest(read_influence())
    if json:
        show_json("evidence", _as_dict(every, chosen, known))
    else:
        _show(every, chosen, known)


def _as_dict(every: pd.DataFrame, chosen: pd.DataFrame, known: pd.DataFrame) -> dict[str, Any]:
    return {
        "parameters": len(every),
        "assumed": int(every.assumed.sum()),
        "by_source": every.loc[~every.assumed, "source"].value_counts().to_dict(),
        "register": chosen.to_dict("records"),
        "influence": known.to_dict("records"),
    }


def _show(every: pd.DataFrame, chosen: pd.DataFrame, known: pd.DataFrame) -> None:
    from matsim.evidence import SOURCES

    guesses = int(every.assumed.sum())
    show(f"{many(len(every), 'parameter')}: {count(len(every) - guesses)} from a source, {count(guesses)} assumed.")
    part = dict(zip(known.parameter, known.itertuples(), strict=True))
    if part:
        clear = int(known.clear.sum())
        show(
            f"Each of {many(len(part), 'parameter')} was taken to both ends of its plausible range, alone: "
            f"{count(clear)} move a headline result by more than luck does. What each moves most is in the last column."
        )
    else:
        show("How far each moves the results has not been measured yet (matsim/evidence/influence.csv is empty).")
    for key, rows in chosen.loc[~chosen.assumed].groupby("source", sort=True):
        source = SOURCES[str(key)]
        show(f"\n{key}: {source.title}. {source.where} ({source.status})")
        show(_table(rows, part))
    rows = chosen.loc[chosen.assumed]
    if len(rows):
        show("\nAssumed")
        show(_table(rows, part, why=True))


def _table(rows: pd.DataFrame, part: dict[str, Any], why: bool = False) -> str:
    from matsim.measures.influence import moves as effect_of

    cells = []
    for row in rows.to_dict("records"):
        moves = part.get(str(row["name"]))
        span = "" if isnan(row["plausible_low"]) else f"{row['plausible_low']:g} to {row['plausible_high']:g}"
        effect = effect_of(moves) if moves else ""
        text = str(row["source_text"] if why else row["meaning"])
        text = text if len(text) <= WIDE else text[: WIDE - 1] + "…"
        cells.append((str(row["name"]), str(row["value"])[:24], str(row["unit"]), span, text, effect))
    head = ("parameter", "value", "unit", "plausible", "why" if why else "meaning", "moves" if part else "")
    return table(head, cells)


def _assurance(
    scenario: Scenario, validation: Path | None, result: Path | None, out: Path | None, overwrite: bool
) -> None:
    from matsim.validation.assurance import assurance

    if out and out.exists() and not overwrite:
        raise InputError(str(out), "is there already; name another file, or say --overwrite")
    log = assurance(scenario, validation=validation, result=result)
    if out is None:
        show(log)
        return
    write_whole(out, log)
    show(f"The assurance log is in {out}; dotted lines are for people to fill.")


def _facts(establishments: Path | None, group_links: Path | None, later: Path | None, months: int, json: bool) -> None:
    from matsim.validation.facts import change_of
    from matsim.validation.facts import facts as compute

    paths = {"--establishments": establishments, "--group-links": group_links, "--later": later}
    if missing := [name for name, path in paths.items() if path is None]:
        raise InputError("--facts", f"needs {' and '.join(missing)} too: the published files to compute from")
    if months < 1:
        raise InputError(f"--months {months}", "should be 1 or more")
    figures = compute(change_of(Path(str(group_links)), Path(str(later)), Path(str(establishments)), months / 12.0))
    if json:
        show_json("evidence", {"months": months, "facts": figures.to_dict("records")})
        return
    rows = [(r["fact"], r["part"], number(r["value"], 4)) for r in figures.to_dict("records")]
    show("Mainstream academies; flows are per year.")
    show(table(("fact", "part", "value"), rows, right=(2,)))
