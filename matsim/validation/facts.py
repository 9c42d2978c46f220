"""Facts from the published files: who was in which trust on two dates, counted as the model is counted.

The figures of `matsim/evidence/targets.toml` with status "computed" that name group links come from here:
`matsim evidence --facts --establishments FILE --group-links FILE --later FILE` prints them again.

Only mainstream academies are kept (converters, sponsored academies, free schools, studio schools and university
technical colleges; not special schools, alternative provision or 16 to 19). A trust is known by its company number,
so that a single-academy trust that takes on a second school, and so gets a new group, stays the same trust.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from matsim.core.csv_reader import read_csv
from matsim.validation.movement import BANDS, COLUMNS, NETS, Change, band_shares, neighbour_km, sizes
from matsim.world.codes import ROUTES, TrustKind
from matsim.world.file_codes import OTHER_FILES, type_kind

LINKS = ("URN", "Group Type", "Group Name", "TypeOfEstablishment (name)", "PhaseOfEducation (name)", "Joined date")
OPTIONAL = ("Linked UID", "Group UID", "Companies House Number", "EstablishmentName", "LA (code)", "Group Status")
KINDS = {"single-academy trust": TrustKind.SINGLE, "multi-academy trust": TrustKind.MULTI}
NOT_SCHOOLS = ("16 plus", "nursery")


def read_members(links: Path, establishments: Path | None = None) -> pd.DataFrame:
    """Mainstream academies of open trusts in a group-links file, as a membership frame.

    Adds `company` (text), `group` (identifier), `name`, `group_name`, `route` (index into ROUTES) and `joined`
    (decimal year). Places are those of the establishment file where it has the school, else nan. InputError for a
    file that cannot be read.
    """
    table = read_csv(links, [(name,) for name in LINKS], OPTIONAL, other_files=OTHER_FILES)
    rows = list(range(len(table)))
    uid = "Linked UID" if "Linked UID" in table.present else "Group UID"
    frame = pd.DataFrame(
        {
            "school": table.numbers("URN", rows, 100_000, 999_999, "a whole number of six digits,"),
            "group": table.numbers(uid, rows, 1, 99_999_999, "a whole number"),
            "company": table.text("Companies House Number"),
            "kind": [KINDS.get(text.lower(), -1) for text in table.text("Group Type")],
            "status": [text.lower() for text in table.text("Group Status")],
            "type": table.text("TypeOfEstablishment (name)"),
            "stage": [text.lower() for text in table.text("PhaseOfEducation (name)")],
            "la": table.text("LA (code)"),
            "name": table.text("EstablishmentName"),
            "group_name": table.text("Group Name"),
            "joined": table.dates("Joined date", rows),
        }
    )
    table.problems.stop()
    open_ = frame.status.str.startswith("open") | (frame.status == "")
    frame = frame.loc[(frame.kind >= 0) & open_ & frame.school.notna() & frame.group.notna()]
    mainstream = np.array([type_kind(kind).mainstream and type_kind(kind).route > 0 for kind in frame.type], bool)
    frame = frame.loc[mainstream & ~frame.stage.isin(NOT_SCHOOLS)]
    frame["route"] = [type_kind(kind).route for kind in frame.type]
    # a school in two trusts is in the one that matsim.world.grouplinks says
    ranked = frame.assign(place=-np.arange(len(frame))).sort_values(["joined", "kind", "place"], na_position="first")
    frame = (
        frame.loc[ranked.drop_duplicates("school", keep="last").index]
        .sort_index()
        .astype({"school": np.int64, "group": np.int64})
    )
    frame["phase"] = (~frame.stage.isin(("primary", "middle deemed primary"))).astype(np.int64)
    # a company number where there is one, else the group's own number, which is far below them
    company = pd.to_numeric(frame.company.str.extract(r"(\d+)$")[0], errors="coerce")
    frame["trust"] = company.fillna(-1).where(company > 0, frame.group).astype(np.int64)
    return _placed(frame.reset_index(drop=True), establishments)


def _placed(frame: pd.DataFrame, establishments: Path | None) -> pd.DataFrame:
    if establishments is None:
        return frame.assign(easting=np.nan, northing=np.nan)
    table = read_csv(establishments, [("URN",), ("Easting",), ("Northing",)], (), other_files=OTHER_FILES)
    rows = list(range(len(table)))
    grid = pd.DataFrame(
        {
            name: table.numbers(column, rows, low, high, "a number")
            for name, column, low, high in (
                ("school", "URN", 100_000, 999_999),
                ("easting", "Easting", 0, 700_000),
                ("northing", "Northing", 0, 700_000),
            )
        }
    )
    table.problems.stop()
    return frame.merge(grid.drop_duplicates("school"), on="school", how="left")


def change_of(before: Path, after: Path, establishments: Path, years: float) -> Change:
    """Membership at two dates from two group-links files that lie `years` apart."""
    then, now = (read_members(path, establishments)[[*COLUMNS, "route"]] for path in (before, after))
    return Change(then, now, years)


def facts(change: Change) -> pd.DataFrame:
    """Every figure that the targets take from two group-links files: columns fact, part, value."""
    rows: list[tuple[str, str, float]] = []

    def add(name: str, value: float) -> None:
        rows.append((name, "", float(value)))

    def shape(name: str, parts: tuple[str, ...], values: np.ndarray) -> None:
        rows.extend((name, part, float(value)) for part, value in zip(parts, values, strict=True))

    for when, frame in (("before", change.before), ("after", change.after)):
        size = sizes(frame)
        add(f"academies {when}", len(frame))
        add(f"single-academy trusts {when}", frame.loc[frame.kind == TrustKind.SINGLE, "trust"].nunique())
        add(f"multi-academy trusts {when}", len(size))
        add(f"of them with two or more {when}", (size >= 2).sum())
        add(f"academies in MATs {when}", size.sum())
        add(f"mean size {when}", size.mean())
        add(f"largest {when}", size.max())
        add(f"academies in trusts of ten or more {when}", size[size >= 10].sum() / size.sum())
        shape(f"sizes {when}", BANDS, band_shares(size))
        for phase, name in ((0, "primary"), (1, "secondary")):
            academies = frame.loc[frame.phase == phase]
            add(f"{name} academies that stand alone {when}", (academies.kind == TrustKind.SINGLE).mean())
        km = neighbour_km(frame)
        add(f"km to the nearest school of the trust, median, {when}", np.quantile(km, 0.5))
        add(f"km to the nearest school of the trust, ninth decile, {when}", np.quantile(km, 0.9))
    for low, high in ((1, 1), (2, 2), (1, 2), (3, 5), (6, 10), (11, 999)):
        net = change.growth.loc[change.growth["size"].between(low, high), "net"]
        add(f"net growth of trusts of {low} to {high}", change.growth_rate(low, high))
        add(f"its standard error, {low} to {high}", net.std() / np.sqrt(len(net)) / change.years)
    shape("net growth", NETS, change.net_shares())
    add("trusts gaining five or more", change.gained(5))
    add("MATs gone", change.gone(TrustKind.MULTI))
    add("SATs gone", change.gone(TrustKind.SINGLE))
    add("MATs born", change.born())
    add("academies moved", change.moved())
    add("moved that stood alone", change.moved_alone())
    add("moved km", change.moved_km())
    add("new academies", len(change.newcomers) / change.years)
    shape("destinations", ("trust there before", "new trust", "alone"), change.destinations())
    add("new academies that are sponsored", (change.newcomers.route == ROUTES.index("sponsored")).mean())
    joiners = change.joiners
    add("joiners", len(joiners))
    add("joiners with a place", joiners.km.notna().sum())
    for only, name in ((None, "all"), (0, "primary"), (1, "secondary")):
        add(f"joined km, median, {name}", change.joined_km(0.5, only))
        add(f"joined km, ninth decile, {name}", change.joined_km(0.9, only))
    add("joiners whose authority the trust was in", joiners.home.mean())
    add("joiners of the nearest academy's trust", change.joined_nearest())
    add("joiners of trusts of ten or more", (joiners["size"] >= 10).mean())
    add("mean share of like phase in the trust joined", joiners.like.mean())
    return pd.DataFrame(rows, columns=["fact", "part", "value"])
