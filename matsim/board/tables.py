"""Tables of a board pack. A report needs nothing else: every sentence that needs the model is stored as text."""

from __future__ import annotations

from matsim.results.tables import AREA_NAMES, BREAK_POINTS, PHASE_WORDS, OutColumn, TableSpec

C = OutColumn

_OPTION = C("option", "int64", "number", "Option, from 0 in the order of the table `options`")
_FUTURE = C("future", "int64", "number", "Future, from 1; the same number is the same luck under every option")
_YEAR = C("year", "int64", "year", "Academic year, by the September in which it starts")

YEAR_COLUMNS: tuple[OutColumn, ...] = (
    _OPTION,
    _FUTURE,
    _YEAR,
    C("trust", "int64", "id", "Group UID of the trust; of the one that took it in once it has; −1 once it has closed"),
    C("itself", "bool", "flag", "Whether it is still the trust that the pack is about; not once taken in or closed"),
    C("schools", "int64", "schools", "Academies in the trust"),
    C("primary_schools", "int64", "schools", "Of which primary"),
    C("pupils", "float64", "pupils", "Pupils on roll"),
    C("came", "int64", "schools", "Schools that are in it now and were not a year ago"),
    C("left", "int64", "schools", "Schools that were in it a year ago and are not now"),
    C("below_good", "int64", "schools", "Academies judged below Good"),
    C("inadequate", "int64", "schools", "Academies judged Inadequate"),
    C("outcome", "float64", "sd", "Mean pupil outcome of its mainstream schools, weighted by pupils; nan for none"),
    C("outcome_first", "float64", "sd", "The same for the schools it had at the start, wherever they are now"),
    C("capacity", "float64", "ratio", "Supply of the central team over need, tightest area counting most"),
    C("bench", "float64", "posts", "Leaders ready to step up"),
    C("buyin", "float64", "share", "Mean belief of its schools in what the trust does"),
    C("coherence", "float64", "share", "Fit of vision, strategy, operating model, capability and context"),
    C("isolated", "float64", "schools", "Academies more than an hour from any other of the trust"),
    C("clustered", "float64", "share", "Academies in a led cluster"),
    C("spread_km", "float64", "km", "Mean distance of its schools from their middle"),
    C("record", "float64", "share", "Track record as a commissioner sees it"),
    C("central_charge", "float64", "share", "Top-slice: share of its schools' income that the centre keeps"),
    C("income", "float64", "£", "Income of its schools before the top-slice"),
    C("central_cost", "float64", "£ per year", "Cost of the central team, ways of working and one-off costs"),
    C("joining_cost", "float64", "£", "One-off cost of taking on the schools that came this year"),
    C("deficits", "float64", "£", "Deficits that the schools that came this year brought with them"),
    C("balance", "float64", "share", "In-year balance of its schools and its centre over income"),
    C("reserves", "float64", "£", "All reserves, its schools' and its centre's"),
    C("reserves_share", "float64", "share", "All reserves over yearly income"),
    *(
        C(f"{what}_{a}", "float64", "posts", f"{text}: {a}")
        for a in AREA_NAMES
        for what, text in (("need", "Need of the central team"), ("supply", "Supply of the central team"))
    ),
    *(
        C(f"{what}_{k}", dtype, unit, f"{text}: {k}")
        for k in BREAK_POINTS
        for what, dtype, unit, text in (
            ("pressure", "float64", "ratio", "Load over what its way of working carries"),
            ("rung", "int64", "rung", "Its way of working, counted from 0"),
        )
    ),
)

_EVENT_COLUMNS = (
    C("month", "string", "month", "Month in which it happened"),
    C("event", "string", "choice", "What happened"),
    C("rule", "string", "choice", "Rule that decided it"),
    C("reason", "string", "text", "Reason in a word"),
    C("school", "int64", "id", "URN of the school; −1 when none is concerned"),
    C("trust", "int64", "id", "Group UID of the trust; −1 when none is concerned"),
    C("other", "int64", "id", "Group UID of a second trust; −1 when none is concerned"),
    C("value", "float64", "as the rule's", "What was compared with the threshold; nan when nothing was"),
    C("threshold", "float64", "as the rule's", "What it was compared with"),
    C("margin", "float64", "as the rule's", "Value minus threshold, in the direction of the event"),
)


def _words(*names: str) -> tuple[OutColumn, ...]:
    return tuple(C(name.split(":")[0], "string", "text", name.split(":")[1]) for name in names)


BOARD_TABLES: dict[str, TableSpec] = {
    spec.name: spec
    for spec in (
        TableSpec(
            "options",
            ("option",),
            "The options compared",
            (
                _OPTION,
                C("key", "string", "choice", "Kind of option: stay, local, cluster, merge, pause, or own"),
                *_words("name:Its name", "plan:What the trust does, in a sentence"),
                C("wanted", "int64", "schools", "Schools it means to add"),
            ),
        ),
        TableSpec(
            "fates",
            ("option", "future"),
            "What became of the trust, and of a merger where the option proposes one",
            (
                _OPTION,
                _FUTURE,
                C("fate", "string", "choice", "stands, taken in, re-brokered, moved (by choice), or closed"),
                C("year", "int64", "year", "Academic year in which it ended, by its September; −1 where it stands"),
                *_words("into:Names of the trusts that have its schools then; empty where it stands or they closed"),
                C(
                    "merger",
                    "string",
                    "choice",
                    "ours (we took one in), theirs, other (another took us in), none; or ''",
                ),
            ),
        ),
        TableSpec(
            "asked",
            ("option", "school"),
            "Schools that each option approaches",
            (
                _OPTION,
                C("school", "int64", "id", "Unique reference number (URN)"),
                C("name", "string", "name", "Name of the school"),
                C("named", "bool", "flag", "Named by the board, not picked by nearness"),
            ),
        ),
        TableSpec(
            "left_out",
            ("school",),
            "Schools that the files link to the trust and the model does not have",
            (
                C("school", "int64", "id", "Unique reference number (URN)"),
                *_words("name:Name of the school", "reason:Why it is left out"),
            ),
        ),
        TableSpec(
            "filled_in",
            ("school",),
            "Schools of the trust that only the group links know: their place, roll, places and meals are filled in",
            (
                C("school", "int64", "id", "Unique reference number (URN)"),
                *_words("name:Name of the school", "phase:Special, alternative provision or 16 to 19"),
            ),
        ),
        TableSpec(
            "option_year",
            ("option", "future", "year"),
            "The trust at the end of every year, in every future of every option",
            YEAR_COLUMNS,
        ),
        TableSpec(
            "option_event",
            (),
            "What happened to the trust and to the candidates, in order",
            (_OPTION, _FUTURE, _YEAR, *_EVENT_COLUMNS),
        ),
        TableSpec(
            "places",
            ("school",),
            "Schools near the trust as the first year begins",
            (
                C("school", "int64", "id", "Unique reference number (URN)"),
                C("name", "string", "name", "Name of the school"),
                C("authority", "string", "name", "Local authority"),
                C("phase", "string", "choice", PHASE_WORDS),
                C("easting", "float64", "m", "British National Grid easting"),
                C("northing", "float64", "m", "British National Grid northing"),
                C("run_by", "string", "choice", "ours, maintained, single-academy trust or other MAT"),
                C("minutes", "float64", "minutes", "To the trust's nearest (other) school, by car"),
                C("cluster", "int64", "number", "Cluster of the trust in the first future, from 1; −1 none"),
                C("isolated", "bool", "flag", "A school of the trust more than an hour from its others"),
            ),
        ),
        TableSpec(
            "candidates",
            ("school",),
            "Schools that the trust might ask to join",
            (
                C("school", "int64", "id", "Unique reference number (URN)"),
                C("name", "string", "name", "Name of the school"),
                C("named", "bool", "flag", "Named by the board, not picked by nearness"),
                C("authority", "string", "name", "Local authority"),
                C("phase", "string", "choice", PHASE_WORDS),
                C("denomination", "string", "choice", "Denomination"),
                C("run_by", "string", "name", "Who runs it now"),
                C("grade", "string", "choice", "Last overall inspection grade"),
                C("pupils", "float64", "pupils", "Pupils on roll"),
                C("places", "float64", "pupils", "Places"),
                C("fsm", "float64", "%", "Pupils eligible for free school meals"),
                C("minutes", "float64", "minutes", "To the trust's nearest school, by car"),
                C("near", "string", "name", "The trust's nearest school"),
                C("reserves_low", "float64", "£", "Its reserves in the tenth lowest of a hundred futures (drawn)"),
                C("reserves", "float64", "£", "Its reserves in the middle future (drawn: no file shows them)"),
                C("deficit", "float64", "share", "Futures in which it has a deficit"),
                C("income", "float64", "£", "Its income in the first year"),
                C("filled_in", "bool", "flag", "Only the group links know it: its place, roll and meals are filled in"),
            ),
        ),
        TableSpec(
            "answers",
            ("option", "school", "who"),
            "What the candidates, the trust's own due diligence and the commissioner said",
            (
                _OPTION,
                C("school", "int64", "id", "Unique reference number (URN)"),
                C("who", "string", "choice", "school, trust, commissioner, or all (whether it joined)"),
                C("yes", "int64", "futures", "Futures in which the answer came to yes"),
                C("no", "int64", "futures", "Futures in which it was asked and never said yes"),
                *_words("why:What most often stood in the way", "change:The smallest change that would have turned it"),
            ),
        ),
        TableSpec(
            "break_points",
            ("key",),
            "The six break points as they stand at the end of the first year",
            (
                C("key", "string", "choice", "Break point"),
                *_words("name:Its name", "now:The trust's way of working", "next:The next way of working"),
                C("cost", "float64", "£", "One-off cost of the next way of working"),
                C("yearly", "float64", "£ per year", "Its yearly cost"),
                C("years", "float64", "years", "Years until it is in place"),
                *_words("signs:Early signs", "drivers:What loads it", "harm:What follows if it is missed"),
            ),
        ),
        TableSpec(
            "checklist",
            ("number",),
            "The ten points for a new cluster, filled where a model can",
            (
                C("number", "int64", "number", "Point"),
                *_words(
                    "question:The question",
                    "answer:yes, no, or open where only people can say",
                    "why:What decided it, from the middle of the futures",
                    "evidence:Who can answer it",
                ),
                C("share", "float64", "share", "Futures in which the model's part of it is yes; nan where open"),
            ),
        ),
        TableSpec(
            "story",
            ("option", "place"),
            "One future, told in order under each option: the bad tenth of all options together",
            (
                _OPTION,
                _FUTURE,
                C("place", "int64", "number", "Order of the sentences"),
                _YEAR,
                *_words("sentence:What happened"),
            ),
        ),
    )
}
"""Every table of a board pack's result."""
