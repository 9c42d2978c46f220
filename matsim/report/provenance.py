"""What made a result, as facts for the end of a page; and what no page may leave out about it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from matsim.core.published_files import label
from matsim.report.page import Fact, Section, Table
from matsim.results.provenance import DIGITS, mixture
from matsim.results.store import Result
from matsim.words.amounts import count, percent
from matsim.words.offices import dated
from matsim.words.phrases import capital, listed

WORDS = {
    "MAT": "A multi-academy trust: one trust that runs several academies.",
    "Back-office cost": "What finance, HR, estates, leadership and governance cost, at the school and at the centre.",
    "Break point": "Where a trust's way of working (how it checks compliance, governs, improves schools and so on) "
    "no longer carries its size, spread and mix of schools.",
    "Central charge": "The share of its schools' income that a trust keeps for its centre; also called top-slice.",
    "Cluster": "Two to six nearby schools of a trust under one executive leader.",
    "{commissioner}": "The {title}, who approves or refuses that a school joins a trust.",
    "Pupil outcomes, sd": "Value added, in standard deviations (sd) of schools' outcomes: one sd is about how far a "
    "school usually lies from the average.",
    "Middle half, 9 in 10": "Bands: half of the trusts or futures lie in the inner one, nine in ten in the outer one; "
    "the line is the median, with as many above as below.",
}
"""Terms of the field that reports use; those of `matsim.words.offices` in braces."""


def provenance(result: Result) -> tuple[Fact, ...]:
    """Versions, commit, seed, digests, the command, and how to check the numbers."""
    about = result.manifest
    facts = [
        Fact("Result", result.folder.resolve().name, f"stored {_day(about.get('created', ''))}"),
        Fact("Command", about["command"], code=True) if about.get("command") else None,
        Fact("Seed", str(about["seed"]), "The same seed gives the same luck.") if "seed" in about else None,
        Fact("matsim", f"{about.get('matsim')}", _commit(about) + _sources(about)),
        Fact("Python and libraries", _libraries(about)),
        *(_input(name, entry) for name, entry in about.get("inputs", {}).items()),
        Fact("Scenario", f"sha256 {about.get('scenario_sha256', 'not recorded')}", code=True),
    ]
    below = {"run": ("",), "sweep": ("",), "twin": ("/first", "/second")}.get(about.get("kind", "run"), ())
    for part in below:
        how = f"matsim verify {result.folder.name}{part}"
        facts.append(Fact("To check", how, "Makes the result again and compares every number.", code=True))
    return tuple(fact for fact in facts if fact is not None)


def digests(result: Result) -> Table | None:
    """Every table with its rows and digest; None where the manifest gives none."""
    tables = {name: facts for name, facts in result.manifest.get("tables", {}).items() if "digest" in facts}
    if not tables:
        return None
    frame = pd.DataFrame(
        {
            "Table": list(tables),
            "Rows": [int(facts["rows"]) for facts in tables.values()],
            "Digest (sha256)": [facts["digest"] for facts in tables.values()],
        }
    )
    return Table("Digests of the tables", frame, folded=True)


def words(years: tuple[int, int]) -> Section:
    """What the words of a report mean, for who meets them first here; `years`: the first and the last it is about."""
    facts = [Fact(capital(dated(word, *years)), dated(meaning, *years)) for word, meaning in WORDS.items()]
    return Section("What the words mean", facts=facts)


def _day(created: str) -> str:
    return created.replace("T", " at ").replace("+00:00", " UTC") or "at an unrecorded time"


def _commit(about: dict[str, Any]) -> str:
    if not about.get("commit"):
        return "not from a checkout of its source"
    changed = ", with changes that were not committed" if about.get("dirty") else ""
    return f"commit {about['commit']}{changed}"


def _sources(about: dict[str, Any]) -> str:
    """The code as a digest, which tells builds of one version apart."""
    return f", sources {about['sources'][:DIGITS]}" if about.get("sources") else ""


def _libraries(about: dict[str, Any]) -> str:
    versions = [f"{name} {version}" for name, version in about.get("libraries", {}).items() if version]
    return listed([f"Python {about.get('python', 'of unknown version')}", *versions])


def _input(name: str, entry: dict[str, str]) -> Fact:
    return Fact(
        "First year" if name == "world" else label(name),
        f"sha256 {entry.get('sha256', '')}",
        entry.get("name", ""),
        code=True,
    )


def caveats(result: Result, parameters: pd.DataFrame, *, runs: int) -> tuple[str, ...]:
    """What holds of this result beyond what holds of every page."""
    sentences = []
    if runs == 1:
        sentences.append("This is one run with one seed: other luck gives other numbers, and some other findings.")
    elif runs > 1:
        sentences.append(
            f"Bands show {count(runs)} futures: what luck and the varied settings do, not how wrong the model may be."
        )
    if not parameters.empty:
        share = parameters["assumed"].mean()
        sentences.append(
            f"{percent(share)} of its parameters are assumed, where nothing was published that would settle them; "
            "the lists above give each with its reason."
        )
        if fitted := int((parameters["source"] == "calibration").sum()):
            sentences.append(
                f"{fitted} of its parameters are fitted to published patterns of 2010 to 2022. The facts hold few of "
                "them tightly: other values would fit as well (docs/calibration.md)."
            )
    if mixed := mixture(result.manifest.get("made_by") or []):
        sentences.append(f"{mixed}.")
    world = result.manifest.get("world") or {}
    if world.get("origin") == "synthetic":
        sentences.append("The country is made up: no school, trust, place or authority in it is real.")
    return tuple(sentences)
