"""`matsim merge`: the shards of a sweep put together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matsim.cli.errors import FAILED, typed
from matsim.cli.options import JsonOption, MixedOption
from matsim.cli.output import show, show_json
from matsim.words.amounts import many


def merge(
    shards: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders of finished shards.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the whole sweep.")],
    mixed: MixedOption = False,
    json: JsonOption = False,
) -> None:
    """Put the shards of a sweep together.

    The bytes are the same as those of the sweep in one go.
    Says of which shards runs are missing. The shards are left as they are.
    """
    from matsim.experiment.stored import merge as merge_shards

    result = merge_shards(shards, out, mixed=mixed, command=typed())
    failed = result.manifest["failed"]
    if json:
        show_json("merge", {"result": str(result.folder), "runs": result.manifest["runs"], "failed": failed})
    else:
        show(f"{many(result.manifest['runs'], 'run')} of {many(len(shards), 'shard')} in {result.folder}.")
    if failed:
        raise typer.Exit(FAILED)
