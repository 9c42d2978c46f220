"""What all CEOs decide at once is what each would decide alone, candidate by candidate."""

from __future__ import annotations

import numpy as np
from support.briefs import candidates

from matsim.state.directions import Direction
from matsim.strategies import STRATEGIES, Brief, Candidates, Chiefs, bids, rooms

TRUSTS, SCHOOLS = 40, 600


def _year(rng: np.random.Generator) -> tuple[Brief, Candidates]:
    """Trusts and candidates of all kinds; many candidates are liked equally."""
    brief = Brief(
        2018,
        rng.integers(1, 30, TRUSTS),
        rng.uniform(0.4, 1.4, TRUSTS),
        rng.uniform(-2.0, 5.0, TRUSTS),
        rng.uniform(-0.1, 0.2, TRUSTS),
        rng.uniform(2.0, 25.0, TRUSTS),
        np.where(rng.random(TRUSTS) < 0.2, 2020.0, 0.0),
        rng.uniform(0.0, 1.2, TRUSTS),
        rng.uniform(0.0, 7.0, TRUSTS),
        rng.uniform(-0.3, 1.0, TRUSTS).clip(0.0),
    )
    found = candidates(
        SCHOOLS,
        trust=rng.integers(0, TRUSTS, SCHOOLS),
        score=rng.integers(0, 5, SCHOOLS) / 4.0,
        minutes=rng.uniform(1.0, 60.0, SCHOOLS),
        same_phase=rng.random(SCHOOLS) < 0.8,
        weak=rng.random(SCHOOLS) < 0.3,
    )
    return brief, found._replace(luck=rng.permutation(SCHOOLS).astype(np.uint64))


def _alone(
    chiefs: Chiefs, brief: Brief, found: Candidates, trust: int
) -> tuple[tuple[int, str, float, float], list[int]]:
    """Room and bids of one CEO who is asked by herself, going through her candidates from the best."""
    strategy = chiefs.strategies[chiefs.follows[trust]]
    one = Brief(brief.year, *(column[[trust]] for column in brief[1:]))
    limit = next(x for x in strategy.limits(one) if np.all(x.when))
    numbers = [float(np.ravel(x)[0]) for x in (limit.schools, limit.value, limit.threshold)]
    mine = sorted(np.flatnonzero(found.trust == trust).tolist(), key=lambda i: (-found.score[i], found.luck[i]))
    taken: list[int] = []
    for i in mine:
        candidate = Candidates._make(column[[i]] for column in found)._replace(trust=np.zeros(1, np.intp))
        if len(taken) < int(strategy.asks * numbers[0]) and strategy.accepts(candidate, one)[0]:
            taken.append(i)
    return (int(numbers[0]), limit.reason, numbers[1], numbers[2]), taken


def test_all_at_once_is_each_alone() -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        brief, found = _year(rng)
        chiefs = Chiefs(tuple(kind() for kind in STRATEGIES), rng.integers(0, len(STRATEGIES), TRUSTS), {})
        room, most = rooms(chiefs, brief)
        turn = rng.permutation(TRUSTS)
        expected = []
        for trust in np.argsort(turn).tolist():
            decided, taken = _alone(chiefs, brief, found, trust)
            assert tuple(column[trust] for column in room) == decided
            expected += taken
        assert len(expected) > TRUSTS // 3
        assert bids(chiefs, brief, found, most, turn).tolist() == expected


def test_a_trust_that_is_told_does_as_told_and_the_others_as_they_would() -> None:
    """It asks the schools it is told in their order; holds; grows to the size told; looks where it is told."""
    rng = np.random.default_rng(1)
    brief, found = _year(rng)
    free = Chiefs(tuple(kind() for kind in STRATEGIES), np.arange(TRUSTS) % len(STRATEGIES), {})
    of = [np.flatnonzero(found.trust == trust) for trust in range(4)]
    ask = tuple(of[0][[4, 1, 2]].tolist())
    told = {
        0: Direction(ask=ask),
        1: Direction(growth="hold"),
        2: Direction(growth="grow", target=float(brief.schools[2] + 3)),
        3: Direction(growth="grow", target=100.0, near=frozenset(of[3][:5].tolist())),
    }
    directed = free._replace(directed=told)
    (room, most), (before, usual) = rooms(directed, brief), rooms(free, brief)
    assert room.schools[:4].tolist() == [3, 0, 3, 100 - brief.schools[3]]
    assert room.reason[1] == "told to take on no schools"
    turn = np.arange(TRUSTS)
    chosen = bids(directed, brief, found, most, turn)
    assert chosen[found.trust[chosen] == 0].tolist() == list(ask)
    assert not (found.trust[chosen] == 1).any()
    best = sorted(of[2].tolist(), key=lambda i: (-found.score[i], found.luck[i]))
    assert chosen[found.trust[chosen] == 2].tolist() == best[: most[2]]
    assert set(chosen[found.trust[chosen] == 3].tolist()) == set(of[3][:5].tolist())
    others = bids(free, brief, found, usual, turn)
    assert chosen[found.trust[chosen] > 3].tolist() == others[found.trust[others] > 3].tolist()
    assert room.schools[4:].tolist() == before.schools[4:].tolist()
