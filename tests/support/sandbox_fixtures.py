"""Sandboxes in memory, each with its client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from helpsync.sandbox import SandboxSettings
from sandbox_client import ANN, Api, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox_client import MakeApi


@pytest.fixture
def make() -> Iterator[MakeApi]:
    """Make sandboxes with settings of their own."""
    made: list[Api] = []

    def make(**settings: Any) -> Api:
        clock = Clock()
        chosen: dict[str, Any] = {"admins": (ANN,), "clock": clock, "record": True} | settings
        api = Api(SandboxSettings(**chosen), clock)
        made.append(api)
        return api

    yield make
    for api in made:
        api.sandbox.close()


@pytest.fixture
def api(make: MakeApi) -> Api:
    return make()
