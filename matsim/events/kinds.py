"""Every kind of event, declared once: what it is, how it is said, and who hears of it.

To add one: an `Event` in `EVENTS`, and the line of a mechanism that logs it. The log, explanations, the story of a
trust or a school, twins and the reference page have it then; its audiences bring it to the other readers.

In sentences, names in braces are filled from the event and its inputs. A number in braces is a `Number`:
`{value:share}` in percent (`share1` with a decimal), `{cost:£}` in pounds, `{value:one}` with one decimal,
`{value:years}` with the word. Who decides for a region is `{commissioner}`, in the word of the year (see
`matsim.words.offices`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Flag, auto
from typing import Any

from matsim.words import offices
from matsim.words.amounts import amount, decimals, percent
from matsim.words.offices import dated
from matsim.words.phrases import listed


class Audience(Flag):
    """Readers who hear of some kinds of event only. Stories and explanations tell every event that they are about."""

    NOBODY = 0
    STORY = auto()
    """Set in bold in the explorer's story of a trust."""
    ROUND = auto()
    """A team of the classroom is told after each year what happened to its trust."""
    BOARD = auto()
    """A board pack tells the bad tenth of futures."""
    FEED = auto()
    """While a world runs in the explorer: a few sentences for each year."""
    TALLY = auto()
    """While a world runs in the explorer: how many in each year. Needs `count`."""
    REPORT = auto()
    """A run's report and summary: how many in the whole run. Needs `count`."""


STORY, ROUND, BOARD = Audience.STORY, Audience.ROUND, Audience.BOARD
FEED, TALLY, REPORT = Audience.FEED, Audience.TALLY, Audience.REPORT


class Number(float):
    """A number of an event, in the formats above; else whole where it is, or with two decimals."""

    def __format__(self, spec: str) -> str:
        if spec in ("share", "share1"):
            text = percent(self, 1 if spec == "share1" else 0)
            return "0%" if text == "0.0%" else text
        if spec in ("£", "sd"):
            text = amount(self, spec)
            return "less than 0.01 sd" if text == "0.00 sd" else text
        if spec in ("one", "years"):
            rounded = decimals(self, 1).removesuffix(".0")
            return rounded if spec == "one" else f"{rounded} {'year' if rounded == '1' else 'years'}"
        if spec:
            return super().__format__(spec)
        return decimals(self, 0 if abs(self) >= 100 or self.is_integer() else 2)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One kind of event."""

    kind: str = field(kw_only=False)
    meaning: str = field(kw_only=False)
    """What it is, for lists of kinds."""
    sentence: str = field(kw_only=False)
    """What is said of one such event."""
    audience: Audience = field(default=Audience.NOBODY, kw_only=False)
    by_reason: Mapping[str, str] = field(default_factory=dict)
    """Sentences that stand in place of `sentence` where what happened hangs on the reason."""
    of_trust: str = ""
    """Stands in place of `sentence` where the event names no school."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Words for codes that stand as reasons in the log. Reasons without words here are words already."""
    several: str = ""
    """What stands between the codes of a reason that holds several."""
    count: tuple[str, str] = ("", "")
    """What one and what several of them are called behind a number."""
    stage: str = ""
    """Of events at a break point: how far the trust has come with it."""
    no: bool = False
    """Whether it is a "no" by a weighted rule, of which it can be said what would have turned it."""
    rank: int = 99
    """Where there is not room for all, lower ranks are told first."""

    def __post_init__(self) -> None:
        if self.audience & (TALLY | REPORT) and not all(self.count):
            raise ValueError(f"{self.kind}: TALLY and REPORT need `count`, what one and what several are called")

    def reason(self, code: str, year: int) -> str:
        """The reason of an event of a year in words."""
        if self.several:
            return listed(self.reasons.get(each, each) for each in code.split(self.several))
        return dated(self.reasons.get(code, code.replace("_", " ")), year)

    def say(self, code: str, words: Mapping[str, Any], year: int, *, of_school: bool) -> str:
        """The sentence of an event of a year with this code as its reason; `words` fill the names in braces."""
        usual = self.sentence if of_school or not self.of_trust else self.of_trust
        return dated(self.by_reason.get(code, usual), year).format_map(words)


_PULL = "policy's pull of {phase} schools into trusts changed from {threshold:one} to {value:one} (0 is none)"

# fmt: off
_DECLARED: tuple[Event, ...] = (
    Event("join", "a school joined a trust", "{school} joined {trust} ({reason})",
          STORY | ROUND | BOARD | TALLY | REPORT,
          by_reason={"as told": "{school} joined {trust}, which had been told to ask it"},
          reasons={"chosen": "by its own choice", "ordered": "as it was ordered to"},
          count=("school joined a trust", "schools joined a trust"), rank=3),
    Event("transfer", "a school moved from one trust to another", "{school} moved to {trust} from {other} ({reason})",
          STORY | ROUND | BOARD | TALLY | REPORT, reasons={"intervention": "the {commissioner} moved it",
          "as told": "as it was told"},
          count=("academy moved from one trust to another", "academies moved from one trust to another"), rank=4),
    Event("merge", "a trust merged into another", "{trust} merged into {other}", STORY | ROUND | BOARD | FEED | REPORT,
          count=("trust merged into another", "trusts merged into another"), rank=1),
    Event("found", "a multi-academy trust was founded", "{trust} became a multi-academy trust",
          STORY | ROUND | FEED | REPORT, count=("multi-academy trust was founded", "multi-academy trusts were founded"),
          rank=11),
    Event("convert", "a school became a single-academy trust", "{school} became an academy in a trust of its own",
          STORY | FEED | REPORT,
          count=("school became an academy in a trust of its own", "schools became academies in a trust of their own"),
          rank=18),
    Event("open", "a free school opened", "{school} opened in {trust}", BOARD | TALLY | REPORT,
          count=("free school opened", "free schools opened"), rank=5),
    Event("close", "a school or a trust closed", "{school} closed ({reason})", STORY | ROUND | BOARD | TALLY | REPORT,
          of_trust="{trust} closed ({reason})", by_reason={"merged": "{trust} closed, having merged into another"},
          count=("school or trust closed", "schools or trusts closed"), rank=6),
    Event("leave", "a school decided to try to leave its trust",
          "{school} tried to leave {trust}: its belief in the trust is down to {value:share1}, "
          "below {threshold:share1}",
          ROUND | BOARD, rank=13),
    Event("order",
          "a school judged Inadequate, weak with low results, or below Good twice was ordered to become an academy",
          "{school} was ordered to become an academy, since {reason}", ROUND | REPORT,
          reasons={"Inadequate": "it is judged Inadequate", "concern": "it is in a category of concern",
          "low results": "its results are low", "twice": "it is below Good for the second time running"},
          count=("school was ordered to become an academy", "schools were ordered to become academies")),
    Event("support", "a school stuck below Good, or in a category of concern, was given targeted support",
          "{school} was given targeted support over {years} years, at a cost of {cost:£}, since {reason}",
          ROUND | REPORT, reasons={"stuck": "it is below Good for the second time running",
          "concern": "it is in a category of concern"},
          count=("school was given targeted support", "schools were given targeted support")),
    Event("judge", "inspectors judged how a multi-academy trust is led",
          "{trust} was inspected: {reason}", STORY | ROUND | BOARD | REPORT,
          reasons={"acceptable": "it is led to an acceptable standard",
          "below": "it is not led to an acceptable standard, and has the capacity to get there",
          "failing": "it is not led to an acceptable standard, and has not the capacity to get there"},
          count=("trust was inspected", "trusts were inspected"), rank=8),
    Event("unplaced", "no trust would take a school that was ordered to convert",
          "no trust would take {school}, which has waited {value:years} since it was ordered to convert", ROUND),
    Event("seek", "a school decided to look for a trust", "{school} decided to look for a trust ({reason})",
          reasons={"active choice": "of its own choice", "best option": "as the best option left",
          "inevitability": "seeing it as bound to come"}),
    Event("stay", "a school came close to looking for a trust and did not",
          "{school} came close to looking for a trust, and did not", no=True),
    Event("bid", "a trust offered to take a school", "{trust} offered to take on {school}"),
    Event("hold", "a trust decided not to take on schools this year", "{trust} took on no schools: {reason}",
          ROUND | REPORT, count=("time a trust took on nobody for a year", "times a trust took on nobody for a year")),
    Event("decline", "a trust turned a school down, or a school turned a trust down",
          "{trust} and {school} did not come together ({reason})", BOARD | REPORT,
          reasons={"its deficit": "over the school's deficit"},
          count=("time a trust or a school turned the other down", "times a trust or a school turned the other down"),
          rank=14, no=True),
    Event("approve", "it was approved that a school joins a trust",
          "the {commissioner} approved {school} joining {trust}", ROUND),
    Event("refuse", "it was refused that a school joins a trust",
          "the {commissioner} refused {school} joining {trust}", ROUND | BOARD | FEED | REPORT,
          count=("application to join a trust was refused", "applications to join a trust were refused"), rank=12,
          no=True),
    Event("intervene", "there was an intervention in a failing trust",
          "the {commissioner} stepped in at {school} in {trust}: {reason}", ROUND | BOARD, rank=2),
    Event("inspect", "a school was inspected and its grade changed",
          "{school} was inspected: {after}; before, {before}", ROUND | BOARD, rank=9),
    Event("warn", "a trust's break point came near and its CEO saw it",
          "the CEO of {trust} saw a break point coming in {reason}: the load is {value:share} of what "
          "its way of working carries", ROUND, stage="seen coming"),
    Event("reach", "a trust reached a break point",
          "{trust} reached a break point in {reason}: the load is {value:share} of what its way of working carries",
          STORY | ROUND | BOARD, stage="reached", rank=7),
    Event("respond", "a trust began to change its way of working in answer to a break point",
          "{trust} began to answer a break point in {reason}, at a cost of {cost:£}", ROUND, stage="answer begun"),
    Event("resolve", "a break point was answered: the new way of working is in place",
          "{trust} has a new way of working in place for {reason}", STORY | ROUND | BOARD, stage="answered", rank=16),
    Event("miss", "a break point has gone unanswered for a year",
          "{trust} went another year past its break point in {reason}", ROUND | BOARD, stage="missed", rank=10),
    Event("plan", "a trust drew its growth plan again",
          "{trust}, at {value} schools, drew its growth plan again: to {reason}, now towards {target} schools", REPORT,
          count=("growth plan drawn again", "growth plans drawn again")),
    Event("chief", "a trust's CEO left and was replaced", "{trust} has a new CEO", STORY | ROUND | BOARD | REPORT,
          count=("trust changed CEO", "trusts changed CEO"), rank=8),
    Event("depart", "a school's head left", "the head of {school} left after {years:years}",
          by_reason={"grade": "the head of {school} left after {years:years}, under the strain of its grade",
          "takeover": "the head of {school} left after {years:years}, as it came under {trust}",
          "break points": "the head of {school} left after {years:years}, worn out by a trust past break points",
          "buy-in": "the head of {school} left after {years:years}, having lost heart"}),
    Event("head", "a school's post of head was filled, or was not", "{school} appointed a head from outside",
          by_reason={"moved": "{trust} moved the head of another of its schools to {school}",
          "own": "{school} appointed a head from among the leaders of {trust}",
          "unfilled": "{school} found no head", "cover": "the head of a partner school came to lead {school} too"}),
    Event("executive", "an executive head of a cluster was appointed, or left",
          "the head of {school} became executive head of a cluster of {trust}, leaving a head of school behind",
          by_reason={"left": "the executive head of the cluster of {trust} around {school} left"}),
    Event("teachers", "a quarter of a school's teachers or more left in a year",
          "{value:share} of the teachers of {school} left in the year"),
    Event("hire", "a trust filled posts in its central team",
          "{trust} filled posts in its central team: it has {after:one}, had {before:one} and needs {need:one}", ROUND),
    Event("shed", "a trust gave up posts in its central team",
          "{trust} gave up posts in its central team: it has {after:one}, had {before:one} and needs {need:one}",
          ROUND),
    Event("direct", "a named trust was told what to do, in place of what its CEO would decide",
          "{trust} was told {reason}{about}", STORY | ROUND),
    Event("thwart", "what a named trust was told could not be done",
          "{trust} could not do what it was told{about}: {reason}", ROUND | BOARD, rank=15),
    Event("shock", "a shock of the scenario struck", "a shock struck{about}: {reason}", ROUND | BOARD, rank=17),
    Event("vision", "a trust's strategy was drawn, around one of the published groups",
          "{trust} was drawn around {reason}, {value:one} points a statement from the nearest group's profile"),
    Event("approach", "a trust brought newcomers into line, by a set approach or by converging together",
          "{trust} brought its newcomers into line by {reason}, which raised their quality by {value:sd} this year"),
    Event("cohere",
          "how well a trust's vision, strategy, model, capability and context fit passed the middle of the scale",
          "how well {trust} fits together passed the middle of the scale: {value:share1}, after "
          "{threshold:share1}; the weakest fit: {reason}"),
    Event("distance", "distance took a good part of the support that a trust had for its schools",
          "distance took {value:share} of the improvement support that {trust} had for its schools"),
    Event("cost", "a trust that has just grown spends clearly more or less on its back office than a maintained school",
          "{trust}, having grown, spends {value:share} of a maintained school's back-office cost ({reason})"),
    Event("govern", "a trust gave its clusters another form of governance",
          "{trust} now governs its clusters by {reason}", ROUND,
          by_reason={
              "none beyond local bodies": "{trust} governs its clusters by nothing beyond local governing bodies"},
          reasons={"informal meetings": "informal meetings of heads", "advisory": "an advisory body for each",
          "delegated": "a body for each with powers of its own"}),
    Event("surplus", "more than a quarter of a school's places have come to stand empty",
          "{school} came to fill only {value:share} of its places"),
    Event("flag", "a trust has come to three or more of the five performance flags",
          "{trust} has come to {value} of the five signs of poor performance ({reason})", ROUND,
          reasons={"progress": "low progress", "improvement": "falling results",
          "disadvantaged": "low progress of disadvantaged pupils", "inadequate": "a school judged Inadequate",
          "spending": "a school that overspends"}, several=", "),
    Event("help", "local help has come to save a trust a part of a post",
          "local help has come to save {trust} {value:one} posts"),
    Event("disagree", "people inside a trust have come to differ more about how it does",
          "people in {trust} came to differ more in how they see it: {value:one} points between quartiles "
          "of their answers, after {threshold:one}"),
    Event("evaluate", "a cluster evaluated itself and stands at another stage",
          "the cluster of {trust} around {school} evaluated itself at stage {value} of 3, after {threshold}"),
    Event("review", "a school was reviewed, and what to work on was set",
          "{trust} reviewed {school} and will work on {reason}"),
    Event("designate", "a school became a teaching school, or ceased to be one", "{school} became a teaching school",
          by_reason={"ended": "{school} is a teaching school no longer"}),
    Event("lend", "a strong school began to lend practice to a weaker one near by",
          "{lender} began to lend practice to {school}, {minutes:one} minutes away ({reason}), which raised its "
          "quality by {value:sd} in the first year",
          reasons={"cluster": "in its cluster", "trust": "in its trust", "teaching school": "as a teaching school",
          "network": "through a local network"}),
    Event("withdraw", "a school no longer lends practice to a weaker one",
          "{lender} no longer lends practice to {school}, after {value:years}: {reason}",
          reasons={"caught up": "the school has caught up", "weaker": "the lender is strong no longer",
          "closed": "one of the two has closed"}),
    Event("teaching", "a school has come to spend clearly more or less on teaching than schools like it",
          "{school} has come to spend £{value:.0f} a pupil {reason} on teaching than schools like it"),
    Event("rescue", "a trust deep in deficit was given support",
          "{trust}, with a deficit of {deficit:£}, was given {value:£} in support, {loan:£} of it to be repaid",
          STORY | ROUND | BOARD | REPORT, rank=8,
          count=("rescue of a trust in deficit", "rescues of trusts in deficit")),
    Event("pool", "a trust pooled its schools' reserves",
          "{trust} pooled its schools' reserves: {value:share} of income moved between them"),
    Event("cluster", "a cluster was formed, changed or dissolved",
          "a cluster of {trust} changed at {school} ({reason})", ROUND,
          by_reason={"formed": "{trust} formed a cluster around {school}",
          "joined": "{school} joined a cluster of {trust}",
          "dissolved": "{trust} dissolved its cluster around {school}",
          "dissolved: nobody to lead it": "{trust} dissolved its cluster around {school}: nobody could lead it"}),
    Event("standardise", "a trust drew responsibilities to the centre or handed them back",
          "{trust} drew responsibilities to the centre: {value:one} of 10 on average, after {threshold:one}"),
    Event("autonomy", "a school lost or regained autonomy",
          "{school} now decides {value:share} of its own working in {trust}; before, it was {threshold:share}"),
    Event("collaborate", "schools outside a MAT entered or left a form of collaboration",
          "{school} and its partners {reason}",
          by_reason={"left its collaboration": "{school} left its collaboration with other schools"}),
    Event("plant", "a trust tested a new area against the ten-point checklist",
          "{trust} tested the place around {school} for a new cluster: {value} of the ten points failed ({reason}), "
          "where at most {threshold} may",
          by_reason={"": "{trust} tested the place around {school} for a new cluster: it passed all ten points"},
          several=" "),
    Event("retrench", "a local authority can do less than half, or less than a quarter, of what it once could",
          "the local authority with code {reason} can do {value:share} of what it once could", REPORT,
          count=("step down in what a local authority can do", "steps down in what a local authority can do")),
    Event("fund", "a trust was given money to grow", "{trust} was given {value:£} from the fund for {reason}",
          ROUND, reasons={"capacity": "trusts' capacity", "establishment": "establishing trusts"}),
    Event("policy", "a policy, a grant or a fund changed on its date",
          "policy changed: {reason}, from {threshold} to {value}", REPORT,
          by_reason={"funding_primary": "funding per primary pupil changed from {threshold:£} to {value:£}",
          "funding_secondary": "funding per secondary pupil changed from {threshold:£} to {value:£}",
          "funding_special": "funding per pupil of special schools changed from {threshold:£} to {value:£}",
          "funding_alternative": "funding per pupil of alternative provision changed from {threshold:£} to {value:£}",
          "funding_sixteen_plus": "funding per pupil of schools for 16 to 19 changed from {threshold:£} to {value:£}",
          "push_primary": _PULL.replace("{phase}", "primary"), "push_secondary": _PULL.replace("{phase}", "secondary"),
          "push_special": _PULL.replace("{phase}", "special"),
          "push_alternative": _PULL.replace("{phase} schools", "alternative provision"),
          "push_sixteen_plus": _PULL.replace("{phase} schools", "schools for 16 to 19"),
          "alone_open": "how open policy is to schools converting alone changed from "
          "{threshold:share} to {value:share}",
          "convert_grant": "the grant to a school that converts by choice changed from {threshold:£} to {value:£}",
          "convert_group": "the grant to a school that converts by choice is from now on for those of {value} or more "
          "that convert together (before: {threshold})",
          "pay": "what pay takes of income beyond budgets changed from {threshold:share1} to {value:share1}",
          "energy": "what energy costs a pupil beyond budgets changed from {threshold:£} to {value:£}",
          "sixth_forms": "what cuts for sixth forms take of secondaries' income beyond budgets changed from "
          "{threshold:share1} to {value:share1}",
          "closures": "what closed schools leave unspent changed from {threshold:share1} to {value:share1} of income",
          "sponsor_grant": "the grant to a sponsor before it opens a school changed from {threshold:£} to {value:£}",
          "transfer_grant": "the grant with an academy that is moved changed from {threshold:£} to {value:£}",
          "nine_from": f"{{value}} {offices.AFTER.titles} took the place of {{threshold}} {offices.BEFORE.titles}, and "
          f"{offices.AFTER.board}s that of {offices.BEFORE.board}s",
          "mandatory_from": "from now on every school judged Inadequate is ordered to become an academy",
          "mandatory_until": "from now on schools in a category of concern may be ordered to become academies, and "
          "need not be",
          "support": "the chance in a year that a school stuck below Good is given targeted support changed from "
          "{threshold:share} to {value:share}",
          "seen": "what families see of how a school did at inspection changed from {threshold:share} of a headline "
          "grade to {value:share}",
          "one_cycle": "from now on schools found well are inspected every {value:one} years",
          "trust_inspection": "from now on multi-academy trusts are inspected",
          "ordered_twice": "the chance in a year that a school below Good for the second time is ordered to become an "
          "academy, or moved as one, changed from {threshold:share} to {value:share}"},
          count=("policy, grant or fund changed on its date", "policies, grants or funds changed on their dates")),
)
# fmt: on

EVENTS: dict[str, Event] = {event.kind: event for event in _DECLARED}
"""Every kind of event by its name, those first that change who runs a school."""

STAGES: dict[str, str] = {event.kind: event.stage for event in EVENTS.values() if event.stage}
"""Events of a break point, and how far the trust has come with it; a missed one counts once for every year."""


def heard_by(audience: Audience) -> list[Event]:
    """The kinds of event that an audience hears of, as they are declared."""
    return [event for event in EVENTS.values() if event.audience & audience]
