"""What a test of direction may name, the code behind each name, and whether that code ran."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from types import CodeType

import matsim
from matsim.mechanisms.catalogue import CATALOGUE
from matsim.policies import POLICIES
from matsim.schedule import SCHOOL_YEAR
from matsim.strategies import STRATEGIES

PACKAGE = Path(matsim.__file__).parent
TOOL = 4
"""A number for `sys.monitoring` that profilers and coverage leave free."""


@cache
def subjects() -> dict[str, frozenset[CodeType]]:
    """Every mechanism, step, strategy and policy by name, and the functions of which at least one is its work.

    Of a mechanism, those of its files; of a step, its own; of a strategy or policy, those that its class defines.
    """
    found = {e.id: frozenset(c for f in e.files for c in _functions(PACKAGE.parent / f)) for e in CATALOGUE}
    found |= {f"step:{s.name}": frozenset({s.function.__code__}) for s in SCHOOL_YEAR}
    for kind, classes in (("strategy", STRATEGIES), ("policy", POLICIES)):
        for one in classes:
            codes = (getattr(v, "__code__", None) for v in vars(one).values())
            found[f"{kind}:{one.model_fields['kind'].default}"] = frozenset(c for c in codes if c is not None)
    return found


def _functions(path: Path) -> Iterator[CodeType]:
    """Functions and methods of a module as they are loaded."""
    module = import_module(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))
    for value in [*vars(module).values()]:
        parts = vars(value).values() if isinstance(value, type) else (value,)
        for part in parts:
            code = getattr(part, "__code__", None)
            if code is not None and code.co_filename == module.__file__:
                yield code


@contextmanager
def watched(names: list[str]) -> Iterator[set[str]]:
    """The names whose work is done inside, filled while it is. Raises KeyError for a name that stands for nothing."""
    ran: set[str] = set()
    codes = {name: subjects()[name] for name in names}
    by_code = {code: {n for n, those in codes.items() if code in those} for those in codes.values() for code in those}
    sys.monitoring.use_tool_id(TOOL, "directions")

    def started(code: CodeType, _: int) -> object:
        ran.update(by_code[code])
        return sys.monitoring.DISABLE  # once is enough

    sys.monitoring.register_callback(TOOL, sys.monitoring.events.PY_START, started)
    try:
        for code in by_code:
            sys.monitoring.set_local_events(TOOL, code, sys.monitoring.events.PY_START)
        sys.monitoring.restart_events()
        yield ran
    finally:
        for code in by_code:
            sys.monitoring.set_local_events(TOOL, code, 0)
        sys.monitoring.register_callback(TOOL, sys.monitoring.events.PY_START, None)
        sys.monitoring.free_tool_id(TOOL)
