"""The synthetic England that tests of the world look at from several sides."""

from __future__ import annotations

from typing import Any

import pytest
from support.make_synthetic import facts_of, make

from matsim.world.base import World


@pytest.fixture(scope="session")
def england() -> World:
    return make()


@pytest.fixture(scope="session")
def facts() -> dict[str, Any]:
    """The description of that England."""
    return facts_of()


@pytest.fixture(scope="session")
def before() -> World:
    """The same schools eight years earlier."""
    return make(2010)


@pytest.fixture(scope="session")
def today() -> World:
    """The same schools in 2024."""
    return make(2024)


@pytest.fixture(scope="session")
def today_facts() -> dict[str, Any]:
    """The description of that one."""
    return facts_of(2024)
