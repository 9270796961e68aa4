"""An office: one git remote, one Intercom, and as many checkouts as a test wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runners import Office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    yield office
    office.sandbox.close()
