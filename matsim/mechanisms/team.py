"""The central team: a ledger of need and supply in six areas; hired, bought, pooled, helped (B4, B9, F1, F2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.agents.trust import AREAS
from matsim.core.sums import weighted
from matsim.evidence.parameters import Params, param, switch
from matsim.evidence.strategy import BACK_OFFICE, TOP
from matsim.mechanisms.directed.unfulfilled import thwart
from matsim.state.directions import numbers
from matsim.state.state import Rows, State
from matsim.world.codes import TrustKind

type Floats = NDArray[np.float64]

HELP_AREAS = ((1,), (2, 3, 4, 6, 7, 8), (9,), (5,), (9,), (0,))
"""Which of the ten areas of local help serve each area of the central team: leadership; quality assurance,
curriculum, school-to-school improvement, behaviour, special needs and welfare; sustainability (back office);
recruitment; sustainability again; governance."""


LOGGED_HELP = 0.25
"""Posts saved by local help from which it is logged."""

LOGGED_POSTS = 0.4
"""Change in the posts of a team from which it is logged."""


class TeamParams(Params):
    """What a central team has to do, what it costs, and how it is filled."""

    hiring_on: bool = switch()
    """Whether trusts hire and shed posts; off, the first year's posts stay."""
    core: float = param(1.0, "posts", "carter", plausible=(0.5, 1.5))
    """Fixed need in each of leadership and finance once a trust has its own centre (the bare essentials)."""
    core_hr: float = param(
        0.7, "ratio", "assumed: a part of the finance director's office at first", plausible=(0.4, 1.0)
    )
    """Fixed need in HR, over that in finance."""
    core_office: float = param(0.4, "ratio", "assumed: shared posts at first", plausible=(0.2, 1.0))
    """Fixed need in each of estates and governance, over that in finance."""
    core_half: float = param(3.5, "schools", "assumed: below this, heads share the central jobs", plausible=(3, 8))
    """Size at which about two thirds of the fixed need has appeared."""
    leadership: float = param(0.07, "posts", "assumed: about one leader for fourteen schools", plausible=(0.02, 0.1))
    """Leadership need for each school."""
    improvement: float = param(
        0.09, "posts", "assumed: about seventeen days a year for a steady school", plausible=(0.03, 0.15)
    )
    """Improvement need for each school."""
    driven: float = param(
        0.3, "ratio", "assumed: convergence is slower and cheaper (Building Trusts §1.2.2)", plausible=(0.0, 0.6)
    )
    """Improvement need of a trust that scales a set approach over one that converges together, less one."""
    improvement_weak: float = param(
        0.22, "posts", "assumed: about forty days a year for a weak school", plausible=(0.1, 0.4)
    )
    """Further improvement need for each school judged below Good."""
    finance: float = param(0.09, "posts", "assumed: no published curve of central headcount", plausible=(0.04, 0.2))
    """Finance need for each school where back office is wholly central."""
    hr: float = param(0.05, "posts", "assumed: no published curve of central headcount", plausible=(0.02, 0.1))
    """HR need for each school where back office is wholly central."""
    devolved: float = param(0.4, "share", "assumed: the centre answers for it in any case", plausible=(0.2, 0.8))
    """What is left of finance and HR need where back office is wholly devolved."""
    estates: float = param(0.05, "posts", "assumed: no published curve of central headcount", plausible=(0.02, 0.1))
    """Estates need for each school."""
    governance: float = param(0.06, "posts", "assumed: clerking and meetings", plausible=(0.02, 0.12))
    """Governance need for each school."""
    large_school: float = param(1.8, "ratio", "assumed: a secondary is several primaries' work", plausible=(1.2, 3.0))
    """Need of a secondary over that of a primary, outside governance."""
    specialist_school: float = param(
        1.4, "ratio", "assumed: few pupils, but staff and needs of a much larger school", plausible=(1.0, 2.5)
    )
    """The same of a special school, alternative provision or a school for those of 16 to 19."""
    joining: float = param(0.12, "posts", "assumed: due diligence and integration", plausible=(0.05, 0.3))
    """Leadership need for each school that joined within two years."""
    joining_office: float = param(0.5, "ratio", "assumed: most of it falls to leaders", plausible=(0.2, 1.0))
    """Finance and HR need for each such school, over that."""
    travel: float = param(0.012, "ratio", "assumed: days lost on the road", plausible=(0.0, 0.03))
    """Rise of improvement and leadership need for each kilometre of spread."""
    pooling: float = param(0.25, "share", "assumed: clusters share specialists (Hill)", plausible=(0.0, 0.5))
    """Share of improvement need that clusters meet where all schools are in one."""
    pooling_leadership: float = param(
        0.5, "ratio", "assumed: clusters are led by executive heads", plausible=(0.0, 1.0)
    )
    """Share of leadership need that they meet, over that of improvement."""
    help: float = param(0.15, "share", "assumed: local networks save capacity (Hill)", plausible=(0.0, 0.35))
    """Share of need that the strongest local help meets."""
    traded: float = param(
        0.15, "share", "assumed: traded services of the authority (Hill, For Schools)", plausible=(0.0, 0.4)
    )
    """Share of finance, HR and estates need that a local authority at full capacity would serve."""
    cost_leadership: float = param(125_000.0, "£ per year", "cst-pay", plausible=(90_000, 180_000))
    """Cost of a leadership post with on-costs."""
    cost_improvement: float = param(78_000.0, "£ per year", "cst-pay", plausible=(60_000, 95_000))
    """Cost of an improvement post (a head's pay)."""
    cost_office: float = param(
        60_000.0,
        "£ per year",
        "assumed: a manager in finance, HR, estates or governance",
        plausible=(38_000, 70_000),
    )
    """Cost of a post in finance, HR, estates or governance with on-costs."""
    bought_premium: float = param(1.4, "ratio", "assumed: day rates against salaries", plausible=(1.1, 2.0))
    """Cost of bought-in capacity over an employed post's."""
    budget: float = param(0.9, "share", "assumed: the rest of the top-slice pays for services", plausible=(0.7, 1.0))
    """Share of the top-slice that may be spent on the team."""
    spared: float = param(0.3, "share", "assumed: a team stretches a little first", plausible=(0.0, 0.8))
    """Part of the smallest appointment, half a post, that a trust does without rather than make it."""
    reserve_use: float = param(0.1, "share per year", "assumed: investment from reserves", plausible=(0.0, 0.3))
    """Share of central reserves that may be spent on the team in a year."""
    tightest: float = param(
        0.6, "share", "assumed: a team is as strong as its weakest area, mostly", plausible=(0.3, 1.0)
    )
    """Weight of the tightest area in the capacity of the team; the mean of all areas has the rest."""
    most: float = param(1.5, "ratio", "assumed: idle hands add nothing more", plausible=(1.1, 2.0))
    """Highest capacity: supply over need beyond which more makes no difference."""
    slight: float = param(0.05, "posts", "assumed: less is nobody's job", plausible=(0.01, 0.2), gt=0.0)
    """Need of an area up to which it is no strain on the team."""
    skill: float = param(0.05, "share", "assumed: a good CEO gets more from a team", plausible=(0.0, 0.15))
    """Gain in capacity for a CEO one standard deviation above average."""
    no_chief: float = param(0.15, "share", "assumed: a vacancy at the top costs (E6)", plausible=(0.0, 0.3))
    """Loss of capacity while there is no CEO."""
    fastest: float = param(0.35, "share per year", "assumed: leaders come from a pipeline (B9)", plausible=(0.15, 1.0))
    """Fastest growth of the team in a year, on top of half a post in each area."""


def costs(p: TeamParams) -> Floats:
    """Cost of a post by area (£ a year)."""
    return np.array([p.cost_leadership, p.cost_improvement, p.cost_office, p.cost_office, p.cost_office, p.cost_office])


def ledger(state: State, p: TeamParams) -> None:
    """Reckon need and help by area for every trust, and capacity in the tightest area."""
    trusts = state.trusts
    rows = state.active()
    _need(state, p, rows)
    trusts.capacity[rows] = _capacity(state, p, rows, trusts.posts[rows] + trusts.bought[rows])


def _need(state: State, p: TeamParams, rows: Rows) -> None:
    """Need of these trusts by area, and what help, clusters and traded services spare them."""
    trusts = state.trusts
    several = trusts.schools[rows] > 1
    # a trust of one school has no centre: its head and business manager do the work
    alone, rows = rows[~several], rows[several]
    trusts.need[alone], trusts.saved[alone], trusts.helped[alone] = 0.0, 0.0, 0.0
    n = trusts.schools[rows].astype(float)
    primary = trusts.primaries[rows]
    specialist = trusts.specialists[rows]
    weight = primary + p.large_school * (n - primary - specialist) + p.specialist_school * specialist
    centre = 1.0 - np.exp(-(n - 1.0) / p.core_half)
    central = p.devolved + (1.0 - p.devolved) * (trusts.responsibilities[rows, BACK_OFFICE] / TOP)
    road = 1.0 + p.travel * trusts.spread[rows]
    new = p.joining * trusts.recent[rows]
    # a set approach is driven from the centre; schools that converge together do much of the work themselves (A5)
    driven = 1.0 + p.driven * (0.5 - trusts.convergence[rows])
    core, office = p.core * centre, p.joining_office * new
    need = np.empty((len(rows), len(AREAS)))
    need[:, 0] = (core + p.leadership * weight) * road + new
    need[:, 1] = (p.improvement * weight + p.improvement_weak * trusts.weak[rows]) * road * driven
    need[:, 2] = core + p.finance * weight * central + office
    need[:, 3] = core * p.core_hr + p.hr * weight * central + office
    need[:, 4] = core * p.core_office + p.estates * weight
    need[:, 5] = core * p.core_office + p.governance * n
    place = trusts.place[rows]
    local = p.help * _offered(state)[place] * need
    pooled = p.pooling * trusts.clustered[rows][:, None] * need[:, :2] * np.array([p.pooling_leadership, 1.0])
    traded = p.traded * state.places.capacity[place][:, None] * need[:, 2:5]
    saved = local.sum(axis=1)
    first = np.flatnonzero((saved >= LOGGED_HELP) & (trusts.saved[rows] < LOGGED_HELP))
    if len(first):
        state.log.add(
            "help",
            rule="team",
            trust=rows[first],
            value=saved[first],
            threshold=LOGGED_HELP,
            margin=saved[first] - LOGGED_HELP,
            inputs={"traded": traded[first].sum(axis=1), "pooled": pooled[first].sum(axis=1)},
        )
    local[:, :2] += pooled
    local[:, 2:5] += traded
    trusts.need[rows], trusts.saved[rows], trusts.helped[rows] = need, saved, local


def _offered(state: State) -> Floats:
    """Local help for each area of the central team, by local authority: 0 to 1."""
    offered = np.empty((len(state.places), len(AREAS)))
    offered[:] = state.places.help[:, [areas[0] for areas in HELP_AREAS]]
    for area, areas in enumerate(HELP_AREAS):
        if len(areas) > 1:
            offered[:, area] = state.places.help[:, areas].mean(axis=1)
    return offered


def _capacity(state: State, p: TeamParams, rows: Rows, staff: Floats) -> Floats:
    """Supply over need in trusts that employ and buy in so much by area."""
    trusts = state.trusts
    need = trusts.need[rows]
    supply = staff + trusts.helped[rows]
    ratio = np.where(need > p.slight, supply / np.maximum(need, p.slight), p.most)
    np.minimum(ratio, p.most, out=ratio)
    # the tightest area counts most, but a team also covers for its gaps
    whole = p.tightest * ratio.min(axis=1) + (1.0 - p.tightest) * (ratio.sum(axis=1) / len(AREAS))
    led = np.where(trusts.chief_vacant[rows], -p.no_chief, p.skill * np.clip(trusts.skill[rows], -2.0, 2.0))
    return np.clip(whole * (1.0 + led * (trusts.schools[rows] > 1)), 0.0, p.most)


def hire(state: State, p: TeamParams) -> None:
    """Fill or shed posts within what the top-slice allows, then buy in what is still missing."""
    trusts = state.trusts
    active = state.active()
    _need(state, p, active)
    rows = active[(trusts.kind[active] == TrustKind.MULTI) & (trusts.schools[active] > 1)]
    if p.hiring_on and len(rows):
        before, bought = trusts.posts[rows], trusts.bought[rows]
        _staff(state, p, rows, before)
        _log(state, p, rows, before, bought)
    trusts.capacity[active] = _capacity(state, p, active, trusts.posts[active] + trusts.bought[active])


def _staff(state: State, p: TeamParams, rows: Rows, now: Floats) -> None:
    """Posts and bought-in capacity of the year in trusts that have so many posts now."""
    trusts = state.trusts
    price = costs(p)
    aim = np.array([state.strategies[r].staffing for r in rows.tolist()])
    wanted = np.maximum(aim[:, None] * trusts.need[rows] - trusts.helped[rows], 0.0)
    # posts come in halves: the smallest appointment a trust can make
    target = np.ceil(wanted * 2.0 - p.spared) / 2.0
    orders = numbers(state.directed, rows, "posts", len(AREAS))
    free = np.isnan(orders)
    target = np.where(free, target, orders)
    lead = trusts.lead[rows]
    ease = 1.0 - state.struck.recruiting[lead][:, None]
    limit = now * (1.0 + p.fastest * ease) + 0.5 * ease
    target = np.minimum(target, np.ceil(limit * 2.0) / 2.0)
    budget = p.budget * trusts.top_slice[rows] * trusts.income[rows] + p.reserve_use * np.maximum(
        trusts.reserves[rows], 0.0
    )
    budget = budget / (1.0 + state.struck.prices[lead])
    bill = weighted(target, price)
    share = np.minimum(1.0, budget / np.maximum(bill, 1.0))
    affordable = np.floor(target * share[:, None] * 2.0) / 2.0
    # leadership first: a trust never gives up its last leader
    affordable[:, 0] = np.maximum(affordable[:, 0], np.minimum(target[:, 0], 0.5))
    # posts are not given up for a small fall in need
    fall = now - affordable
    posts = np.where((fall > 0.0) & (fall < 1.0) & (share >= 1.0)[:, None] & free, now, affordable)
    trusts.posts[rows] = posts
    if state.directed:
        _log_short(state, rows, orders, posts, target)
    left = np.maximum(budget - weighted(posts, price), 0.0)
    gap = np.maximum(wanted - posts, 0.0)
    cost = weighted(gap, price * p.bought_premium)
    trusts.bought[rows] = gap * np.minimum(1.0, left / np.maximum(cost, 1.0))[:, None]


def _log_short(state: State, rows: Rows, orders: Floats, posts: Floats, target: Floats) -> None:
    """Log the trusts that were told to employ more than they have come to, and what stood against it."""
    short = np.flatnonzero((posts < orders).any(axis=1))
    for i in short.tolist():
        areas = [name for name, few in zip(AREAS, posts[i] < orders[i], strict=True) if few]
        dear = (posts[i] < target[i]).any()
        why = "the top-slice does not pay for them all" if dear else "not all could be filled within the year"
        thwart(
            state,
            int(rows[i]),
            f"posts in {', '.join(areas)}: {why}",
            value=float(posts[i].sum()),
            threshold=float(np.fmax(orders[i], posts[i]).sum()),
        )


def _log(state: State, p: TeamParams, rows: Rows, before: Floats, bought: Floats) -> None:
    """Log who has hired or shed posts, given what there was before."""
    trusts = state.trusts
    change = (trusts.posts[rows] - before).sum(axis=1)
    changed = np.flatnonzero(np.abs(change) > LOGGED_POSTS)
    if not len(changed):
        return
    trust, change = rows[changed], change[changed]
    before, bought = before[changed], bought[changed]
    need, posts, old = (posts.sum(axis=1) for posts in (trusts.need[trust], trusts.posts[trust], before))
    capacity = _capacity(state, p, trust, before + bought)
    for event, some in (("hire", change > 0.0), ("shed", change < 0.0)):
        pick = np.flatnonzero(some)
        state.log.add(
            event,
            rule="team",
            trust=trust[pick],
            value=posts[pick],
            threshold=need[pick],
            margin=posts[pick] - need[pick],
            inputs={"before": old[pick], "after": posts[pick], "need": need[pick], "capacity": capacity[pick]},
        )


def spending(state: State, p: TeamParams, rows: Rows) -> Floats:
    """What each trust's team costs in a year (£)."""
    price = costs(p)
    return weighted(state.trusts.posts[rows], price) + weighted(state.trusts.bought[rows], price * p.bought_premium)
