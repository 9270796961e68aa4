"""A pull killed at any write leaves every file whole, and the next pull finishes it.

The suite takes a sample. All writings, with a table: `KILL_MATRIX=full pytest -n 0 -s` and this file.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import httpx
import pytest

from helpsync.baseline import write_whole
from helpsync.sync import pull as pulling
from helpsync.sync.checkout import Checkout
from helpsync.sync.pull import _Run
from journey_site import Died, Site
from pulled_site import PulledSite, dying

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from journey_site import Ran

pytestmark = pytest.mark.slow

FULL = os.environ.get("KILL_MATRIX") == "full"
EVERY = 1 if FULL else 13
"""At every how many-th writing a pull dies here."""

LOCALES = ("en", "fr")
BODY = "<h1>{0} plan</h1><p>{0} says one.</p><p>{0} says two.</p><p>See <a href='{1}'>it</a>.</p>{2}"


def help_center(site: PulledSite) -> None:
    """Let Intercom hold some collections of articles that link to each other, with pictures."""
    with site.sandbox.writing() as workspace:
        for number, name in ((11, "Billing"), (12, "Start"), (13, "Old")):
            center = next(iter(workspace.center_paths()))
            workspace.db.execute("INSERT INTO groups VALUES (?, 'collection', NULL, ?, 1, 0, 0, 0)", (number, center))
            workspace.db.execute("INSERT INTO labels VALUES (?, 'en', ?, '')", (number, name))
    urls: list[str] = [""]
    for number, title in enumerate(("Refunds", "Invoices", "Cards", "Seats")):
        picture = f'<img src="https://pictures.example/{number}.png">' if number % 2 else ""
        body = BODY.format(title, urls[-1] or "https://example.com/", picture)
        identifier = site.sandbox.create_article(title, body=body, state="published", group=11 + number % 2)
        site.sandbox.add_translation(identifier, "fr", title=f"{title} fr", body=body)
        urls.append(site.sandbox.article(identifier)["url"])
    old = site.sandbox.create_article("Fax", body="<p>Fax us.</p>", state="published", group=13)
    site.sandbox.add_translation(old, "fr", title="Fax fr", body="<p>Fax us.</p>")


def number_of(site: Site, title: str) -> str:
    (number,) = (item["id"] for item in site.sandbox.articles() if item["title"] == title)
    return str(number)


def edited(site: Site, title: str, old: str, new: str, locale: str = "en") -> None:
    """Let a teammate write one word instead of another."""
    number = number_of(site, title)
    body = site.sandbox.article(number)["translated_content"][locale]["body"]
    site.sandbox.edit_article(number, locale, body=body.replace(old, new))


def first(site: PulledSite) -> None:
    help_center(site)


def later(site: PulledSite) -> None:
    """Let teammates do all that they can do, and a writer edit a file that they edited elsewhere."""
    help_center(site)
    assert site.pull().code == 0
    for path in site.root.glob("content/*/refunds*.md"):
        path.write_text(path.read_text().replace("says one", "wrote one"), encoding="utf-8")
    edited(site, "Refunds", "says two", "means two")
    edited(site, "Invoices", "says one", "means one", "fr")
    site.sandbox.edit_article(number_of(site, "Invoices"), title="Bills")
    site.sandbox.move_article(number_of(site, "Seats"), 11)
    site.sandbox.remove_translation(number_of(site, "Seats"), "fr")
    site.sandbox.delete_article(number_of(site, "Cards"))
    site.sandbox.delete_article(number_of(site, "Fax"))
    site.sandbox.delete_group("collection", 13)
    site.sandbox.edit_group(12, name="Get going")
    site.sandbox.create_article("New one", body=BODY.format("New", "https://example.com/", ""), group=12)


def conflicting(site: PulledSite) -> None:
    """Let a teammate and a writer change the same sentence."""
    help_center(site)
    assert site.pull().code == 0
    for path in site.root.glob("content/*/refunds*.md"):
        path.write_text(path.read_text().replace("says one", "wrote one"), encoding="utf-8")
    for locale in LOCALES:
        edited(site, "Refunds", "says one", "means one", locale)
    edited(site, "Invoices", "says one", "means one")


class Begun:
    """A site in front of a pull, to which it comes back as often as is asked; what an undisturbed pull makes of it.

    `whole` has, by path, all that a file held while the undisturbed pull ran.
    """

    def __init__(self, root: Path, prepare: Callable[[PulledSite], None], monkeypatch: pytest.MonkeyPatch) -> None:
        self.site = PulledSite(root / "site", locales=LOCALES)
        self._kept = root / "kept"
        prepare(self.site)
        shutil.copytree(self.site.root, self._kept)
        self.before = self.site.files()
        self.whole = {path: {data} for path, data in self.before.items()}
        self.ran = self._watched(monkeypatch)
        self.after = self.site.files()
        self.left = self.plan()

    def again(self) -> PulledSite:
        """Return the site as it was in front of the pull."""
        shutil.rmtree(self.site.root)
        shutil.copytree(self._kept, self.site.root)
        return self.site

    def _watched(self, monkeypatch: pytest.MonkeyPatch) -> Ran:
        content = self.site.root / "content"
        really = os.replace

        def replace(source: Path, target: Path) -> None:
            if content in target.parents:
                path = target.relative_to(content).as_posix()
                self.whole.setdefault(path, set()).add(source.read_bytes())
            really(source, target)

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", replace)
            return self.site.pull("--new")

    def plan(self) -> list[Any]:
        """Return what a push would do now, which is what the writer edited and nothing else."""
        plan = self.site("diff", "--format", "json")
        return [plan.code, plan.json["changes"] if plan.out else plan.err]

    def torn(self) -> list[str]:
        """Return the paths of files that are neither as they were nor as they are to be."""
        files = self.site.files()
        wrong = [path for path, data in files.items() if data not in self.whole.get(path, ())]
        return wrong + [path for path in self.before.keys() & self.after.keys() if path not in files]


@pytest.fixture(params=[first, later, conflicting])
def begun(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Begun, pytest.MonkeyPatch]]:
    start = Begun(tmp_path, request.param, monkeypatch)
    with start.site:
        assert start.ran.code == (13 if request.param is conflicting else 0), start.ran.err
        assert start.before != start.after
        yield start, monkeypatch


@pytest.mark.parametrize("done", [False, True])
def test_the_next_pull_finishes_one_killed_at_any_write(
    begun: tuple[Begun, pytest.MonkeyPatch],
    done: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    start, monkeypatch = begun
    at = places = 0
    while True:
        site = start.again()
        with dying(monkeypatch, at, done=done) as counted:
            site.pull("--new")
        if counted[0] <= at:
            break
        assert Died.dead
        Died.dead = False
        assert start.torn() == [], at
        assert site.pull("--new").code == start.ran.code, at
        assert site.files() == start.after, at
        assert start.plan() == start.left, at
        places += 1
        at += EVERY
    assert places > 3
    if FULL:
        print(f"\n{places} deaths, each ended by the next pull")  # noqa: T201  # what the long run is for


class _Deaf(httpx.AsyncBaseTransport):
    """Ends the process at the n-th request."""

    def __init__(self, inner: httpx.AsyncBaseTransport, number: int) -> None:
        self.inner = inner
        self.left = number

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.left -= 1
        if self.left < 0:
            raise Died
        return await self.inner.handle_async_request(request)


@pytest.mark.parametrize("number", [0, 2, 4])
def test_a_pull_killed_while_reading_has_written_nothing(begun: tuple[Begun, pytest.MonkeyPatch], number: int) -> None:
    start, _ = begun
    site = start.again()
    straight = site.transport
    site.transport = lambda inner: _Deaf(inner, number)
    assert site.pull("--new").code is None
    site.transport = straight
    Died.dead = False
    assert site.files() == start.before
    assert site.pull("--new").code == start.ran.code
    assert site.files() == start.after


def test_a_full_disk_ends_a_pull_with_a_message_and_whole_files(
    begun: tuple[Begun, pytest.MonkeyPatch],
) -> None:
    start, monkeypatch = begun
    really = os.fsync
    for at in range(0, 40, 10):
        counted = [0]

        def fsync(file: int, at: int = at, counted: list[int] = counted) -> None:
            counted[0] += 1
            if counted[0] > at:
                raise OSError(28, "No space left on device")
            really(file)

        site = start.again()
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fsync)
            ran = site.pull("--new")
        if counted[0] <= at:
            break
        assert ran.code == 1
        assert "No space left" in ran.err
        assert start.torn() == []
        assert site.pull("--new").code == start.ran.code
        assert site.files() == start.after


def test_the_baseline_keeps_what_an_interrupted_pull_wrote(tmp_path: Path) -> None:
    with PulledSite(tmp_path, locales=LOCALES) as site:
        help_center(site)
        assert site.pull().code == 0
        new = site.sandbox.create_article("New one", body="<p>New.</p>", state="published", group=11)
        with patch.object(Checkout, "end_pull", side_effect=Died):
            assert site.pull("--new").code is None
        Died.dead = False
        assert site.pull("--new").code == 0
        (site.root / "content/billing/new-one.md").unlink()
        assert site.pull("--new").code == 0
        assert not (site.root / "content/billing/new-one.md").exists()
        assert [(change["action"], change["id"]) for change in site.plan()["changes"]] == [("unpublish", new)]


def test_the_baseline_keeps_what_two_interrupted_pulls_wrote(tmp_path: Path) -> None:
    with PulledSite(tmp_path, locales=LOCALES) as site:
        help_center(site)
        assert site.pull().code == 0
        for number, title in enumerate(("Refunds", "Invoices")):
            edited(site, title, "says one", f"means {number}")
            with patch.object(Checkout, "end_pull", side_effect=Died):
                assert site.pull().code is None
            Died.dead = False
        path = site.root / "content/billing/refunds.md"
        path.write_text(path.read_text().replace("means 0", "means nothing"), encoding="utf-8")
        plan = site.plan()
        assert [(change["action"], change["address"]) for change in plan["changes"]] == [("update", "billing/refunds")]
        assert plan["attention"] == []


def test_edits_of_both_sides_merge_after_an_interrupted_pull(tmp_path: Path) -> None:
    with PulledSite(tmp_path, locales=LOCALES) as site:
        help_center(site)
        assert site.pull().code == 0
        path = site.root / "content/billing/refunds.md"
        path.write_text(path.read_text().replace("Refunds plan", "Our plan"), encoding="utf-8")
        edited(site, "Refunds", "says one", "means one")
        with patch.object(Checkout, "end_pull", side_effect=Died):
            assert site.pull().code is None
        Died.dead = False
        edited(site, "Refunds", "says two", "means two")
        ran = site.pull()
        assert ran.code == 0, ran.out
        text = path.read_text(encoding="utf-8")
        assert ["Our plan" in text, "means one" in text, "means two" in text] == [True, True, True]


def test_an_interrupted_move_of_an_article_is_completed_with_local_edits(
    tmp_path: Path,
) -> None:
    with PulledSite(tmp_path, locales=LOCALES) as site:
        help_center(site)
        assert site.pull().code == 0
        path = site.root / "content/start/seats.fr.md"
        path.write_text(path.read_text().replace("says one", "wrote one"), encoding="utf-8")
        site.sandbox.move_article(number_of(site, "Seats"), 11)
        written: list[Path] = []

        def mortal_one(path: Path, data: bytes) -> None:
            if written:
                raise Died
            written.append(path)
            write_whole(path, data)

        with patch.object(pulling, "write_whole", mortal_one):
            assert site.pull().code is None
        Died.dead = False
        assert {name for name in site.files() if "billing/seats" in name} == {"billing/seats.md"}
        assert site.pull().code == 0
        assert {name for name in site.files() if "seats" in name} == {"billing/seats.md", "billing/seats.fr.md"}
        assert "wrote one" in site.files()["billing/seats.fr.md"].decode()


@pytest.fixture
def half_moved(tmp_path: Path) -> Iterator[PulledSite]:
    """Give a site whose article was about to move when the pull died: its files are in both places."""
    with PulledSite(tmp_path, locales=LOCALES) as site:
        help_center(site)
        assert site.pull().code == 0
        site.sandbox.move_article(number_of(site, "Seats"), 11)
        with patch.object(_Run, "_remove", side_effect=Died):
            assert site.pull().code is None
        Died.dead = False
        assert {path for path in site.files() if "seats" in path} == {
            f"{folder}/seats{ending}" for folder in ("start", "billing") for ending in (".md", ".fr.md")
        }
        yield site


def test_an_interrupted_move_takes_a_later_edit_along(half_moved: PulledSite) -> None:
    old = half_moved.root / "content/start/seats.md"
    old.write_text(old.read_text().replace("says one", "wrote one"), encoding="utf-8")
    refused = half_moved("push", "--yes")
    assert (refused.code, refused.writes) == (13, [])
    assert half_moved.pull().code == 0
    assert not old.exists()
    assert "wrote one" in half_moved.files()["billing/seats.md"].decode()
    changes = half_moved.plan()["changes"]
    assert [(change["action"], change["address"]) for change in changes] == [("update", "billing/seats")]


def test_pull_drops_neither_of_two_edited_copies(half_moved: PulledSite) -> None:
    copies = [half_moved.root / f"content/{folder}/seats.md" for folder in ("start", "billing")]
    for number, path in enumerate(copies):
        path.write_text(path.read_text().replace("says one", f"wrote {number}"), encoding="utf-8")
    before = [path.read_bytes() for path in copies]
    ran = half_moved.pull()
    assert ran.code == 13
    assert "content/start/seats.md" in ran.err
    assert [path.read_bytes() for path in copies] == before
    copies[0].unlink()
    assert half_moved.pull().code == 0
    assert "wrote 1" in copies[1].read_text(encoding="utf-8")
