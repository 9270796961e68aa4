"""A machine of writers, teammates, two runners, kills and lost disks in any order: what a help center goes through."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from churn import pass_a_day
from examples import examples
from journey_site import Ran, Site, adopt_as_hinted
from switches import POSITIONS
from teammates import ByHand, ids, published
from wanted_tree import Wanted, pieces, steps, unambiguous

if TYPE_CHECKING:
    from wanted_tree import Step


def _same_places(wanted: Wanted, begun: Wanted) -> bool:
    """Return whether what a dead push began can be told by its address: that, and its old title, is what it noted."""
    return all(number in wanted.articles and wanted.path(number) == begun.path(number) for number in begun.articles)


def stories(count: int, *, steps: int, variable: str) -> settings:
    """Return the settings for so many stories of so many steps; `variable`, and MACHINE_STEPS, ask for a long run."""
    return settings(
        examples(count, variable=variable, suppress=[HealthCheck.filter_too_much]),
        stateful_step_count=int(os.environ.get("MACHINE_STEPS", steps)),
        report_multiple_bugs=False,  # one story at a time is read
    )


class HelpCenter(RuleBasedStateMachine):
    """One Intercom, two checkouts of one repository, and everyone who works on it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runners: list[Site] = []
        self.turn = 0
        self.committed: bytes | None = None
        self.wanted = Wanted()
        self.by_hand = ByHand()
        self.ids: dict[int, set[str]] = {}
        self.pushed = Wanted()
        self.renewed: set[int] = set()
        self.died_on: int | None = None
        self.begun: list[Wanted] = []

    @property
    def site(self) -> Site:
        return self.runners[self.turn]

    @property
    def someone_died(self) -> bool:
        return self.died_on is not None

    @property
    def fragile(self) -> bool:
        """Return whether only what Intercom shows tells what a push that died had done."""
        return self.died_on is not None and (self.turn != self.died_on or not self.site.remembers)

    @property
    def as_begun(self) -> bool:
        """Return whether the tree is what those who died were pushing: else nobody could tell their work by it."""
        return all(wanted == self.wanted for wanted in self.begun)

    def _baseline(self) -> Path:
        return self.site.root / ".helpsync/sandbox/baseline.json"

    @initialize(
        switches=st.sampled_from(POSITIONS),
        on_remove=st.sampled_from(["unpublish", "delete"]),
        articles=st.dictionaries(st.integers(0, 5), pieces(), min_size=1, max_size=4),
    )
    def begin(self, switches: dict[str, Any], on_remove: str, articles: dict[int, Any]) -> None:
        note(f"{switches} {on_remove}")
        self.runners = self._opened(on_remove, switches)
        wanted = Wanted(articles)
        self.wanted = wanted if unambiguous(wanted) else Wanted({0: next(iter(articles.values()))})

    def _opened(self, on_remove: str, switches: dict[str, Any]) -> list[Any]:
        """Return the two checkouts."""
        first = Site(Path(self.folder.name, "first"), on_remove=on_remove, **switches)
        return [first, first.beside(Path(self.folder.name, "second"))]

    # Writers ---------------------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.fragile)
    @rule(change=steps())
    def a_writer_edits_the_tree(self, change: Step) -> None:
        wanted = change(self.wanted)
        if wanted.articles and unambiguous(wanted) and all(_same_places(wanted, begun) for begun in self.begun):
            self.wanted = wanted

    # Teammates -------------------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.someone_died)
    @rule(
        number=st.integers(0, 5),
        locale=st.sampled_from(["en", "fr"]),
        what=st.sampled_from(["body", "title", "description"]),
    )
    def a_teammate_edits_an_article(self, number: int, locale: str, what: str) -> None:
        self.by_hand.edit(self.site, number, locale, what)

    @precondition(lambda self: not self.someone_died)
    @rule(number=st.integers(0, 5))
    def a_teammate_translates_an_article(self, number: int) -> None:
        if number not in self.wanted.articles or "fr" not in self.wanted.articles[number].texts:
            self.by_hand.translate(self.site, number)

    @precondition(lambda self: not self.someone_died)
    @rule(number=st.integers(0, 5), position=st.integers(0, 3))
    def a_teammate_moves_an_article(self, number: int, position: int) -> None:
        self.by_hand.move(self.site, number, position)

    @precondition(lambda self: not self.someone_died)
    @rule(number=st.integers(0, 5))
    def a_teammate_deletes_an_article(self, number: int) -> None:
        self.by_hand.delete(self.site, number)
        self.renewed.add(number)

    @precondition(lambda self: not self.someone_died)
    @rule(
        number=st.integers(0, 5),
        locale=st.sampled_from(["en", "fr"]),
        what=st.sampled_from(["body", "title", "description"]),
    )
    def a_teammate_edits_an_article_while_it_is_pushed(self, number: int, locale: str, what: str) -> None:
        self._checked_out()
        identifier = next(iter(ids(self.site).get(number, set())), None)
        edited: list[bool] = []

        def edit(method: str, path: str, phase: str) -> None:
            if (method, path, phase) == ("GET", f"/articles/{identifier}", "before") and not edited:
                edited.append(self.by_hand.edit(self.site, number, locale, what))

        self.site.sandbox.on_request = edit
        try:
            self.push()
        finally:
            self.site.sandbox.on_request = None

    @rule(seed=st.integers(0, 9))
    def intercom_moves_bodies_on_its_own(self, seed: int) -> None:
        pass_a_day(self.site.sandbox, seed)

    # Runners ---------------------------------------------------------------------------------------------------------

    @rule()
    def push(self) -> None:
        self._checked_out()
        ran = self.site.push()
        assert ran.code in (0, 13), (ran.code, ran.out, ran.err)
        self._committed()

    @rule(number=st.integers(0, 12), done=st.booleans())
    def push_and_die(self, number: int, done: bool) -> None:  # noqa: FBT001  # Hypothesis passes by name
        self._checked_out()
        ran = self.site.killed(number, done=done)
        assert ran.code in (None, 0, 13), (ran.code, ran.out, ran.err)
        if ran.code is None:
            self.died_on = self.turn
            self.begun.append(self.wanted)
        else:
            self._committed()

    @precondition(lambda self: self.as_begun)
    @rule()
    def the_disk_is_lost(self) -> None:
        self.site.lose_disk()

    @precondition(lambda self: self.as_begun)
    @rule()
    def the_other_runner_takes_over(self) -> None:
        self.turn = 1 - self.turn

    def _checked_out(self) -> None:
        """Bring this checkout to what the repository has: the tree, and the baseline as committed last."""
        self.by_hand.forget(self.wanted)
        self.site.content(self.wanted.files())
        path = self._baseline()
        if self.committed is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.committed)
        else:
            path.unlink(missing_ok=True)

    def _note_committed(self) -> None:
        """Keep the baseline as it is committed after a push."""
        path = self._baseline()
        self.committed = path.read_bytes() if path.exists() else None

    def _committed(self) -> None:
        self._note_committed()
        self.died_on = None
        self.begun.clear()
        self.by_hand.agree(self.site, self.wanted)
        self._ids_hold()

    def _ids_hold(self) -> None:
        """Hold that an article whose file kept its place or its text is still the same one in Intercom."""
        now = ids(self.site)
        both = self.wanted.articles.keys() & self.pushed.articles.keys()
        self.renewed |= {
            number
            for number in both
            if self.wanted.path(number) != self.pushed.path(number)
            and self.wanted.articles[number].texts["en"] != self.pushed.articles[number].texts["en"]
        }
        for number in both - self.renewed:
            before = self.ids.get(number, set())
            assert before <= now.get(number, set()), f"article {number} was {before}, is {now.get(number)}"
            assert len(before) == len(now[number]) or not before, f"article {number} is there twice: {now[number]}"
        self.ids, self.pushed = now, self.wanted

    # What always holds -----------------------------------------------------------------------------------------------

    @invariant()
    def no_edit_is_lost(self) -> None:
        if self.runners:
            assert self.by_hand.lost(self.site) == []

    @invariant()
    def nothing_is_there_twice(self) -> None:
        if self.runners:
            assert [number for number, times in published(self.site).items() if times > 1] == []

    def teardown(self) -> None:
        try:
            if self.runners:
                self._in_the_end_all_agree()
        finally:
            for site in self.runners[:1]:
                site.sandbox.close()
            self.folder.cleanup()

    def _in_the_end_all_agree(self) -> None:
        self.push()
        self.wanted = self.by_hand.taken_home(self.wanted)
        self.by_hand.moved.clear()
        for _ in range(4):
            self._checked_out()
            ran = self._decided()
            assert ran.code in (0, 13), (ran.code, ran.out, ran.err)
            self._committed()
            if ran.code == 0 and not ran.writes:
                break
        assert self.by_hand.lost(self.site) == []
        plan = self.site.plan()
        assert plan["changes"] == []
        assert [item for item in plan["attention"] if item["kind"] in ("drift", "conflict")] == []
        last = self.site.push()
        assert (last.code, last.writes) == (0, [])
        assert published(self.site) == dict.fromkeys(self.wanted.articles, 1)

    def _decided(self) -> Ran:
        """Push, deciding for the files, which have all edits by now, wherever both sides differ."""
        adopt_as_hinted(self.site)
        attention = self.site.plan()["attention"]
        addresses = {item["address"] for item in attention if item["kind"] in ("drift", "conflict")}
        return self.site.push(*(f"--overwrite-remote={address}" for address in sorted(addresses)))
