"""`matsim verify`: make a result again and compare every table, byte for byte."""

from __future__ import annotations

from matsim.cli.options import EstablishmentsOption, GroupLinksOption, JsonOption, QuietOption, ResultFolder
from matsim.cli.output import many, show, show_json
from matsim.cli.progress import Progress


def verify(
    result: ResultFolder,
    establishments: EstablishmentsOption = None,
    group_links: GroupLinksOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make a result again and compare every number.

    Ends with 6 when anything differs. A result made from published files needs the same files again.
    """
    from matsim.run import verify as verify_result

    with Progress(quiet) as progress:
        progress.stage("Making the result again")
        names = verify_result(result, establishments=establishments, group_links=group_links, tell=progress.tell)
    if json:
        show_json("verify", {"result": str(result), "same": True, "tables": names})
    else:
        show(f"{result}: made again, all {many(len(names), 'table')} the same to the last byte ({', '.join(names)}).")
