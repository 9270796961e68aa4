"""Faults at every request of a push, in-process and on a clock of its own: the next push converges.

The suite takes a sample. In full, with a table, by `FAULT_MATRIX=full pytest -n 0 -s` and this file for two small trees
with all that a push can do, and by `FAULT_MATRIX=big` for one of 60 articles in 5 locales.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from faults import FAULTS, LATE_DEATHS, MORE_FAULTS, Line
from matrix import STARTS, Row, Start, every_place, table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from faults import Misfortune

pytestmark = pytest.mark.slow

EXTENT = os.environ.get("FAULT_MATRIX", "")
ALL = {**FAULTS, **MORE_FAULTS}
CHOSEN = ALL if EXTENT else MORE_FAULTS
"""The others strike every request in test_journey_faults."""

ROWS: list[Row] = []


@pytest.fixture(scope="module", autouse=True)
def shown() -> Iterator[None]:
    yield
    if EXTENT:
        print(f"\n\n{table(ROWS, 'places')}\n")  # noqa: T201  # the table is what the long run is for


def run(root: Path, name: str, start: str, misfortune: Misfortune, *, writes_only: bool) -> None:
    row = Row(f"{name}, {start}")
    ROWS.append(row)
    with Start(root, start, big=EXTENT == "big") as begin:
        stride = 1 if EXTENT else 3 if writes_only else 6
        every_place(begin, row, lambda site, at: Line(site, misfortune, at, writes_only=writes_only), stride=stride)
    assert row.places > 1
    assert row.flawless, "\n".join(row.wrong[:5])


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("name", CHOSEN)
def test_after_a_fault_the_next_push_converges(tmp_path: Path, name: str, start: str) -> None:
    run(tmp_path, name, start, CHOSEN[name], writes_only=False)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("name", LATE_DEATHS)
def test_after_a_death_over_a_write_that_lands_later_the_next_push_converges(
    tmp_path: Path, name: str, start: str
) -> None:
    run(tmp_path, f"died, {name}", start, LATE_DEATHS[name], writes_only=True)
