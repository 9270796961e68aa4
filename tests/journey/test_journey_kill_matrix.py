"""SIGKILL before and after single writes of a push of 60 articles in 5 locales: the next push finishes, on any disk.

The suite takes a sample. In full, with a table: `KILL_MATRIX=full pytest -n 0 -s` and this file.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from killed_push import MOMENTS, Moment, killed_push
from matrix import LATEST, STARTS, Row, Start, table

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")]

FULL = os.environ.get("KILL_MATRIX") == "full"
FIRST = {"first push": 0, "later push": 0} if FULL else {"first push": 37, "later push": 35}

ROWS: list[Row] = []


@pytest.fixture(scope="module", autouse=True)
def shown() -> Iterator[None]:
    yield
    if FULL:
        print(f"\n\n{table(ROWS, 'kills')}\n")  # noqa: T201  # the table is what the long run is for


@pytest.fixture(scope="module", params=STARTS)
def start(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Start]]:
    with Start(tmp_path_factory.mktemp("killed"), request.param, big=True) as begin:
        yield request.param, begin


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_push_that_is_killed_over_any_write_is_finished_by_the_next(start: tuple[str, Start], moment: Moment) -> None:
    name, begin = start
    same, fresh = Row(f"killed {moment}, {name}, same disk"), Row(f"killed {moment}, {name}, fresh disk")
    ROWS.extend([same, fresh])
    at = FIRST[name]
    while killed_push(begin.again(), at, moment):
        _finish(begin, same, fresh, at)
        at += 1
        if not FULL:
            break
    assert same.places > 0
    assert same.flawless, "\n".join(same.wrong[:5])
    assert fresh.flawless, "\n".join(fresh.wrong[:5])


def _finish(begin: Start, same: Row, fresh: Row, at: int) -> None:
    """Push twice on the same disk; then let Intercom be as it was, and push twice where the journal is lost."""
    site = begin.site
    left = begin.stored()
    try:
        for row in (same, fresh):
            if row is fresh:
                begin.restore(left)
                begin.lose_disk()
            second = site.push()
            site.clock.now += LATEST
            row.note(begin, site, second, site.push(), f"at {at}")
    finally:
        left.close()
