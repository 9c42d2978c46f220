"""Scenarios from TOML files, from tables in memory, and from single assignments: one strictness for all.

A file may start from another with `extends = "other.toml"`, relative to itself, that lies in its own folder, below
it, or among the scenarios that can be named. Tables merge, lists replace.
A tagged table (one with a `kind`) that names another kind than its base replaces the base's table, whose
other values would mean nothing to the new kind. All mistakes are reported at once.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from matsim.core.errors import InputError, nearest
from matsim.core.reading import exists, outside, read_toml, shortened, toml
from matsim.scenario.find import find, folders
from matsim.scenario.problems import Problem, Spot, problems
from matsim.scenario.show import Place, dotted, plain, quote

if TYPE_CHECKING:
    from matsim.scenario.schema import Scenario

_BARE_WORD = re.compile(r"[A-Za-z][\w -]*")
_TOML_WORDS = ("true", "false", "inf", "nan")


@dataclass(frozen=True)
class Loaded[M: BaseModel]:
    """A scenario with where it came from: its file, then the files it extends, nearest first.

    `digest` is the SHA-256 of the resolved values: equal values, equal digest, whatever files they came from.
    """

    scenario: M
    path: Path
    sources: tuple[Path, ...]
    digest: str


def load[M: BaseModel](path: Path, root: type[M], within: Sequence[Path] | None = None) -> Loaded[M]:
    """Read a scenario file and what it extends. Raises InputError with every mistake found.

    What it extends may lie in its own folder or in those of `within`: the folders of scenarios unless said.
    """
    chain = _chain(Path(path), folders() if within is None else within)
    tables: dict[str, Any] = {}
    for _, own in reversed(chain):
        tables = merge(Spot(root), tables, own)
    scenario, found = _validate(tables, root)
    if scenario is None:
        raise InputError(str(path), [problem.text + _holder(problem.path, chain) for problem in found])
    return Loaded(scenario, Path(path), tuple(source for source, _ in chain), digest(scenario))


def from_tables[M: BaseModel](tables: Mapping[str, Any], root: type[M], where: str) -> M:
    """A scenario from tables in memory, as strict as from a file. Raises InputError naming every mistake."""
    scenario, found = _validate(tables, root)
    if scenario is None:
        raise InputError(where, [problem.text for problem in found])
    return scenario


def override[M: BaseModel](scenario: M, assignments: Sequence[str] | Mapping[str, Any], where: str) -> M:
    """The scenario with some values changed: `approval.weight=0.4`, `ceos[1].share=0.2`, or {name: value}.

    Text is read as a TOML value; a bare word counts as text. Tables merge, lists replace; where a kind
    changes, only the values set with it are kept. Raises InputError with every mistake found.
    """
    wrong: list[str] = []
    changes: dict[Any, Any] = {}
    tables = plain(scenario)
    for place, value in _assignments(assignments, wrong):
        if outside := _beyond(tables, place):
            wrong.append(outside)
        elif not _grow(changes, place, value):
            wrong.append(f"{dotted(place)}: set twice")
    changed, found = _validate(merge(Spot(type(scenario)), tables, changes), type(scenario))
    if wrong or changed is None:
        raise InputError(where, [*wrong, *(problem.text for problem in found)])
    return changed


def digest(scenario: BaseModel) -> str:
    """SHA-256 of every value of a scenario, by name: the same on any machine."""
    return hashlib.sha256(json.dumps(plain(scenario), sort_keys=True).encode()).hexdigest()


def merge(spot: Spot, base: Any, top: Any) -> Any:
    """`top` over `base`: tables merge, lists and single values replace, and so does a table of another kind.

    A table whose keys are whole numbers holds new values for those positions of a list.
    """
    if isinstance(base, list) and isinstance(top, Mapping) and top and all(isinstance(k, int) for k in top):
        return [merge(spot.enter(i)[0], old, top[i]) if i in top else old for i, old in enumerate(base)]
    if not isinstance(base, Mapping) or not isinstance(top, Mapping) or _other_kind(spot, base, top):
        return top
    spot = spot.chosen({**base, **top})
    changed = {k: merge(spot.enter(k)[0], base[k], value) if k in base else value for k, value in top.items()}
    return {**base, **changed}


def _other_kind(spot: Spot, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    tag = spot.tag
    return tag is not None and tag in new and tag in old and new[tag] != old[tag]


def _validate[M: BaseModel](given: Mapping[str, Any], root: type[M]) -> tuple[M | None, list[Problem]]:
    tables = plain(given)
    try:
        # pydantic's JSON mode is strict about types yet lets lists become tuples, as TOML needs.
        scenario, errors = root.model_validate_json(json.dumps(tables)), []
    except ValidationError as error:
        scenario, errors = None, error.errors(include_url=False)
    found = problems(errors, root, tables)
    return (None if found else scenario), found


def _chain(path: Path, within: Sequence[Path]) -> list[tuple[Path, dict[str, Any]]]:
    """The file and what it extends, nearest first, without the word `extends`."""
    chain: list[tuple[Path, dict[str, Any]]] = []
    seen: list[Path] = []
    current, said_by = path, path
    while True:
        if current.resolve() in seen:
            names = " extends ".join(str(p) for p, _ in chain)
            raise InputError(str(path), f"extends itself in a circle: {names} extends {current}")
        seen.append(current.resolve())
        tables = _read(current, said_by)
        base = tables.pop("extends", None)
        chain.append((current, tables))
        if base is None:
            return chain
        if not isinstance(base, str) or not base:
            raise InputError(str(current), "extends: should be one file name in quotes, relative to this file")
        said_by, current = current, current.parent / base
        if told := outside(current, (path.parent, *within)):
            raise InputError(str(said_by), f"extends = {quote(base)}: {told}")


def _read(path: Path, said_by: Path) -> dict[str, Any]:
    """One file's tables. `said_by` is the file that names it: itself, or the one that extends it."""
    if not exists(path):
        by = "" if path == said_by else f"extends {shortened(path.name)!r}: "
        near = nearest(path.stem, [p.stem for p in path.parent.glob("*.toml")]).replace("'?", ".toml'?")
        raise InputError(str(said_by), f"{by}there is no such file{near}")
    return read_toml(path)


def _holder(place: Place, chain: list[tuple[Path, dict[str, Any]]]) -> str:
    """Names the file that holds a mistake where that is not the file that was asked for."""
    for i, (source, tables) in enumerate(chain):
        here: Any = tables
        for part in place:
            inside = isinstance(here, list) and isinstance(part, int) and part < len(here)
            here = here[part] if inside or (isinstance(here, Mapping) and part in here) else None
            if here is None:
                break
        if here is not None:
            return f" (in {source})" if i and place else ""
    return ""


def _assignments(given: Sequence[str] | Mapping[str, Any], wrong: list[str]) -> Iterator[tuple[Place, Any]]:
    """Each assignment as a place and a plain value; sentences about unreadable ones go to `wrong`."""
    for text in given:
        name, equals, value_text = text.partition("=")
        place = place_of(text if isinstance(given, Mapping) else name)
        if place is None or not (equals or isinstance(given, Mapping)):
            wrong.append(f"{text!r}: should be name=value with a dotted name, such as run.years=20")
        elif isinstance(given, Mapping):
            yield place, plain(given[text])
        else:
            try:
                yield place, _value(value_text.strip())
            except tomllib.TOMLDecodeError:
                wrong.append(f'{text!r}: the value should be written as in TOML: 0.4, true, "text" or [1, 2]')


def place_of(name: str) -> Place | None:
    """`ceos[1].share` as ('ceos', 1, 'share'); None when it is not a dotted name."""
    try:
        here: Any = toml(re.sub(r"\[([0-9]{1,9})\]", r".'[\1]'", name.strip()) + " = 0")
    except tomllib.TOMLDecodeError:
        return None
    place: list[str | int] = []
    while isinstance(here, dict):
        if len(here) != 1:
            return None
        ((key, here),) = here.items()
        position = re.fullmatch(r"\[([0-9]{1,9})\]", key)
        place.append(int(position[1]) if position else key)
    return tuple(place)


def _value(text: str) -> Any:
    """A TOML value, or a bare word as text. Raises TOMLDecodeError for anything else."""
    if _BARE_WORD.fullmatch(text) and text not in _TOML_WORDS:
        return text
    found = toml(f"value = {text}")
    if list(found) != ["value"]:
        raise tomllib.TOMLDecodeError("more than one value")
    return plain(found["value"])


def _beyond(tables: Any, place: Place) -> str:
    """The sentence for a place in a list that has no such entry; otherwise empty."""
    for i, part in enumerate(place):
        if isinstance(tables, list):
            if not isinstance(part, int) or part >= len(tables):
                there = f"has {len(tables)} entries, counted from [0]"
                return f"{dotted(place)}: unknown name; {dotted(place[:i])} {there}"
            tables = tables[part]
        elif isinstance(tables, Mapping):
            tables = tables.get(str(part))
    return ""


def _grow(tree: dict[Any, Any], place: Place, value: Any) -> bool:
    """Put a value into nested tables; False when something is there already."""
    *most, last = place
    for part in most:
        tree = tree.setdefault(part, {})
        if not isinstance(tree, dict):
            return False
    if isinstance(value, dict) and isinstance(tree.get(last), dict):
        return all(_grow(tree[last], (name,), inner) for name, inner in value.items())
    if last in tree:
        return False
    tree[last] = value
    return True


def load_scenario(name: str | Path) -> Scenario:
    """A scenario by path or bare name. Raises InputError with every mistake found in its file."""
    from matsim.scenario.schema import Scenario

    return load(find(name), Scenario).scenario
