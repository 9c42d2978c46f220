"""What is made once for all workers of a test session: a folder by name, made by whichever needs it first."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from support.waiting import until


def shared(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder (or file) of this name, which `make` is given to make. Nobody may change what is in it."""
    base = factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared" / name
    place.parent.mkdir(exist_ok=True)
    making = place.with_name(f"{name} is being made")

    def made() -> bool:
        """Made by now, by another worker or here: to make a folder that is not there yet is to have the turn."""
        if place.exists():
            return True
        try:
            making.mkdir()
        except FileExistsError:
            return False
        try:
            if not place.exists():
                make(making / name)
                (making / name).rename(place)
        finally:
            shutil.rmtree(making)
        return True

    until(made, f"{name} is made")
    return place
