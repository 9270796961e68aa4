"""A push that dies while it writes to its own disk, and files there that were damaged: finished, or a way out."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import httpx
import pytest

from journey_site import Died, Site, page
from matrix import STARTS, Row, Start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow

EVERY = 3
"""At every how many-th writing to the disk a push dies here; at the last ones, of the baseline, it always does."""


def writings(monkeypatch: pytest.MonkeyPatch, site: Site, *, at: int | None, how: Callable[[int], None]) -> int:
    """Push, and do this at the n-th time (from 0) that something is to be on disk; return how often it was."""
    counted = [0]
    really = os.fsync

    def fsync(file: int) -> None:
        counted[0] += 1
        if at is not None and counted[0] == at + 1:
            how(file)
        really(file)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        ran = site.push()
    # How often varies: what is kept of two articles may share a folder.
    if at is None or counted[0] <= at:
        assert ran.code == 0
    elif how is not full:  # which may strike at what a push can do without
        assert ran.code != 0
    assert "Traceback" not in ran.err
    return counted[0]


def die(_: int) -> None:
    raise Died


def die_half_written(file: int) -> None:
    """Die with the end of what was written last not on the disk."""
    with contextlib.suppress(OSError):  # of a folder, and of a file that is open for reading
        os.ftruncate(file, max(0, os.fstat(file).st_size - 30))
    raise Died


def full(_: int) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("how", [die, die_half_written, full])
def test_a_push_that_dies_while_it_writes_to_its_disk_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: Callable[[int], None], start: str
) -> None:
    row = Row(f"{how.__name__}, {start}")
    with Start(tmp_path, start) as begin:
        count = writings(monkeypatch, begin.again(), at=None, how=how)
        for at in sorted({*range(0, count, EVERY), count - 2, count - 1}):
            writings(monkeypatch, begin.again(), at=at, how=how)
            row.note(begin, begin.site, begin.site.push(), begin.site.push(), f"at {at}")
    assert row.places > 3
    assert row.flawless, "\n".join(row.wrong[:5])


def test_what_a_push_overwrote_half_is_never_read(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.content({"a/_collection.md": page(name="A"), "a/b.md": page("Text.\n", title="B")})
        assert site.push().code == 0
        baseline = site.root / ".helpsync/sandbox/baseline.json"
        (baseline.parent / f".{baseline.name}.1").write_text(baseline.read_text()[:40])
        assert site.push().writes == []


def test_a_baseline_that_cannot_be_read_hides_nothing_of_a_push_that_broke_off(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.content({"a/_collection.md": page(name="A"), "a/one.md": page("Text.\n", title="One")})
        assert site.push().code == 0
        site.write("content/a/one.md", page("New text.\n", title="One"))
        (baseline,) = (site.root / ".helpsync").rglob("baseline*.json")

        class Breaks(httpx.AsyncBaseTransport):
            def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
                self.inner = inner

            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                if request.method == "PUT":
                    baseline.write_text("{")
                    raise OSError(5, "the very first error")
                return await self.inner.handle_async_request(request)

        site.transport = Breaks
        ran = site.push()
        assert ran.code == 1
        assert "the very first error" in ran.err
        assert "the baseline could not be written" in ran.err
        assert "not started, or dropped in flight" in ran.out
        assert site.remembers
