"""What a simulated world can say to the ten points for a new cluster, from stored tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.core.errors import InputError
from matsim.mechanisms.planting import LEAST_NEED
from matsim.scenario.schema import Scenario
from matsim.world.codes import PHASES, SECTOR
from matsim.world.geography import minutes, neighbours

PLANTED = 2
"""Schools that a new cluster begins with."""


def centre(trusts: pd.DataFrame, schools: pd.DataFrame, scenario: Scenario, uid: int, authority: str) -> int:
    """URN of the school of a local authority round which trust `uid` could best plant a cluster.

    That is, the one with most schools in reach that could join, of the phase of most of the trust's schools where the
    authority has one; of equals, the one nearest to the trust. Tables and errors as in plan_facts.
    """
    mine = schools[schools["last_trust"] == uid]
    main = np.bincount(_sectors(mine)).argmax()
    here = schools[schools["authority"].astype(str) == authority]
    fits = here[(_sectors(here) == main) & (here["last_trust"] < 0)]
    ranked, sparsity = [], sparsities(schools, scenario)
    for urn in (fits if len(fits) else here)["school"].tolist():
        facts = plan_facts(trusts, schools, scenario, uid, int(urn), sparsity)
        ranked.append((-facts["candidates"], facts["journey_minutes"], int(urn)))
    return min(ranked)[2]


def sparsities(schools: pd.DataFrame, scenario: Scenario) -> NDArray[np.float64]:
    """Distance in km from each school of the table to its tenth nearest, in the order of its rows: (schools,)."""
    east, north = schools["easting"].to_numpy(), schools["northing"].to_numpy()
    return neighbours(east, north, _phases(schools), scenario.travel).sparsity


def _phases(schools: pd.DataFrame) -> NDArray[np.int8]:
    """The phase of each school of the table as a code."""
    return np.asarray(pd.Categorical(schools["phase"].astype(str), categories=PHASES).codes, np.int8)


def _sectors(schools: pd.DataFrame) -> NDArray[np.int8]:
    """The sector of each school of the table."""
    return SECTOR[_phases(schools)]


def plan_facts(
    trusts: pd.DataFrame,
    schools: pd.DataFrame,
    scenario: Scenario,
    uid: int,
    urn: int,
    sparsity: NDArray[np.float64] | None = None,
) -> dict[str, float]:
    """Facts for the checklist: trust `uid` planting a cluster around school `urn` at the end of a run.

    `trusts` and `schools` are the tables `trust_year` and `schools`. What only people can say is left out. Whoever asks
    about many schools passes on what `sparsities` gives: to find every school's neighbours is nearly all of the work.
    InputError when the trust has closed, or the school is not there.
    """
    years = trusts[(trusts["trust"] == uid) & (trusts["year"] == trusts["year"].max())]
    place = np.flatnonzero(schools["school"].to_numpy() == urn)
    wrong = [f"trust {uid} is not open in the last year"] if years.empty else []
    wrong += [] if len(place) else [f"there is no school with URN {urn}"]
    if wrong:
        raise InputError("checklist", wrong)
    row, here = years.iloc[0], int(place[0])
    east, north = schools["easting"].to_numpy(), schools["northing"].to_numpy()
    sector = _sectors(schools)
    if sparsity is None:
        sparsity = sparsities(schools, scenario)
    km = np.hypot(east - east[here], north - north[here]) / 1000.0
    time = minutes(km, (sparsity + sparsity[here]) / 2.0, scenario.travel)
    outside = (schools["last_trust"] < 0).to_numpy()
    near = (time <= scenario.clusters.minutes) & outside & (sector == sector[here])
    mine = (schools["last_trust"] == uid).to_numpy()
    grown = (row["schools"] + PLANTED) / row["schools"]
    office = [row[f"supply_{a}"] / max(row[f"need_{a}"] * grown, LEAST_NEED) for a in ("finance", "hr", "estates")]
    return {
        "record": float(row["track_record"]),
        "failing_share": float(row["failing_schools"] / row["schools"]),
        "bench": float(row["bench"]),
        "candidates": float(near.sum()),
        "local_support": float(schools["local_support"].iloc[here]),
        "journey_minutes": float(time[mine].min()),
        "reserves_after": float(row["reserves_share"] - scenario.planting.cost / max(row["income"], 1.0)),
        "back_office_ratio": float(min(office)),
        "governance_load": float(row["pressure_governance"] * grown),
        "buyin": float(row["buyin"]),
    }
