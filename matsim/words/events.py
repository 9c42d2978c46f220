"""What each kind of event is called in a sentence, and what a run is called.

Names in braces are filled from the event and its inputs.

A number in braces is a `Number`: `{value:share}` in percent (`share1` with a decimal), `{cost:£}` in pounds,
`{value:one}` with one decimal. Where what happened hangs on the reason, a sentence for the kind and its reason
(SAID_OF) comes before that of the kind; codes that stand as reasons in the log have words in REASONS.
"""

from __future__ import annotations

from matsim.words.amounts import academic, amount, percent
from matsim.words.phrases import listed

UNTITLED = "A scenario without a title"


def heading(title: str, year: int) -> str:
    """What a run is called: its scenario's title with the first school year, `England, from 2018/19`.

    Titles of the project's scenarios name no year, since the start year and the files decide it; a title that names
    the year stays as it is.
    """
    title = title or UNTITLED
    return title if str(year) in title else f"{title}, from {academic(year)}"


SAID: dict[str, str] = {
    "seek": "{school} decided to look for a trust ({reason})",
    "stay": "{school} came close to looking for a trust, and did not",
    "bid": "{trust} offered to take on {school}",
    "hold": "{trust} took on no schools: {reason}",
    "decline": "{trust} and {school} did not come together ({reason})",
    "approve": "the commissioner approved {school} joining {trust}",
    "refuse": "the commissioner refused {school} joining {trust}",
    "order": "{school} was ordered to become an academy, since {reason}",
    "unplaced": "no trust would take {school}, which has waited {value:one} years since it was ordered to convert",
    "open": "{school} opened in {trust}",
    "join": "{school} joined {trust} ({reason})",
    "convert": "{school} became an academy in a trust of its own",
    "found": "{trust} became a multi-academy trust",
    "leave": "{school} tried to leave {trust}: its belief in the trust is down to {value:share1}, below "
    "{threshold:share1}",
    "transfer": "{school} moved to {trust} from {other} ({reason})",
    "merge": "{trust} merged into {other}",
    "close a school": "{school} closed ({reason})",
    "close a trust": "{trust} closed ({reason})",
    "inspect": "{school} was inspected: {after}, after {before}",
    "warn": "the CEO of {trust} saw a break point coming in {reason}: the load is {value:share} of what its way of "
    "working carries",
    "reach": "{trust} reached a break point in {reason}: the load is {value:share} of what its way of working carries",
    "respond": "{trust} began to answer a break point in {reason}, at a cost of {cost:£}",
    "resolve": "{trust} has a new way of working in place for {reason}",
    "miss": "{trust} went another year past its break point in {reason}",
    "hire": "{trust} filled posts in its central team: it has {after:one}, had {before:one} and needs {need:one}",
    "shed": "{trust} gave up posts in its central team: it has {after:one}, had {before:one} and needs {need:one}",
    "vision": "{trust} was drawn around {reason}, {value:one} points a statement from the nearest group's profile",
    "approach": "{trust} brought its newcomers into line by {reason}, which raised their quality by {value:sd} "
    "this year",
    "cohere": "how well {trust} fits together passed the middle of the scale: {value:share1}, after "
    "{threshold:share1}; the weakest fit: {reason}",
    "distance": "distance took {value:share} of the improvement support that {trust} had for its schools",
    "cost": "{trust}, having grown, spends {value:share} of a maintained school's back-office cost ({reason})",
    "govern": "{trust} now governs its clusters by {reason}",
    "surplus": "{school} came to fill only {value:share} of its places",
    "flag": "{trust} has come to {value} of the five signs of poor performance ({reason})",
    "help": "local help has come to save {trust} {value:one} posts",
    "retrench": "the local authority with code {reason} can do {value:share} of what it once could",
    "disagree": "people in {trust} came to differ more in how they see it: {value:one} points between quartiles of "
    "their answers, after {threshold:one}",
    "evaluate": "the cluster of {trust} around {school} evaluated itself at stage {value} of 3, after {threshold}",
    "review": "{trust} reviewed {school} and will work on {reason}",
    "pool": "{trust} pooled its schools' reserves: {value:share} of income moved between them",
    "cluster": "a cluster of {trust} changed at {school} ({reason})",
    "plan": "{trust}, at {value} schools, drew its growth plan again: to {reason}, now towards {target} schools",
    "standardise": "{trust} drew responsibilities to the centre: {value:one} of 10 on average, after {threshold:one}",
    "autonomy": "{school} now decides {value:share} of its own working in {trust}; before, it was {threshold:share}",
    "head left": "the head of {school} left and was not replaced",
    "head appointed": "{school} appointed a head after a vacancy",
    "chief": "{trust} has a new CEO",
    "collaborate": "{school} and its partners {reason}",
    "plant": "{trust} tested the place around {school} for a new cluster: {value} of the ten points failed, where at "
    "most {threshold} may ({reason})",
    "intervene": "the commissioner stepped in at {school} in {trust}: {reason}",
    "policy": "policy changed: {reason}, from {threshold} to {value}",
    "direct": "{trust} was told {reason}{about}",
    "thwart": "{trust} could not do what it was told{about}: {reason}",
    "shock": "a shock struck{about}: {reason}",
}

_PULL = "policy's pull of {phase} schools into trusts changed from {threshold:one} to {value:one} (0 is none)"

SAID_OF: dict[tuple[str, str], str] = {
    ("cluster", "formed"): "{trust} formed a cluster around {school}",
    ("cluster", "joined"): "{school} joined a cluster of {trust}",
    ("cluster", "dissolved"): "{trust} dissolved its cluster around {school}",
    ("cluster", "dissolved: nobody to lead it"): "{trust} dissolved its cluster around {school}: nobody could lead it",
    ("collaborate", "left its collaboration"): "{school} left its collaboration with other schools",
    ("join", "as told"): "{school} joined {trust}, which had been told to ask it",
    ("close a trust", "merged"): "{trust} closed, having merged into another",
    ("govern", "none beyond local bodies"): "{trust} governs its clusters by nothing beyond local governing bodies",
    ("policy", "funding_primary"): "funding per primary pupil changed from {threshold:£} to {value:£}",
    ("policy", "funding_secondary"): "funding per secondary pupil changed from {threshold:£} to {value:£}",
    ("policy", "push_primary"): _PULL.replace("{phase}", "primary"),
    ("policy", "push_secondary"): _PULL.replace("{phase}", "secondary"),
    ("policy", "alone_open"): "how open policy is to schools converting alone changed from {threshold:share} to "
    "{value:share}",
    (
        "policy",
        "convert_grant",
    ): "the grant to a school that converts by choice changed from {threshold:£} to {value:£}",
    (
        "policy",
        "sponsor_grant",
    ): "the grant to a sponsor before it opens a school changed from {threshold:£} to {value:£}",
    ("policy", "transfer_grant"): "the grant with an academy that is moved changed from {threshold:£} to {value:£}",
    ("policy", "mandatory_from"): "from now on every school judged Inadequate is ordered to become an academy",
}
"""Sentences of a kind of event for one reason."""

REASONS: dict[str, dict[str, str]] = {
    "seek": {
        "active choice": "of its own choice",
        "best option": "as the best option left",
        "inevitability": "seeing it as bound to come",
    },
    "decline": {"its deficit": "over the school's deficit"},
    "order": {"Inadequate": "it is judged Inadequate", "low results": "its results are low"},
    "join": {"chosen": "by its own choice", "ordered": "as it was ordered to"},
    "transfer": {"intervention": "the commissioner moved it", "as told": "as it was told"},
    "govern": {
        "informal meetings": "informal meetings of heads",
        "advisory": "an advisory board for each",
        "delegated": "a body for each with powers of its own",
    },
    "flag": {
        "progress": "low progress",
        "improvement": "falling results",
        "disadvantaged": "low progress of disadvantaged pupils",
        "inadequate": "a school judged Inadequate",
        "spending": "a school that overspends",
    },
}
"""Words for the codes that stand as reasons in the log, by kind of event; of several codes, for each."""


def reason(kind: str, code: str) -> str:
    """The reason of an event in words."""
    known = REASONS.get(kind, {})
    if kind == "plant":
        return f"point{'s' if ' ' in code else ''} {listed(code.split())}"
    if kind == "flag":
        return listed(known.get(each, each) for each in code.split(", "))
    return known.get(code, code.replace("_", " "))


class Number(float):
    """A number of an event, in the formats above; else whole where it is, or with two decimals."""

    def __format__(self, spec: str) -> str:
        if spec in ("share", "share1"):
            return percent(self, 1 if spec == "share1" else 0)
        if spec in ("£", "sd"):
            return amount(self, spec)
        if spec == "one":
            return f"{self:,.1f}".removesuffix(".0").replace("-", "−")
        if spec:
            return super().__format__(spec)
        whole = abs(self) >= 100 or self.is_integer()
        return super().__format__(",.0f" if whole else ".2f").replace("-", "−")
