"""A machine of writers, teammates, pulls, pushes, conflicts and kills in any order: what two sides go through."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from both_sides import MARK, OWNER, Files, chosen, marks_of, owners, shown
from journey_site import Died, adopt_as_hinted, is_relink
from pulled_site import dying
from writer import AT, Writer, is_settled

if TYPE_CHECKING:
    from journey_site import Ran

_DESTINATION = re.compile(r"\]\([^)]*\)|^\[[^\]]*\]: \S+", re.MULTILINE)


class BothSides(Writer):
    """One repository, one Intercom, and all that happens between the two."""

    # Runs ------------------------------------------------------------------------------------------------------------

    @rule(new=st.booleans())
    def pull(self, new: bool) -> None:  # noqa: FBT001  # Hypothesis passes by name
        clean, before = self._is_clean(), self.files.all().keys()
        ran = self._pulled(*["--new"] * new)
        if ran.code == 0:
            self.torn = False
            plan = self._plan()
            left = [item for item in plan["attention"] if item["kind"] in ("drift", "conflict")]
            assert left == [], f"a pull left {left}"
            if clean:
                changes = plan["changes"]
                if before != self.files.all().keys():
                    # A link leads to another language once the tree has a translation, or has it no more.
                    changes = [change for change in changes if not is_relink(change)]
                assert changes == [], f"a pull of a tree without edits made {changes}"

    @rule(at=AT, folder=st.booleans())
    def pull_an_address(self, at: int, folder: bool) -> None:  # noqa: FBT001  # as above
        address = chosen(self.files.addresses(folders=folder), at)
        if address:
            note(address)
            # A pull that ends the moves of one that died may move what was asked for.
            self._pulled(address, codes=(0, 2, 13) if self.torn else (0, 13))

    @rule(new=st.booleans())
    def pull_dry(self, new: bool) -> None:  # noqa: FBT001  # as above
        before = self.files.all()
        said = self.site("pull", "--dry-run", *["--new"] * new)
        assert said.code in (0, 13), (said.out, said.err)
        assert self.files.all() == before
        assert said.writes == []

    @rule(at=st.integers(0, 60), done=st.booleans(), new=st.booleans())
    def pull_and_die(self, at: int, done: bool, new: bool) -> None:  # noqa: FBT001  # as above
        patch = pytest.MonkeyPatch()
        with dying(patch, at, done=done):
            self._pulled(*["--new"] * new)
        self.torn = self.torn or Died.dead
        Died.dead = False

    def _plan(self) -> Any:
        ran = self.site("diff", "--format", "json")
        assert ran.code == 0, (ran.code, ran.err)
        return ran.json

    def _is_clean(self) -> bool:
        """Return whether nothing was edited in the tree that is not in Intercom."""
        ran = self.site("diff", "--format", "json")
        if ran.code:
            return False
        return not ran.json["changes"] and not any(item["kind"] == "conflict" for item in ran.json["attention"])

    def _pulled(self, *arguments: str, codes: tuple[int | None, ...] = (0, 13)) -> Ran:
        before, marks = self.files.all(), self.files.marks()
        old = self._ids_by_path()
        self.before_pulls.update(before.values())
        ran = self.site("pull", *arguments)
        note(f"pull {arguments}: {ran.code}\n{ran.out}{ran.err}")
        assert ran.code in ((None, 0, 1, 13) if Died.dead else codes), (ran.code, ran.out, ran.err)
        assert ran.writes == []
        after = self.files.all()
        lost = {mark for mark in marks - self.files.marks() - self.gone if mark[0] != "c"}
        assert not lost, f"a pull lost {lost} in the tree"
        back = (self.files.marks(clean=True) - marks) & self.dropped
        assert not back, f"a pull brought back {back}"
        for path, data in before.items():
            identifier, locale = old.get(path), self.files.place(path)[1]
            new = after.get(path)
            if identifier is None or data == new or any(place[1:] == (identifier, locale) for place in self.touched):
                continue
            touched = any(place[1] == identifier for place in self.touched)
            assert new is not None or touched or self.moved, f"a pull removed {path}"
            if new is not None:
                assert self.moved, f"a pull changed {path}, which nobody edited in Intercom"
                texts = (_DESTINATION.sub("", text.decode()) for text in (data, new))
                assert len(set(texts)) == 1, f"a pull changed more than links in {path}"
        if ran.code == 0 and not [each for each in arguments if each != "--new"]:
            self.touched.clear()
            self.moved = False
        return ran

    def _ids_by_path(self) -> dict[str, str]:
        """Return the ids of what files stand for, as far as they can be told."""
        known, here = self._known(), owners(self.site)
        self.owned |= {owner: some[0] for owner, some in here.items()}
        found = {}
        for path, data in self.files.all().items():
            own = OWNER.search(data.decode())
            identifier = self.owned.get(own[0]) if own else known.get(self.files.place(path)[0])
            if identifier:
                found[path] = identifier
        return found

    @rule()
    def push(self) -> None:
        self._pushed()

    @rule(at=AT)
    def push_over_an_edit(self, at: int) -> None:
        address = chosen(self.files.addresses(), at)
        if address and not self.files.texts(marked=True):
            note(address)
            self._pushed(address)

    @rule(number=st.integers(0, 6), done=st.booleans())
    def push_and_die(self, number: int, done: bool) -> None:  # noqa: FBT001  # as above
        ran = self.site.killed(number, done=done)
        Died.dead = False
        note(f"{ran.code}")
        assert ran.code in (None, 0, 11, 13), (ran.code, ran.out, ran.err)

    def _pushed(self, *over: str) -> Ran:
        before = shown(self.site)
        ids = {identifier for address in over for identifier in self._id_of(address)}
        ran = self.site.push(*(f"--overwrite-remote={address}" for address in over))
        note(f"push {over}: {ran.code}\n{ran.out}{ran.err}")
        marked = bool(self.files.texts(marked=True))
        assert ran.code in ((11,) if marked else (0, 13)), (ran.code, ran.out, ran.err)
        if over:
            for mark in marks_of(before).keys() - marks_of(shown(self.site)).keys():
                if marks_of(before)[mark][1] in ids and mark not in self.files.marks():
                    self.due.pop(mark, None)
        if ran.code != 11:
            self._ids_hold()
        return ran

    def _id_of(self, address: str) -> set[str]:
        if (self.files.root / self.files.path(address)).exists() and not address.endswith("/"):
            return self._id(address)
        known = self._known().get(address)
        return {known} if known else set()

    # What always holds -----------------------------------------------------------------------------------------------

    @invariant()
    def nothing_of_teammates_is_lost(self) -> None:
        if self.begun:
            here = marks_of(shown(self.site))
            lost = {mark: place for mark, place in self.due.items() if mark not in here}
            assert not lost, f"lost in Intercom: {lost}"

    @invariant()
    def nothing_is_there_twice(self) -> None:
        if self.begun:
            twice = {owner: some for owner, some in owners(self.site).items() if len(some) > 1}
            assert not twice, f"twice in Intercom: {twice}"
            if not self.torn:
                found: dict[str, list[str]] = {}
                for path, data in self.files.all().items():
                    if self.files.place(path)[1] == "en":
                        for owner in set(OWNER.findall(data.decode())):
                            found.setdefault(owner, []).append(path)
                assert not [some for some in found.values() if len(some) > 1], f"twice in the tree: {found}"

    def teardown(self) -> None:
        try:
            if self.begun:
                self._in_the_end_all_agree()
        finally:
            if self.begun:
                self.site.sandbox.close()
            self.folder.cleanup()

    def _in_the_end_all_agree(self) -> None:
        note("the end")
        for _ in range(6):
            adopt_as_hinted(self.site)
            pulled = self._pulled("--new")
            self.torn = False
            for path in self.files.texts(marked=True):
                self.a_writer_resolves_a_conflict(0, ("ours", "theirs", "both")[len(path) % 3])
            plan = self._plan()
            left = {item["address"] for item in plan["attention"] if item["kind"] in ("drift", "conflict")}
            ran = self._pushed(*sorted(address for address in left if address))
            self.nothing_of_teammates_is_lost()
            self.nothing_is_there_twice()
            if (pulled.code, ran.code, ran.writes, left) == (0, 0, [], set()):
                break
        self._nothing_to_do()
        self._same_words()
        self._comes_home_the_same()

    def _nothing_to_do(self) -> None:
        is_settled(self.site, self.files)

    def _same_words(self) -> None:
        """Hold that what is in the files is in Intercom, and the other way round."""
        here = shown(self.site)
        for path, identifier in self._ids_by_path().items():
            address, locale = self.files.place(path)
            text = next((text for place, text in here.items() if place[1:] == (identifier, locale)), "")
            marks = {mark for mark in MARK.findall(self.files.read(path)) if mark[0] != "c"}
            assert marks == set(MARK.findall(text)), f"{address} ({locale}): {marks} {text}"

    def _comes_home_the_same(self) -> None:
        """Hold that another checkout gets a tree of which nothing is to be pushed, and which is pulled as it is."""
        root = Path(self.folder.name, "second")
        second = self.site.beside(root)
        ran = second("pull")
        note(f"elsewhere: {ran.out}{ran.err}")
        assert (ran.code, ran.writes) == (0, []), (ran.out, ran.err)
        is_settled(second, Files(root / "content", self.files.layout))
