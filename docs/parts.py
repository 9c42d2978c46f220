"""What the documentation says by itself: tables and text taken from the code."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import matsim.mechanisms
from matsim.agents import CEO, Commissioner
from matsim.agents.school import SCHOOL_COLUMNS
from matsim.agents.trust import TRUST_COLUMNS
from matsim.core.columns import Column
from matsim.core.rules import Rule
from matsim.events.kinds import EVENTS, Event
from matsim.evidence import SOURCES
from matsim.evidence.parameters import ParamInfo, Params, describe
from matsim.mechanisms.collaborating import KINDS, CollaboratingParams
from matsim.mechanisms.ladders import LADDERS
from matsim.policies import POLICIES
from matsim.results.tables import TABLES
from matsim.scenario.schema import Scenario
from matsim.schedule import SCHOOL_YEAR
from matsim.state.state import PLACE_COLUMNS
from matsim.strategies import STRATEGIES
from matsim.world import geography

ROOT = Path(__file__).resolve().parents[1]
DRAWS = {
    "uniform": "uniform",
    "normal": "normal",
    "logistic": "logistic",
    "order": "order of acting",
    "normals": "normal, several at once",
    "pair": "uniform, one for each pair",
}
"""Methods of the streams, and what each draws."""


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table; upright bars and line breaks inside cells are made safe."""
    names = list(head)
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(cell(v) for v in row) + " |" for row in rows]
    return "\n".join(lines)


def cell(value: object) -> str:
    """A value inside a table."""
    return str(value).replace("|", "\\|").replace("\n", " ")


def code(value: object) -> str:
    """A name or value set as code."""
    return f"`{value}`"


def number(value: object) -> str:
    """A default as people write it; a dated one as year: value."""
    if isinstance(value, dict):
        return "; ".join(f"{year}: {number(v)}" for year, v in value.items())
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (int, float)):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return "none" if value in ("", ()) else str(value)


def worth(value: object, info: ParamInfo) -> str:
    """A parameter's value as people write it; years without a comma."""
    return str(value) if info.unit == "year" and not isinstance(value, dict) else number(value)


def source(info: ParamInfo) -> str:
    """A parameter's source in full."""
    if info.assumed:
        return "Assumed: " + info.source.removeprefix("assumed: ")
    known = SOURCES[info.source]
    return f"{known.title}. {known.where} ({known.status})"


def parameters(infos: Iterable[ParamInfo]) -> str:
    """A table of parameters with default, unit, plausible range, meaning and source; empty text for none."""
    rows = [
        (
            code(i.name),
            worth(i.default, i),
            i.unit,
            f"{worth(i.plausible[0], i)} to {worth(i.plausible[1], i)}" if i.plausible else "",
            i.meaning,
            source(i),
        )
        for i in infos
    ]
    return table(("parameter", "default", "unit", "plausible", "meaning", "source"), rows) if rows else ""


def columns(declared: tuple[Column, ...]) -> str:
    """State variables: name, unit, meaning."""
    rows = [(code(c.name), c.unit, c.meaning + (f" ({c.width} numbers)" if c.width > 1 else "")) for c in declared]
    return table(("variable", "unit", "meaning"), rows)


def said(thing: Any) -> str:
    """A docstring without its indentation."""
    return inspect.getdoc(thing) or ""


def choices(classes: Iterable[type[Params]]) -> str:
    """Strategies or policies: the kind, and what it does."""
    return table(
        ("kind", "what it does", "file"),
        [(code(c.model_fields["kind"].default), said(c), code(file_of(c.__module__))) for c in classes],
    )


def file_of(module: str) -> str:
    """The file of a module, from the root of the project."""
    return module.replace(".", "/") + ".py"


def schedule() -> str:
    """The steps of a school year."""
    rows = [
        (i, s.month, code(s.name), s.what, code(f"{file_of(s.function.__module__)}: {s.function.__name__}"))
        for i, s in enumerate(SCHOOL_YEAR, 1)
    ]
    return table(("", "month", "step", "what happens", "code"), rows)


def streams() -> str:
    """Every random stream that the code names."""
    draws: dict[tuple[str, str, str], None] = {}
    for path in sorted((ROOT / "matsim").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args and _luck(node.func):
                name = stream_name(node.args[0])
                if name:
                    draws[name, DRAWS[node.func.attr], path.relative_to(ROOT).as_posix()] = None
    rows = [(code(name), draw, code(path)) for name, draw, path in sorted(draws, key=lambda d: (d[2], d[0]))]
    return table(("stream", "draw", "file"), rows)


def _luck(func: ast.Attribute) -> bool:
    """Whether a call is a draw: a method of `streams`, or of the `luck` that a world is built with."""
    owner = func.value.attr if isinstance(func.value, ast.Attribute) else getattr(func.value, "id", "")
    return func.attr in DRAWS and owner in ("streams", "luck")


def stream_name(node: ast.expr) -> str:
    """The name of a stream as written; `{…}` where a part of it varies. Empty when it is not written there."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(v.value if isinstance(v, ast.Constant) else f"{{{ast.unparse(v.value)}}}" for v in node.values)  # type: ignore[attr-defined, misc]
    return ""


def dated() -> str:
    """Parameters that change on dates."""
    infos = [i for i in describe(Scenario) if isinstance(i.default, dict)]
    return table(
        ("parameter", "default from each year", "unit", "meaning", "source"),
        [(code(i.name), number(i.default), i.unit, i.meaning, source(i)) for i in infos],
    )


def modules() -> list[ModuleType]:
    """Modules of mechanisms: those of the schedule in its order, then the others."""
    first = dict.fromkeys(s.function.__module__ for s in SCHOOL_YEAR)
    every = pkgutil.walk_packages(matsim.mechanisms.__path__, "matsim.mechanisms.")
    rest = [m.name for m in every if not m.ispkg and m.name != "matsim.mechanisms.catalogue"]
    return [importlib.import_module(name) for name in dict.fromkeys([*first, *sorted(rest)])]


def prefixes() -> dict[type[Any], str]:
    """Where each set of parameters stands in a scenario."""
    return {f.annotation: name for name, f in Scenario.model_fields.items() if inspect.isclass(f.annotation)}


def submodels() -> str:
    """Every module of mechanisms: what it says of itself, its functions, its parameters."""
    where = prefixes()
    parts = []
    for module in [*modules(), geography]:
        sets = [c for c in vars(module).values() if inspect.isclass(c) and c.__module__ == module.__name__]
        infos = [i for c in sets if c in where for i in describe(c, f"{where[c]}.")]
        parts.append(f"### {module.__name__.rpartition('.')[2].replace('_', ' ').capitalize()}\n\n{said(module)}")
        parts.append(f"Code: `{file_of(module.__name__)}`.")
        parts += [text for text in (functions(module), parameters(infos)) if text]
    for title, classes in (("Growth strategies", STRATEGIES), ("Policies of commissioners", POLICIES)):
        parts.append(f"### {title}\n\n{choices(classes)}")
        parts.append(parameters(i for c in classes for i in describe(c, f"{c.model_fields['kind'].default}: ")))
    return "\n\n".join(parts)


def functions(module: ModuleType) -> str:
    """Public functions of a module with the first paragraph of what each says of itself."""
    public = [
        f for n, f in vars(module).items() if inspect.isfunction(f) and f.__module__ == module.__name__ and n[0] != "_"
    ]
    rows = [f"- `{f.__name__}`: {' '.join(said(f).split(chr(10) * 2)[0].split())}" for f in public if not decides(f)]
    return "\n".join(rows)


def decides(function: Any) -> bool:
    """Whether a function gives a decision rule."""
    return bool(function.__annotations__.get("return") == "Rule")


def rules() -> str:
    """Every decision rule: what is weighed, the threshold, the gates, all at default values."""
    rows = []
    for name, rule in all_rules():
        weighed = "; ".join(f"{t.weight:+.4g} × {t.words}" for t in rule.terms)
        gates = "; ".join(f"{g.words} {'at least' if g.at_least else 'at most'} {g.limit:.4g}" for g in rule.gates)
        rows.append((name, weighed, f"{rule.threshold:.4g}", gates))
    return table(("decision", "what is weighed", "threshold", "gates"), rows)


def all_rules() -> Iterator[tuple[str, Rule]]:
    """Rules of mechanisms with their default parameters, then those of commissioners."""
    for module in modules():
        for function in [f for f in vars(module).values() if inspect.isfunction(f) and decides(f)]:
            if function.__module__ == module.__name__:
                wants = next(iter(inspect.signature(function).parameters.values())).annotation
                rule = function(getattr(module, wants)())
                yield rule.key, rule
    for policy in POLICIES:
        yield f"approval ({policy.model_fields['kind'].default})", policy().rule(Scenario().world.start)


def ladders() -> str:
    """The rungs of the six ladders, and what shows before and follows after each break point."""
    rungs = [
        (x.id, x.name, r.name, f"{r.carries:g}", f"£{r.one_off:,.0f}", f"£{r.yearly:,.0f}", f"{r.years:g}")
        for x in LADDERS
        for r in x.rungs
    ]
    after = [(x.id, x.name, x.signs, x.consequence, f"{x.harm:g}", f"{x.dearer:g}") for x in LADDERS]
    head = ("", "break point", "way of working", "carries (schools)", "to put in place", "a year", "years to come")
    what = ("", "break point", "signs before it", "what follows", "harm (sd a year)", "dearer back office (share)")
    return table(head, rungs) + "\n\n" + table(what, after)


def forms() -> str:
    """Forms of collaboration: who may take part, what is shared, how long it takes and what it does."""
    p = CollaboratingParams()
    rows = [
        (
            f.name,
            " and ".join(w for w, may in (("maintained schools", f.maintained), ("academies", f.academies)) if may),
            f.shares,
            f"{p.years * f.founded:g}",
            "one governing body" if f.joint else "separate",
            f"{p.saves * f.saves:g}",
            f"{p.helps * f.helps:g}",
            f"{f.steps:g}",
        )
        for f in KINDS[1:]
    ]
    head = (
        "form",
        "who may take part",
        "what is shared",
        "years to set up",
        "governance",
        "saves (share)",
        "helps (sd)",
    )
    return table((*head, "pull towards a trust"), rows)


def readers(event: Event) -> str:
    """Who hears of a kind of event, beyond the stories that tell all."""
    return ", ".join(str(audience.name).lower() for audience in event.audience)


def generated() -> dict[str, str]:
    """Everything that fragments may ask for by name."""
    return {
        "years": number(Scenario().run.years),
        "schools": columns(SCHOOL_COLUMNS),
        "trusts": columns(TRUST_COLUMNS),
        "places": columns(PLACE_COLUMNS),
        "ceo": said(CEO) + " Their strategies:\n\n" + choices(STRATEGIES),
        "commissioner": said(Commissioner) + " Their policies:\n\n" + choices(POLICIES),
        "schedule": schedule(),
        "streams": streams(),
        "tables": table(("table", "rows"), [(code(t.name), t.meaning) for t in TABLES.values()]),
        "events": table(
            ("event", "meaning", "also told"), [(code(e.kind), e.meaning, readers(e)) for e in EVENTS.values()]
        ),
        "synthetic": parameters(i for i in describe(Scenario) if i.name.startswith("world.synthetic.")),
        "dated": dated(),
        "rules": rules(),
        "submodels": submodels(),
        "ladders": ladders(),
        "forms": forms(),
    }
