"""Event cards at break points: what it is, what it asks of the room, and a CEO's own words from the report.

Quotations are short and as printed in Building Trusts (LKMco and Ambition School Leadership), whose CEOs are numbered
there; everything else is ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matsim.evidence.sources import SOURCES
from matsim.mechanisms.ladders import LADDERS, Ladder, Rung
from matsim.web.classroom.rounds import Happening, Outcome
from matsim.words.amounts import decimals

SOURCE = SOURCES["building-trusts"].title


@dataclass(frozen=True)
class Quote:
    """A CEO's words, where they stand in the report, and a question for the room."""

    words: str
    who: str
    section: str
    ask: str


QUOTES: dict[str, Quote] = {
    "compliance": Quote(
        "We went to centralised HR administrators because we were dealing with so many inconsistencies in policy and "
        "practice, and numbers of HR issues, that we had to effectively manage it.",
        "CEO of MAT 34",
        "§2.1.2",
        "What would you want to see each month if the law held you to account for every school?",
    ),
    "governance": Quote(
        "How do you monitor across seven different schools? What kinds of mechanisms are there for that?",
        "CEO of MAT 27",
        "§2.1.3",
        "Who in your trust would notice first that a school is in trouble, and whom would they tell?",
    ),
    "back_office": Quote(
        "So, we’ve gone from outsourcing to then employing our own people when we could finally afford it.",
        "CEO of MAT 35",
        "§2.3.1",
        "Does the next post come before the next school, or after it?",
    ),
    "chief": Quote(
        "I can't be with nine schools, especially with two of them in special measures...",
        "CEO of MAT 39",
        "§2.2",
        "What does your CEO stop doing this year?",
    ),
    "improvement": Quote(
        "The danger is that trusts don't move out of this [single, centralised] model and there is one partner seen to "
        "be the driving force and support is localised in this one partner.",
        "CEO of MAT 2",
        "§2.3.4",
        "Which of your schools gives help, which gets it, and how far apart are they?",
    ),
    "local": Quote(
        "it isn’t appropriate to have the same curriculum in different regions... different schools have different "
        "backgrounds",
        "CEO of MAT 2",
        "§2.4",
        "What must be the same in every school, and what must not?",
    ),
}
"""One for each break point, by its key."""

_HOW = {
    "warn": "comes near, and your CEO sees it",
    "reach": "is reached: the load is more than the present way of working carries",
    "respond": "is being answered",
    "resolve": "is answered: the new way of working is in place",
    "miss": "has gone another year unanswered",
}


@dataclass(frozen=True)
class EventCard:
    """A break point of one trust in one year."""

    key: str
    title: str
    state: str
    event: str
    signs: str
    consequence: str
    present: str
    following: str
    cost: str
    quote: Quote


def drawn(outcome: Outcome, year: int, ladders: tuple[Ladder, ...] = LADDERS) -> list[EventCard]:
    """Cards for the break points that came near, were reached or went unanswered in a year of a scenario's ladders."""
    drawn_cards = []
    for ladder in ladders:
        events = [h.event for h in _of(outcome.happened, ladder.key) if h.year == year]
        # one card for each break point: where several things happened in the year, the gravest
        worst = next((e for e in ("miss", "reach", "warn", "resolve") if e in events), "")
        if worst:
            drawn_cards.append(_card(ladder, worst, outcome))
    return drawn_cards


def _card(ladder: Ladder, event: str, outcome: Outcome) -> EventCard:
    rung = int(outcome.now[f"rung_{ladder.key}"])
    following = ladder.rungs[rung + 1] if rung + 1 < len(ladder.rungs) else None
    return EventCard(
        ladder.key,
        ladder.name,
        _HOW[event],
        event,
        ladder.signs,
        ladder.consequence,
        ladder.rungs[rung].name,
        following.name if following else "",
        _cost(following) if following else "",
        QUOTES[ladder.key],
    )


def _cost(rung: Rung) -> str:
    years = "year" if rung.years == 1 else "years"
    return (
        f"£{decimals(rung.one_off)} once, £{decimals(rung.yearly)} more a year, in place after {rung.years:g} {years}"
    )


@dataclass(frozen=True)
class Passage:
    """How a trust went through one break point: years of the first event of each kind; None where there was none."""

    key: str
    title: str
    warned: int | None
    reached: int | None
    begun: int | None
    answered: int | None
    missed: int
    """Years gone by unanswered."""

    @property
    def verdict(self) -> str:
        """In words."""
        if self.reached is None:
            return "answered before it was reached" if self.answered is not None else "came near, was not reached"
        if self.begun is not None and self.begun < self.reached:
            return "seen in time: the answer was under way when it was reached"
        if self.missed == 0 and self.begun is not None:
            return "answered as it was reached"
        if self.answered is not None:
            return f"missed: {self.missed} year{'s' * (self.missed != 1)} past it before the answer was in place"
        return "missed: not answered by the end"


def passages(outcome: Outcome) -> list[Passage]:
    """Break points that came near or were reached, in the order of the report."""
    passed = []
    for ladder in LADDERS:
        happenings = list(_of(outcome.happened, ladder.key))
        warned, reached, begun, answered = (
            next((h.year for h in happenings if h.event == event), None)
            for event in ("warn", "reach", "respond", "resolve")
        )
        if happenings:
            missed = sum(h.event == "miss" for h in happenings)
            passed.append(Passage(ladder.key, ladder.name, warned, reached, begun, answered, missed))
    return passed


def _of(happened: Iterable[Happening], point: str) -> Iterable[Happening]:
    return (h for h in happened if h.point == point)
