"""Whatever goes wrong once, the next push finishes the work: nothing is lost, nothing is there twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from faults import DEATHS, FAULTS, Line
from two_trees import STARTS, site_before

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from faults import Misfortune
    from journey_site import Site

pytestmark = pytest.mark.slow

Clean: TypeAlias = "Callable[[str], Any]"


def push_by(site: Site, misfortune: Misfortune, at: int, **more: bool) -> tuple[int | None, bool]:
    """Push with misfortune under way; return the exit code and whether it struck."""
    line = Line(site, misfortune, at, **more)
    ran = site.push()
    line.straighten()
    assert "Traceback" not in ran.err
    assert "not made for" not in ran.err
    return ran.code, line.struck


_CLEAN: dict[str, Any] = {}


@pytest.fixture
def clean(tmp_path_factory: pytest.TempPathFactory) -> Clean:
    """Give what an undisturbed push leaves behind."""

    def give(start: str) -> Any:
        if start not in _CLEAN:
            with site_before(tmp_path_factory.mktemp("clean"), start) as site:
                assert site.push().code == 0
                _CLEAN[start] = site.shown()
        return _CLEAN[start]

    return give


def converged(site: Site, clean: Any, *, finished: bool, where: str) -> None:
    """Hold that the help center is, perhaps after one more push, the one an undisturbed push leaves."""
    if not finished:
        ran = site.push()
        assert ran.code == 0, (where, ran.out, ran.err)
    assert site.shown() == clean, where
    ran = site.push()
    assert (ran.code, ran.writes) == (0, []), (where, ran.out, ran.err)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_at_any_request_costs_at_most_another_push(
    tmp_path: Path, clean: Clean, name: str, start: str
) -> None:
    for at in range(100):
        with site_before(tmp_path / str(at), start) as site:
            code, struck = push_by(site, FAULTS[name], at)
            if not struck:
                break
            assert code in (0, 1), (name, at)
            converged(site, clean(start), finished=code == 0, where=f"{name} at request {at}")
    assert at > 10


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("name", ["refused", "502 page"])
def test_a_server_that_goes_away_for_good_costs_another_push(
    tmp_path: Path, clean: Clean, name: str, start: str
) -> None:
    for at in range(100):
        with site_before(tmp_path / str(at), start) as site:
            code, struck = push_by(site, FAULTS[name], at, lasting=True)
            if not struck:
                break
            assert code == 1, (name, at)
            converged(site, clean(start), finished=False, where=f"{name} from request {at} on")
    assert at > 10


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("moment", DEATHS)
def test_a_push_that_dies_at_any_write_is_finished_by_the_next(
    tmp_path: Path, clean: Clean, moment: str, start: str
) -> None:
    for at in range(100):
        with site_before(tmp_path / str(at), start) as site:
            code, struck = push_by(site, DEATHS[moment], at, writes_only=True)
            if not struck:
                break
            assert code is None
            converged(site, clean(start), finished=False, where=f"died {moment} write {at}")
    assert at > 5


@pytest.mark.parametrize("moment", DEATHS)
def test_a_first_push_that_dies_with_its_disk_is_finished_elsewhere(tmp_path: Path, clean: Clean, moment: str) -> None:
    for at in range(100):
        with site_before(tmp_path / str(at), "first push") as site:
            _, struck = push_by(site, DEATHS[moment], at, writes_only=True)
            if not struck:
                break
            site.lose_disk()
            converged(site, clean("first push"), finished=False, where=f"died {moment} write {at}, disk lost")
    assert at > 5


@pytest.mark.parametrize("moment", DEATHS)
def test_a_later_push_that_dies_with_its_journal_is_finished_elsewhere(
    tmp_path: Path, clean: Clean, moment: str
) -> None:
    for at in range(100):
        with site_before(tmp_path / str(at), "later push") as site:
            _, struck = push_by(site, DEATHS[moment], at, writes_only=True)
            if not struck:
                break
            for journal in (site.root / ".helpsync/journal").glob("*.jsonl"):
                journal.unlink()
            converged(site, clean("later push"), finished=False, where=f"died {moment} write {at}, journal lost")
    assert at > 5
