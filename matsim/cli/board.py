"""`matsim board`: growth options for one trust, on the same luck, as a pack for its board."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matsim.cli.errors import USAGE, complain, typed, warn
from matsim.cli.options import (
    FilesGiven,
    JsonOption,
    OverwriteOption,
    QuietOption,
    SetOption,
    scenario_given,
    takes_files,
)
from matsim.cli.output import show, show_json
from matsim.cli.progress import Progress
from matsim.core.disk import write_whole
from matsim.core.errors import InputError
from matsim.core.find import find_agent
from matsim.words.amounts import many

if TYPE_CHECKING:
    from matsim.board.pack import Order
    from matsim.scenario.schema import Scenario
    from matsim.simulation.simulate import Files
    from matsim.world.base import World

PAGE = "board.html"
REAL = "england-2018"


@takes_files
def board(
    trust: Annotated[str | None, typer.Option("--trust", metavar="NAME|UID", help="The trust.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for the pack.")] = None,
    scenario: Annotated[str, typer.Argument(help="A scenario file or name; sets the world and every rule.")] = REAL,
    files: FilesGiven = None,
    schools: Annotated[
        Path | None, typer.Option("--schools", metavar="FILE.csv", help="The trust as a CSV of its schools.")
    ] = None,
    schools_template: Annotated[
        bool, typer.Option("--schools-template", help="Print the form for --schools (CSV).")
    ] = False,
    options: Annotated[Path | None, typer.Option("--options", metavar="FILE.toml", help="Options of your own.")] = None,
    compare: Annotated[
        str | None, typer.Option("--compare", metavar="A,B,..", help="Two to four of stay,local,cluster,merge,pause.")
    ] = None,
    wanted: Annotated[int, typer.Option("--add", min=0, max=20, help="Schools that 'local' and 'pause' add.")] = 0,
    near: Annotated[
        str, typer.Option("--near", metavar="AUTHORITY|URN|SCHOOL", help="Where to plant the new cluster.")
    ] = "",
    merge: Annotated[str | None, typer.Option("--merge", metavar="NAME|UID", help="The trust to merge with.")] = None,
    candidates: Annotated[
        str, typer.Option("--candidates", metavar="URN,..", help="Schools to approach, each with a card.")
    ] = "",
    futures: Annotated[int, typer.Option("--futures", min=10, max=5000, help="Futures for each option.")] = 200,
    years: Annotated[int, typer.Option("--years", min=3, max=30, help="School years of each future.")] = 10,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Names the luck of the first future.")] = 1,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Processes; all processors without.")] = None,
    sets: SetOption = None,
    overwrite: OverwriteOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Compare growth options for a trust, for its board.

    Each option is lived through hundreds of futures on the same luck, and told in a pack to print.

    The trust is one of a scenario's made-up world, of the published files (--establishments, --group-links), or a
    CSV of schools put into either (--schools). Without --options or --compare it compares four that suit it.
    """
    if schools_template:
        from matsim.board.schools_form import TEMPLATE

        show(TEMPLATE.rstrip())
        return
    if out is None or (trust is None and schools is None):
        complain("matsim board needs --out DIR and a trust: --trust NAME, or --schools FILE.csv")
        raise typer.Exit(USAGE)
    if options is not None and compare is not None:
        raise InputError("command line", "--options and --compare both name the options; keep one")
    from matsim.results.store import ensure_free

    ensure_free(out, overwrite)
    settings = scenario_given(scenario, sets, seed=seed, years=years, files=files)
    with Progress(quiet) as progress:
        progress.stage("Building the first year")
        order = _order(
            _first_year(settings, files, trust, schools),
            settings,
            Choices(options, compare, wanted, near, merge, candidates),
            futures,
            years,
            seed,
            workers,
        )
        from matsim.board.pack import board as make_pack

        inputs: dict[str, Path | str] = {}
        inputs |= files.inputs if files else {}
        inputs |= {"schools": schools} if schools is not None else {}
        inputs |= {"options": options} if options is not None else {}
        result = make_pack(
            order,
            out,
            inputs=inputs,
            command=typed(),
            overwrite=overwrite,
            tell=progress.tell,
            say=lambda text: progress.stage(text, "futures"),
        )
        progress.stage("Drawing the pages")
        page = _draw(result.folder)
    _tell(order, out, page, json)


class Choices:
    """What the command line says of the options."""

    def __init__(
        self, file: Path | None, compare: str | None, wanted: int, near: str, merge: str | None, candidates: str
    ) -> None:
        self.file, self.wanted, self.near, self.merge = file, wanted, near, merge
        self.keys = tuple(key.strip() for key in (compare or "").split(",") if key.strip())
        self.candidates = tuple(text.strip() for text in candidates.split(",") if text.strip())


def _first_year(
    settings: Scenario, files: Files | None, trust: str | None, schools: Path | None
) -> tuple[World, int, tuple[str, ...]]:
    """The world, the trust's UID, and notes about the form."""
    from matsim.simulation.simulate import build_world

    world = build_world(settings, files)
    warn(world.about())
    names = dict(zip(world.trusts["uid"].tolist(), world.trust_names, strict=True))
    where = "the world's trusts" if files is None else files.establishments.name
    if schools is None:
        return world, _trust(trust or "", world, names, where), ()
    from matsim.board.schools_form import trust_from

    wanted = (trust or "").casefold()
    uid = next((u for u, name in names.items() if wanted in (name.casefold(), str(u))), None) if wanted else None
    formed = trust_from(schools, world, trust or "Our trust", uid, settings.travel)
    return formed.world, formed.uid, formed.notes


def _trust(text: str, world: World, names: dict[int, str], where: str) -> int:
    """UID of the trust meant. InputError for one that the files have and the model has no school of, saying so."""
    left_out = {uid: left.trust for uid, left in world.account.left_out.items() if uid not in names}
    try:
        # one that was left out comes first where the whole name is its own; else trusts of the world do, part of a name
        exact = {u: name for u, name in left_out.items() if text.casefold().strip() in (name.casefold(), str(u))}
        uid = find_agent(text, exact or names, "trust", where)
    except InputError:
        try:
            uid = find_agent(text, left_out, "trust", where)
        except InputError:
            uid = -1
        # the first error stands: it offers the names of trusts that can have a pack
        if uid < 0:
            raise
    if uid in left_out:
        some = [f"{name} ({urn}): {reason}" for urn, name, reason in world.account.left_out[uid].schools]
        problem = f"{left_out[uid]} ({uid}) has no school of a kind that the model has, so there is no pack for it"
        raise InputError("--trust", f"{problem}; left out: {'; '.join(some)}")
    return uid


def _order(
    first: tuple[World, int, tuple[str, ...]],
    settings: Scenario,
    choices: Choices,
    futures: int,
    years: int,
    seed: int,
    workers: int | None,
) -> Order:
    """Everything a pack is made from. InputError for an option that cannot be made."""
    from matsim.board.options import Wishes, defaults, from_file
    from matsim.board.pack import Order
    from matsim.board.surroundings import look_around
    from matsim.experiment.runner import processors

    world, uid, notes = first
    names = dict(zip(world.trusts["uid"].tolist(), world.trust_names, strict=True))
    partner = find_agent(choices.merge, names, "trust", "--merge") if choices.merge is not None else None
    at = look_around(world, uid, settings)
    if len(at.members) < 1:
        raise InputError("--trust", f"{names[uid]} has no open school")
    if partner == uid:
        raise InputError("--merge", "a trust cannot merge with itself")
    wishes = Wishes(_schools(world, uid, choices.candidates), choices.wanted, choices.near, partner)
    options = (
        from_file(choices.file, at, settings, wishes)
        if choices.file is not None
        else defaults(at, settings, wishes, choices.keys)
    )
    many_workers = processors() if workers is None else workers
    return Order(settings, world, uid, options, wishes, futures, years, seed, many_workers, notes)


def _schools(world: World, uid: int, texts: tuple[str, ...]) -> tuple[int, ...]:
    """URNs of the candidates named. InputError lists every one that cannot be meant."""
    import numpy as np

    names = dict(zip(world.schools["urn"].tolist(), world.school_names, strict=True))
    members = set(
        world.schools["urn"][world.schools["trust"] == np.flatnonzero(world.trusts["uid"] == uid)[0]].tolist()
    )
    urns, problems = [], []
    for text in texts:
        try:
            urn = find_agent(text, names, "school", "--candidates")
        except InputError as error:
            problems += error.problems
            continue
        if urn in members:
            problems.append(f"{names[urn]} ({urn}) is in the trust already")
        urns.append(urn)
    if problems:
        raise InputError("--candidates", problems)
    return tuple(dict.fromkeys(urns))


def _draw(folder: Path) -> Path:
    """The pack's page, in its folder."""
    from matsim.report import render

    page = folder / PAGE
    write_whole(page, render(folder))
    return page


def _tell(order: Order, out: Path, page: Path, json: bool) -> None:
    """What was made, and the answer in short."""
    from matsim.report.board import opening, summary
    from matsim.results.store import open_result

    rows = summary(open_result(out))
    if json:
        about = {"result": str(out), "page": str(page), "futures": order.futures, "years": order.years}
        show_json("board", {**about, "trust": order.uid, "options": rows})
        return
    show(opening(open_result(out)))
    for row in rows:
        show(row["sentence"])
    show(f"The pack is in {out / PAGE}: {many(order.futures, 'future')} of {many(len(rows), 'option')}.")
    show(f"Open it in a browser; print it from there. matsim report {out} makes the same page again.")
