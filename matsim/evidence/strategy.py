"""The published strategy instrument: ten statements, fifteen responsibilities, three groups of trusts.

The wording is the survey's own (Building Trusts, Methodology). The report prints its groups' scores only as
a picture without numbers and describes them in words, so the profiles here are assumed: chosen to say what
the words say (`docs/selfcheck.md` sets the two side by side). Agents and real trusts share this file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matsim.core.sums import weighted
from matsim.evidence.parameters import Params, param

type Floats = NDArray[np.float64]
type Codes = NDArray[np.integer]


@dataclass(frozen=True)
class Item:
    """One thing the survey asks about: a short key and the published wording."""

    key: str
    wording: str


STATEMENTS: tuple[Item, ...] = (
    Item("common_vision", "Setting a common vision and culture while maintaining local autonomy in delivery"),
    Item("scale_model", "Scaling a tried and tested model of school improvement"),
    Item(
        "free_from_admin",
        "Freeing schools up from administration and operations to focus on teaching and learning",
    ),
    Item(
        "boost_local",
        "Boosting school leadership and local governance to increase local autonomy and accountability",
    ),
    Item(
        "converge",
        "Helping schools to converge over time in their ways of doing things and their performance through "
        "collaboration",
    ),
    Item(
        "back_office_savings",
        "Securing back office efficiency savings so that more money can be spent on teaching and learning",
    ),
    Item("enrichment", "Focusing on enrichment while schools pursue their own approach to the core curriculum"),
    Item("protect_identity", "Protecting each school's individual identity"),
    Item("community", "Ensuring each school works to strengthen its community"),
    Item("consistent_pedagogy", "Creating consistent pedagogy across all schools"),
)
"""Scored 1 "not at all like our MAT" to 10 "exactly like us"."""

RESPONSIBILITIES: tuple[Item, ...] = (
    Item("recruit_principals", "Recruitment of principals"),
    Item("recruit_slt", "Recruitment of school SLT below principal"),
    Item("recruit_teachers", "Recruitment of teachers"),
    Item("develop_seniors", "Development of senior school staff"),
    Item("develop_teachers", "Development of teachers"),
    Item("curriculum", "Curriculum and assessment in general"),
    Item(
        "core_curriculum",
        "Curriculum and assessment for Year 6 English, maths, science and/or EBacc subjects",
    ),
    Item(
        "local_governance",
        "Governance of individual schools in terms of most aspects of budgeting, operations and education",
    ),
    Item("school_improvement", "Design and delivery of school improvement approaches"),
    Item("parents_community", "Parent and community engagement"),
    Item(
        "pupil_policies",
        "Pupil policies (e.g. behaviour/uniform) and the pastoral system (e.g. safeguarding and the role of "
        "form tutors)",
    ),
    Item("vision_values", "Individual academies' vision and values"),
    Item("branding", "Academy branding and communications"),
    Item("back_office", "Back office services (finance, IT, HR, audit, estates, procurement)"),
    Item(
        "information",
        "Information management systems and the use of information (e.g. pupil and workforce data)",
    ),
)
"""Scored 0 "entirely devolved to school level" to 10 "entirely retained at MAT level"."""

PLACES = {item.key: i for i, item in enumerate(RESPONSIBILITIES)}
"""Place of each responsibility among the fifteen, by key; those that the model singles out have names."""
RECRUIT_PRINCIPALS, RECRUIT_LEADERS = PLACES["recruit_principals"], PLACES["recruit_slt"]
SENIORS, CURRICULUM, CORE = PLACES["develop_seniors"], PLACES["curriculum"], PLACES["core_curriculum"]
SCHOOL_IMPROVEMENT, PARENTS = PLACES["school_improvement"], PLACES["parents_community"]
PUPIL_POLICIES, BACK_OFFICE, INFORMATION = PLACES["pupil_policies"], PLACES["back_office"], PLACES["information"]

TOP = 10.0
"""Highest score of a responsibility (entirely retained at the trust) and of a self-rating (very effective)."""

PROFILES_ASSUMED = "assumed: the report gives a picture and words; numbers chosen to agree with the words"


@dataclass(frozen=True)
class Group:
    """A published group of trusts. `published` is how many of the 17 clustered trusts were in it.

    `statements` (10 mean scores, 1-10) and `responsibilities` (15, 0-10) rest on `source`, not on a table.
    """

    key: str
    name: str
    published: int
    statements: tuple[float, ...]
    responsibilities: tuple[float, ...]
    source: str = PROFILES_ASSUMED


GROUPS: tuple[Group, ...] = (
    Group(
        "autonomy",
        "autonomy and identity",
        6,
        (8.9, 7.2, 6.7, 7.6, 7.4, 6.9, 7.0, 8.5, 8.4, 4.8),
        (8.5, 4.2, 2.2, 5.6, 4.3, 3.2, 3.5, 5.0, 5.4, 3.8, 3.0, 3.8, 4.4, 7.6, 6.1),
    ),
    Group(
        "pedagogy",
        "pedagogy and improvement",
        9,
        (7.6, 7.6, 7.8, 5.9, 7.3, 8.0, 4.5, 6.0, 7.9, 7.6),
        (9.1, 6.2, 3.8, 7.2, 6.0, 5.8, 6.2, 6.4, 7.1, 2.4, 4.8, 5.2, 6.4, 8.6, 7.5),
    ),
    Group(
        "community",
        "community and identity",
        2,
        (6.6, 5.2, 5.5, 5.2, 5.9, 5.7, 4.4, 6.6, 7.1, 4.6),
        (8.0, 4.0, 2.4, 5.0, 3.8, 2.8, 3.0, 4.8, 5.0, 3.9, 2.8, 3.3, 4.2, 7.1, 5.6),
    ),
)

PUBLISHED_SILHOUETTES = {2: 0.19, 3: 0.25}
"""Silhouette of the report's clustering of 17 trusts, by number of groups (its appendix)."""

ENOUGH_RESPONDENTS = 5
"""The report grouped only trusts with this many answers or more (its methodology)."""


def _fixed(rows: list[tuple[float, ...]] | Floats) -> Floats:
    array = np.array(rows, dtype=np.float64)
    array.flags.writeable = False
    return array


GROUP_STATEMENTS = _fixed([g.statements for g in GROUPS])
"""(3, 10): each group's mean statement scores."""

GROUP_RESPONSIBILITIES = _fixed([g.responsibilities for g in GROUPS])
"""(3, 15): each group's mean responsibilities."""


class StrategySpread(Params):
    """How far trusts lie from their group's profile."""

    between_trusts: float = param(
        1.15,
        "score 0-10",
        "assumed: tuned so that samples like the report's give silhouettes near the published 0.19 and 0.25",
        plausible=(0.6, 1.5),
    )
    """Standard deviation of a trust's score about its group's, per statement, in points."""


class AnswerSpread(Params):
    """How far the answers of a trust's people lie from the trust's own score. Surveys read it; the model does not."""

    between_respondents: float = param(
        2.0,
        "score 0-10",
        "assumed: quartiles about 3 points apart, as the report gives for self-rated effectiveness",
        plausible=(1.0, 3.0),
    )
    """Standard deviation of one respondent's score about the trust's, per statement, in points."""


def draw_trusts(group: Codes, normals: Floats, spread: StrategySpread) -> Floats:
    """Statement scores (n, 10) of trusts around their groups' profiles, within 1-10.

    `group` (n,) indexes GROUPS; `normals` (n, 10) are standard normal draws from a stream.
    """
    return np.clip(GROUP_STATEMENTS[group] + spread.between_trusts * normals, 1.0, 10.0)


def draw_answers(statements: Floats, normals: Floats, spread: AnswerSpread) -> Floats:
    """Whole-number answers 1-10 of respondents around what each one's trust scores; all arrays (n, 10)."""
    return np.clip(np.rint(statements + spread.between_respondents * normals), 1.0, 10.0)


_LINKS: tuple[dict[str, float], ...] = (
    {"common_vision": 0.1},
    {"boost_local": -0.3, "consistent_pedagogy": 0.1},
    {"protect_identity": -0.2, "back_office_savings": 0.1},
    {"scale_model": 0.2, "converge": 0.1},
    {"consistent_pedagogy": 0.2, "converge": 0.2},
    {"consistent_pedagogy": 0.35, "enrichment": -0.2},
    {"consistent_pedagogy": 0.4, "enrichment": -0.25},
    {"boost_local": -0.4},
    {"scale_model": 0.35, "converge": 0.1},
    {"protect_identity": 0.2, "community": 0.1},
    {"consistent_pedagogy": 0.2, "protect_identity": -0.15},
    {"protect_identity": -0.3, "common_vision": 0.1},
    {"protect_identity": -0.3},
    {"back_office_savings": 0.35, "free_from_admin": 0.25},
    {"free_from_admin": 0.2, "scale_model": 0.15, "back_office_savings": 0.1},
)
"""Assumed: which statements should move which responsibility, points per point, before fitting to GROUPS."""


def _link() -> tuple[Floats, Floats, Floats]:
    """The matrix nearest to `_LINKS` (least squares) that carries each group's profile onto its other one."""
    place = {item.key: i for i, item in enumerate(STATEMENTS)}
    believed = np.zeros((len(RESPONSIBILITIES), len(STATEMENTS)))
    for row, weights in zip(believed, _LINKS, strict=True):
        for key, weight in weights.items():
            row[place[key]] = weight
    start, end = GROUP_STATEMENTS.mean(axis=0), GROUP_RESPONSIBILITIES.mean(axis=0)
    moved, wanted = (GROUP_STATEMENTS - start).T, (GROUP_RESPONSIBILITIES - end).T
    fitted = believed + (wanted - believed @ moved) @ np.linalg.pinv(moved)
    fitted = np.round(fitted, 11)  # the last digits of a pseudo-inverse differ between processes
    return _fixed(fitted), _fixed(start), _fixed(end)


LINK, LINK_START, LINK_END = _link()
"""LINK (15, 10): points of responsibility per point of statement, about LINK_START (10,), LINK_END (15,)."""


def statement_responsibility_link(statements: Floats) -> Floats:
    """What statement scores (n, 10), 1-10, imply for responsibilities (n, 15), 0-10: linear, then clipped.

    Assumed, apart from its direction: the report ties pedagogy to centralised functions and autonomy and
    identity to the centralisation of parent engagement (§1.2). Maps each of GROUPS onto its own profile.
    """
    return np.clip(LINK_END + weighted(statements - LINK_START, LINK.T), 0.0, 10.0)
