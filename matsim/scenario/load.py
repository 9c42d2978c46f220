"""Scenarios from TOML files, from tables in memory, and from single assignments: one way forward for all.

Find the file, read it and what it extends, merge them and what is set besides, validate the whole, explain what is
wrong with it: each once, in this order, and in the order of this page. All mistakes are reported at once.

A file may start from another with `extends = "other.toml"`, relative to itself, that lies in its own folder, below
it, or among the scenarios that can be named. Tables merge, lists replace.
A tagged table (one with a `kind`) that names another kind than its base replaces the base's table, whose
other values would mean nothing to the new kind.
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
from matsim.core.find import find_file, folders
from matsim.core.reading import exists, outside, shortened
from matsim.core.toml import Place, dotted, parse_toml, place_of, plain, quote, read_toml
from matsim.evidence.parameters import BEGINNING, varies
from matsim.scenario.declared import Spot
from matsim.scenario.problems import Problem, explain

if TYPE_CHECKING:
    from matsim.scenario.schema import Scenario

type Assignments = Sequence[str] | Mapping[str, Any]
"""`approval.weight=0.4`, `ceos[1].share=0.2`, or {name: value}. Text is read as a TOML value; a bare word is text."""

type Layer = tuple[str, Mapping[Any, Any]]
"""What is said in one place (a file, the command line), and the name of that place."""

_BARE_WORD = re.compile(r"[A-Za-z][\w -]*")
_TOML_WORDS = ("true", "false", "inf", "nan")


@dataclass(frozen=True)
class Loaded[M: BaseModel]:
    """A scenario with where it came from: its file, then the files it extends, nearest first."""

    scenario: M
    path: Path
    sources: tuple[Path, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the resolved values: equal values, equal digest, whatever files they came from."""
        return digest(self.scenario)


def load_scenario(name: str | Path, changes: Assignments = (), where: str = "command line") -> Scenario:
    """A scenario by path or bare name, with some values changed. Raises InputError with every mistake found.

    `where` is where the changes were said, for sentences.
    """
    from matsim.scenario.schema import Scenario

    return load(find_file(name), Scenario, changes=changes, where=where).scenario


def load[M: BaseModel](
    path: Path,
    root: type[M],
    within: Sequence[Path] | None = None,
    changes: Assignments = (),
    where: str = "command line",
) -> Loaded[M]:
    """Read a scenario file and what it extends, and change some values. Raises InputError with every mistake found.

    What it extends may lie in its own folder or in those of `within`: the folders of scenarios unless said.
    """
    chain = _chain(Path(path), folders() if within is None else within)
    layers: list[Layer] = [(str(source), tables) for source, tables in chain]
    tables: dict[str, Any] = {}
    for _, said in reversed(layers):
        tables = merge(Spot(root), tables, said)
    wrong: list[str] = []
    if changes:
        tables, said = _changed(Spot(root), tables, changes, wrong)
        layers.insert(0, (where, said))
    scenario, problems = _validate(tables, root)
    if wrong or scenario is None:
        raise _mistakes(str(path), where if changes else "", wrong, problems, layers)
    return Loaded(scenario, Path(path), tuple(source for source, _ in chain))


def from_tables[M: BaseModel](tables: Mapping[str, Any], root: type[M], where: str) -> M:
    """A scenario from tables in memory, as strict as from a file. Raises InputError naming every mistake."""
    scenario, problems = _validate(plain(tables), root)
    if scenario is None:
        raise InputError(where, [problem.text for problem in problems])
    return scenario


def override[M: BaseModel](scenario: M, changes: Assignments, where: str) -> M:
    """The scenario with some values changed. Raises InputError with every mistake found.

    Tables merge, lists replace; where a kind changes, only the values set with it are kept.
    """
    wrong: list[str] = []
    tables, _ = _changed(Spot(type(scenario)), stated(scenario), changes, wrong)
    changed, problems = _validate(tables, type(scenario))
    if wrong or changed is None:
        raise InputError(where, [*wrong, *(problem.text for problem in problems)])
    return changed


def stated(scenario: BaseModel) -> dict[str, Any]:
    """Every value of a scenario, but for a first year that nobody has said: that stays unsaid in what is made of it."""
    tables: dict[str, Any] = plain(scenario)
    world = getattr(scenario, "world", None)
    if isinstance(world, BaseModel) and "start" not in world.model_fields_set:
        del tables["world"]["start"]
    return tables


def digest(scenario: BaseModel) -> str:
    """SHA-256 of every value of a scenario, by name: the same on any machine."""
    return hashlib.sha256(json.dumps(plain(scenario), sort_keys=True).encode()).hexdigest()


# read


def _chain(path: Path, within: Sequence[Path]) -> list[tuple[Path, dict[str, Any]]]:
    """The file and what it extends, nearest first, without the word `extends`."""
    chain: list[tuple[Path, dict[str, Any]]] = []
    seen: list[Path] = []
    current, extended_by = path, path
    while True:
        if current.resolve() in seen:  # by the real file: a link may close the circle under another name
            names = " extends ".join(str(p) for p, _ in chain)
            raise InputError(str(path), f"extends itself in a circle: {names} extends {current}")
        seen.append(current.resolve())
        if not exists(current):
            by = "" if current == extended_by else f"extends {shortened(current.name)!r}: "
            near = nearest(current.stem, [p.stem for p in current.parent.glob("*.toml")]).replace("'?", ".toml'?")
            raise InputError(str(extended_by), f"{by}there is no such file{near}")
        tables = read_toml(current)
        base = tables.pop("extends", None)
        chain.append((current, tables))
        if base is None:
            return chain
        if not isinstance(base, str) or not base:
            raise InputError(str(current), "extends: should be one file name in quotes, relative to this file")
        extended_by, current = current, current.parent / base
        # files come from others too: what they extend is shown, so it must not be any file of this machine
        if problem := outside(current, (path.parent, *within)):
            raise InputError(str(extended_by), f"extends = {quote(base)}: {problem}")


def _assignments(changes: Assignments, wrong: list[str]) -> Iterator[tuple[Place, Any]]:
    """Each assignment as a place and a plain value; sentences about unreadable ones go to `wrong`."""
    for text in changes:
        name, equals, value_text = text.partition("=")
        place = place_of(text if isinstance(changes, Mapping) else name)
        if place is None or not (equals or isinstance(changes, Mapping)):
            wrong.append(f"{text!r}: should be name=value with a dotted name, such as run.years=20")
        elif isinstance(changes, Mapping):
            yield place, plain(changes[text])
        else:
            try:
                yield place, _value(value_text.strip())
            except tomllib.TOMLDecodeError:
                wrong.append(f'{text!r}: the value should be written as in TOML: 0.4, true, "text" or [1, 2]')


def _value(text: str) -> Any:
    """A TOML value, or a bare word as text. Raises TOMLDecodeError for anything else."""
    if _BARE_WORD.fullmatch(text) and text not in _TOML_WORDS:
        return text
    tables = parse_toml(f"value = {text}")
    if list(tables) != ["value"]:
        raise tomllib.TOMLDecodeError("more than one value")
    return plain(tables["value"])


# merge


def merge(spot: Spot, base: Any, top: Any, defaults: bool = False) -> Any:
    """`top` over `base`: tables merge, lists and single values replace, and so does a table of another kind.

    A table whose keys are whole numbers holds new values for those positions of a list. With `defaults`, what `base`
    does not say is what it says by default: a change is of the whole scenario, where a file is of what it extends.
    """
    if isinstance(top, Mapping) and isinstance(base, (int, float)) and varies(spot.annotation):
        base = {str(BEGINNING): base}  # one number, of which a year changes: it holds until that year
    if isinstance(base, list) and isinstance(top, Mapping) and top and all(isinstance(k, int) for k in top):
        return [merge(spot.enter(i)[0], old, top[i], defaults) if i in top else old for i, old in enumerate(base)]
    if not isinstance(base, Mapping) or not isinstance(top, Mapping) or _other_kind(spot, base, top):
        return top
    spot = spot.chosen({**base, **top})
    changed = {}
    for key, value in top.items():
        old = base[key] if key in base else spot.default(key) if defaults else None
        changed[key] = merge(spot.enter(key)[0], old, value, defaults)
    return {**base, **changed}


def _other_kind(spot: Spot, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    tag = spot.tag
    return tag is not None and tag in new and tag in old and new[tag] != old[tag]


def _changed(
    spot: Spot, tables: Mapping[str, Any], changes: Assignments, wrong: list[str]
) -> tuple[dict[str, Any], dict[Any, Any]]:
    """The tables with assignments merged into them, and those alone; sentences about impossible ones go to `wrong`."""
    tree: dict[Any, Any] = {}
    for place, value in _assignments(changes, wrong):
        if problem := _beyond(spot, tables, place):
            wrong.append(problem)
        elif not _grow(tree, place, value):
            wrong.append(f"{dotted(place)}: set twice")
    return merge(spot, tables, tree, defaults=True), tree


def _beyond(spot: Spot, here: Any, place: Place) -> str:
    """The sentence for a place in a list that has no such entry; otherwise empty."""
    for i, part in enumerate(place):
        if isinstance(here, list):
            if not isinstance(part, int) or part >= len(here):
                there = f"has {len(here)} entries, counted from [0]"
                return f"{dotted(place)}: unknown name; {dotted(place[:i])} {there}"
            here = here[part]
        elif isinstance(here, Mapping):
            spot = spot.chosen(here)
            here = here[part] if part in here else spot.default(str(part))
        spot = spot.enter(part)[0]
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


# validate and explain


def _validate[M: BaseModel](tables: Mapping[str, Any], root: type[M]) -> tuple[M | None, list[Problem]]:
    """The scenario that plain tables make, or None and what is wrong with them."""
    try:
        # pydantic's JSON mode is strict about types yet lets lists become tuples, as TOML needs.
        scenario, errors = root.model_validate_json(json.dumps(tables, default=plain)), []
    except ValidationError as error:
        scenario, errors = None, error.errors(include_url=False)
    problems = explain(errors, root, tables)
    return (None if problems else scenario), problems


def _mistakes(
    path: str, changed_by: str, wrong: list[str], problems: Sequence[Problem], layers: Sequence[Layer]
) -> InputError:
    """The error for a file and its changes. Where all is wrong with the changes alone, it is about those alone."""
    holders = [_holder(problem.path, layers) for problem in problems]
    if changed_by and all(holder == changed_by for holder in holders):
        return InputError(changed_by, [*wrong, *(problem.text for problem in problems)])
    texts = [f"{sentence} (on the {changed_by})" for sentence in wrong]
    for problem, holder in zip(problems, holders, strict=True):
        there = "on the" if holder == changed_by else "in"
        texts.append(problem.text if holder in ("", path) else f"{problem.text} ({there} {holder})")
    return InputError(path, texts)


def _holder(place: Place, layers: Sequence[Layer]) -> str:
    """The layer that says most of the way to a place, the nearest of them; empty for the scenario as a whole."""
    depths = []
    for _, tables in layers:
        here: Any = tables
        depth = 0
        for part in place:
            inside = isinstance(here, list) and isinstance(part, int) and part < len(here)
            if not inside and not (isinstance(here, Mapping) and part in here):
                break
            here, depth = here[part], depth + 1
        depths.append(depth)
    most = max(depths, default=0)
    return layers[depths.index(most)][0] if most else ""
