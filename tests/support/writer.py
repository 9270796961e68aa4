"""Writers and teammates at work on one help center, and what they decided over: half of a machine of both sides."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from both_sides import (
    EDITS,
    HTML,
    MARK,
    OWNER,
    TEAMMATES,
    Files,
    Marks,
    chosen,
    edited,
    marks_of,
    new_page,
    owned,
    owners,
    resolved,
    rewritten,
    shown,
)
from churn import pass_a_day
from helpsync.content import moved_files
from helpsync.settings import load_config
from journey_site import Site, page
from switches import POSITIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from both_sides import Place

CONFIG = """\
default_locale: en
locales: [en, fr]
author: docs@example.com
state: published
on_remove: {on_remove}
layout: {layout}
limits: {{floor: 1000}}
rules: {{broken-link: warn, broken-anchor: warn}}
assets: {{url: "https://pictures.example/{{commit}}/{{path}}"}}
"""
FOLDERS = ("a/", "b/", "a/more/", "b/deep/")
_DESTINATION = re.compile(r"\]\([^)]*\)|^\[[^\]]*\]: \S+", re.MULTILINE)
AT = st.integers(0, 59)
LOCALE = st.sampled_from(["en", "fr"])


class Writer(RuleBasedStateMachine):
    """One repository, one Intercom, and everyone who writes in either."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.site: Site
        self.begun = False
        self.marks = Marks()
        self.articles = 0
        self.due: dict[str, Place] = {}
        """Marks of teammates that nobody has decided against, and where they are."""
        self.gone: set[str] = set()
        """Marks that teammates took out of Intercom."""
        self.dropped: set[str] = set()
        """Marks that writers took out of the tree."""
        self.before_pulls: set[bytes] = set()
        """What files held before pulls: a file with that again counts as not pulled (docs: how it works)."""
        self.touched: set[Place] = set()
        """Where teammates wrote since the last whole pull."""
        self.moved = False
        self.ids: dict[str, list[str]] = {}
        self.owned: dict[str, str] = {}
        """The ids of articles by whose words they have, also of those that are no longer there."""
        self.removed: set[str] = set()
        """The ids of articles that go with their files, whatever teammates do to them meanwhile."""
        self.torn = False
        """Whether a pull died since the last whole one."""

    @initialize(
        switches=st.sampled_from(POSITIONS),
        on_remove=st.sampled_from(["unpublish", "delete"]),
        layout=st.sampled_from(["suffix", "folder"]),
        articles=st.lists(st.tuples(st.sampled_from(FOLDERS), AT, st.booleans()), min_size=1, max_size=4),
        first_pull=st.booleans(),
    )
    def begin(
        self,
        switches: dict[str, Any],
        on_remove: str,
        layout: Any,
        articles: list[tuple[str, int, bool]],
        first_pull: bool,  # noqa: FBT001  # Hypothesis passes by name
    ) -> None:
        root = Path(self.folder.name, "site")
        self.on_remove = on_remove
        self.site = Site(root, admins=("ann@example.com",), **switches)
        self.site.write("helpsync.yaml", CONFIG.format(on_remove=on_remove, layout=layout))
        self.files = Files(root / "content", layout)
        self.site.write("content/pictures/local.png", "GIF89a, not really a picture")
        for folder in FOLDERS:
            for locale in ("en", "fr"):
                self.files.write(
                    self.files.path(folder, locale), page(name=folder.split("/")[-2] + " (fr)" * (locale == "fr"))
                )
        for folder, at, french in articles:
            self._created(folder, at, french=french)
        self.begun = True
        assert self.site.push().code == 0
        if first_pull:
            shutil.rmtree(root / "content")
            self.site.lose_disk()
            self.site.write("content/pictures/local.png", "GIF89a, not really a picture")
            ran = self.site("pull")
            assert (ran.code, ran.writes) == (0, []), (ran.out, ran.err)
            is_settled(self.site, self.files)
        self._ids_hold()

    def _known(self) -> dict[str, str]:
        """Return the ids that the baseline has, by address."""
        path = self.site.root / ".helpsync/sandbox/baseline.json"
        records = json.loads(path.read_text())["addresses"] if path.exists() else {}
        return {address: "g" * address.endswith("/") + record["id"] for address, record in records.items()}

    def _is_unsure(self, identifier: str) -> bool:
        """Return whether a push died over creating it and noted nothing: until the next one, only people could tell.

        Its translations would look like a teammate's own, and once it is moved, it like another article.
        """
        own = any(identifier in some and owner in self._in_files() for owner, some in owners(self.site).items())
        journal = self.site.root / ".helpsync/journal/sandbox.jsonl"
        noted = journal.exists() and f'"id":"{identifier}"' in journal.read_text(encoding="utf-8")
        return own and not noted and identifier not in self._known().values()

    def _in_files(self) -> set[str]:
        return {owner for data in self.files.all().values() for owner in OWNER.findall(data.decode())}

    def _id(self, address: str) -> set[str]:
        own = OWNER.search(self.files.read(self.files.path(address)))
        known = self._known().get(address)
        return {*owners(self.site).get(own[0] if own else "", ()), *([known] if known else [])}

    def _ids_hold(self) -> None:
        """Hold that an article keeps its id for as long as it has a file."""
        now = owners(self.site)
        texts = "\n".join(data.decode() for data in self.files.all().values())
        for owner, some in self.ids.items():
            if owner in texts:
                assert set(some) <= set(now.get(owner, ())), f"{owner} was {some}, is {now.get(owner)}"
        self.ids = now

    # Writers ---------------------------------------------------------------------------------------------------------

    def _created(self, folder: str, at: int, *, french: bool) -> None:
        self.articles += 1
        address = f"{folder}article-{self.articles}"
        for locale in ("en", "fr") if french else ("en",):
            text = new_page(self.articles, locale, at, self.marks("w"), self._link(at))
            self.files.write(self.files.path(address, locale), text)

    def _link(self, at: int) -> str:
        address = chosen(self.files.addresses(), at)
        return f"/{address}.md" if address else "https://example.com/"

    def _writes(self, hand: Callable[[], object]) -> None:
        """Let a writer do something; what they take out of the tree they have decided over."""
        before, files = self.files.marks(), self.files.all()
        hand()
        gone = before - self.files.marks()
        if self._half_moved:
            # The other copy goes, and what its writer took out of this one goes with it.
            now = self.files.all()
            for path in files.keys() & now.keys():
                self.gone |= {*MARK.findall(files[path].decode())} - {*MARK.findall(now[path].decode())}
        self.dropped |= gone
        for mark in gone:
            self.due.pop(mark, None)

    @rule(how=st.sampled_from(EDITS), file=AT, at=AT)
    def a_writer_edits_a_file(self, how: str, file: int, at: int) -> None:
        path = chosen(self.files.texts(folders=how in ("title", "description", "comment")), file)
        if path is None or (
            how == "description" and self.files.place(path)[0].count("/") > 1 and "_collection" in path
        ):
            return
        mark = self.marks("c" if how == "comment" else "w")
        text = self.files.read(path)
        note(f"{path} {how} {mark}")
        edited = rewritten(text, how, at, mark, self._link(at))
        if edited.encode() not in self.before_pulls:
            self._writes(lambda: self.files.write(path, edited))

    @rule(folder=st.sampled_from(FOLDERS), at=AT, french=st.booleans())
    def a_writer_adds_an_article(self, folder: str, at: int, french: bool) -> None:  # noqa: FBT001  # as above
        if folder in self.files.addresses(folders=True) and not self._half_moved:
            self._created(folder, at, french=french)

    @rule(article=AT, at=AT)
    def a_writer_translates_an_article(self, article: int, at: int) -> None:
        address = chosen(self.files.addresses(), article)
        if address is None or (self.files.root / self.files.path(address, "fr")).exists() or self._half_moved:
            return
        own = OWNER.search(self.files.read(self.files.path(address)))
        if own and not any(place[2] == "fr" and place[1] in self._id(address) for place in shown(self.site)):
            text = new_page(int(own[0][3:-1]), "fr", at, self.marks("w"), self._link(at))
            self.files.write(self.files.path(address, "fr"), text)

    @rule(article=AT, locale=LOCALE)
    def a_writer_removes_an_article_or_its_translation(self, article: int, locale: str) -> None:
        address = chosen(self.files.addresses(), article)
        if address is None or len(self.files.addresses()) == 1 or any(map(self._is_unsure, self._id(address))):
            return
        paths = [self.files.path(address, each) for each in {"fr", locale}]
        paths = [path for path in paths if (self.files.root / path).exists()]
        note(f"{paths}")
        for identifier in self._id(address):
            if locale == "en" and self.on_remove == "delete":
                self.removed.add(identifier)
            # A file that leaves decides over all that its text says.
            self.due = {
                mark: place
                for mark, place in self.due.items()
                if place[1] != identifier or (locale == "fr" and place[2] != "fr")
            }
        self._writes(lambda: self.files.remove(*paths))

    @rule(article=AT, folder=st.sampled_from(FOLDERS), links=st.booleans())
    def a_writer_moves_an_article(self, article: int, folder: str, links: bool) -> None:  # noqa: FBT001  # as above
        address = chosen(self.files.addresses(), article)
        if address is None or folder not in self.files.addresses(folders=True) or self._half_moved:
            return
        name = address.rpartition("/")[2]
        new = folder + (name if not address.startswith(folder) or "/" in address[len(folder) :] else f"{name}-x")
        if new not in self.files.addresses():
            self._renamed({address: new}, links=links)

    @rule(folder=st.sampled_from(FOLDERS[:2]), links=st.booleans())
    def a_writer_renames_a_folder(self, folder: str, links: bool) -> None:  # noqa: FBT001  # as above
        folders = self.files.addresses(folders=True)
        new = f"new-{folder}"
        if folder in folders and new not in folders and not self._half_moved:
            self._renamed({folder: new}, links=links)

    @property
    def _half_moved(self) -> bool:
        """Return whether a pull that died may have left files in two places: what writers did there would be split."""
        return (self.site.root / ".helpsync/journal/sandbox.pull.json").exists()

    def _renamed(self, moves: dict[str, str], *, links: bool) -> None:
        note(f"{moves}")
        # Who moves files without their links still takes their pictures along.
        links = links or any("images/" in data.decode() for data in self.files.all().values())
        moved = moved_files(load_config(self.site.root / "helpsync.yaml", cwd=self.site.root, environ={}), moves)
        for old, new in moved.renames.items():
            new.parent.mkdir(parents=True, exist_ok=True)
            data = old.read_bytes()
            self.files.remove(old.relative_to(self.files.root).as_posix())
            new.parent.mkdir(parents=True, exist_ok=True)
            new.write_bytes(data)
        for path, text in moved.texts.items() if links else ():
            path.write_bytes(text.encode())

    @rule(file=AT, side=st.sampled_from(["ours", "theirs", "both"]))
    def a_writer_resolves_a_conflict(self, file: int, side: str) -> None:
        path = chosen(self.files.texts(marked=True), file)
        if path is not None:
            note(f"{path}: {side}")
            text = self.files.read(path)
            self._writes(lambda: self.files.write(path, resolved(text, side)))
            self.dropped -= set(MARK.findall(self.files.read(path)))

    # Teammates -------------------------------------------------------------------------------------------------------

    def _by_hand(self, hand: Callable[[], object]) -> None:
        """Let a teammate do something; what they take out of Intercom they have decided over."""
        before = shown(self.site)
        hand()
        after = shown(self.site)
        self.touched |= {place for place in before.keys() | after.keys() if before.get(place) != after.get(place)}
        there, here = marks_of(before), marks_of(after)
        for mark in there.keys() - here.keys():
            self.gone.add(mark)
            self.due.pop(mark, None)
        for mark in here.keys() - there.keys():
            if here[mark][1] not in self.removed:
                self.due[mark] = here[mark]

    def _article(self, at: int, locale: str | None = None) -> Any:
        some = sorted(self.site.sandbox.articles(), key=lambda item: int(item["id"]))
        return chosen([item for item in some if locale is None or item["translated_content"].get(locale)], at)

    def _url(self, at: int) -> str:
        article = self._article(at)
        return str(article["url"] if article and article["url"] else "https://example.com/")

    @rule(article=AT, locale=LOCALE, how=st.sampled_from(TEAMMATES), at=AT)
    def a_teammate_edits_a_body(self, article: int, locale: str, how: str, at: int) -> None:
        found = self._article(article, locale)
        if found:
            mark = self.marks("t")
            body = edited(found["translated_content"][locale]["body"], how, at, mark, self._url(at))
            note(f"#{found['id']} {locale} {mark}: {body}")
            self._by_hand(lambda: self.site.sandbox.edit_article(found["id"], locale, body=body))

    @rule(article=AT, locale=LOCALE, what=st.sampled_from(["title", "description", "state", "author"]), at=AT)
    def a_teammate_edits_a_field(self, article: int, locale: str, what: str, at: int) -> None:
        found = self._article(article, locale)
        if found:
            value = {"state": ("draft", "published")[at % 2], "author": ("ann@", "docs@")[at % 2] + "example.com"}
            new = value.get(what, f"By hand: {self.marks('t')}" if at % 3 else f"'{self.marks('t')}' # it")
            note(f"#{found['id']} {locale} {what} {new}")
            self._by_hand(lambda: self.site.sandbox.edit_article(found["id"], locale, **{what: new}))

    @rule(group=AT, at=AT, french=st.booleans())
    def a_teammate_adds_an_article(self, group: int, at: int, french: bool) -> None:  # noqa: FBT001  # as above
        self.articles += 1
        where = chosen([*self._groups(), None], group)
        number = self.articles

        def body(locale: str) -> str:
            piece = HTML[at % len(HTML)].format(self.marks("t"), self._url(at), at)
            return f'<p class="no-margin">{owned(number, locale)}</p>{piece}'

        def add() -> None:
            state = ("published", "published", "draft")[at % 3]
            new = self.site.sandbox.create_article(
                f"Article {number}: {self.marks('t')}", body=body("en"), state=state, group=where and where[1]
            )
            note(f"#{new} in {where}")
            if french:
                self.site.sandbox.add_translation(new, "fr", title=f"Article {number} fr", body=body("fr"))

        self._by_hand(add)

    def _groups(self) -> list[tuple[str, str]]:
        return [(kind, item["id"]) for kind in ("collection", "section") for item in self._sorted(kind)]

    def _sorted(self, kind: Any) -> list[Any]:
        return sorted(self.site.sandbox.groups(kind), key=lambda item: int(item["id"]))

    @rule(article=AT, group=AT)
    def a_teammate_moves_an_article(self, article: int, group: int) -> None:
        found, where = self._article(article), chosen(self._groups(), group)
        if found and where and not self._is_unsure(found["id"]):
            note(f"#{found['id']} to {where}")
            self.moved = True
            self._by_hand(lambda: self.site.sandbox.move_article(found["id"], where[1]))

    @rule(article=AT)
    def a_teammate_deletes_an_article(self, article: int) -> None:
        found = self._article(article)
        if found and len(self.site.sandbox.articles()) > 1:
            note(f"#{found['id']}")
            self._by_hand(lambda: self.site.sandbox.delete_article(found["id"]))
            self.ids = {owner: some for owner, some in self.ids.items() if found["id"] not in some}

    @rule(article=AT, at=AT)
    def a_teammate_translates_an_article(self, article: int, at: int) -> None:
        found = self._article(article)
        own = OWNER.search(found["body"]) if found else None
        if own and not found["translated_content"].get("fr"):
            piece = HTML[at % len(HTML)].format(self.marks("t"), self._url(at), at)
            body = f'<p class="no-margin">{owned(int(own[0][3:-1]), "fr")}</p>{piece}'
            title = f"Traduit {self.marks('t')}"
            note(f"#{found['id']}")
            self._by_hand(lambda: self.site.sandbox.add_translation(found["id"], "fr", title=title, body=body))

    @rule(article=AT)
    def a_teammate_removes_a_translation(self, article: int) -> None:
        found = self._article(article, "fr")
        if found:
            note(f"#{found['id']}")
            self._by_hand(lambda: self.site.sandbox.remove_translation(found["id"], "fr"))

    @rule(group=AT, locale=LOCALE, what=st.sampled_from(["name", "description"]))
    def a_teammate_renames_a_collection(self, group: int, locale: str, what: str) -> None:
        kind, identifier = chosen(self._groups(), group)
        if kind == "collection" or what == "name":
            value = {what: f"Group {self.marks('t')}"}
            note(f"{kind} #{identifier} {locale} {value}")
            self._by_hand(lambda: self.site.sandbox.edit_group(identifier, locale, **value))

    @rule(section=AT, collection=AT)
    def a_teammate_moves_a_section(self, section: int, collection: int) -> None:
        found, where = chosen(self._sorted("section"), section), chosen(self._sorted("collection"), collection)
        if found and where:
            note(f"#{found['id']} to #{where['id']}")
            self.moved = True
            self._by_hand(lambda: self.site.sandbox.move_section(found["id"], where["id"]))

    @rule(seed=st.integers(0, 9))
    def intercom_moves_bodies_on_its_own(self, seed: int) -> None:
        pass_a_day(self.site.sandbox, seed)


def is_settled(site: Site, files: Files) -> None:
    """Hold that nothing is left to do: the diff is empty, a push writes nothing, and a pull changes no file."""
    before = files.all()
    diff = site("diff", "--exit-code")
    assert diff.code == 0, f"left to do: {diff.out}{diff.err}"
    push = site.push()
    assert (push.code, push.writes) == (0, []), f"the last push: {push.out}{push.err}"
    pull = site("pull", "--new")
    assert (pull.code, files.all()) == (0, before), f"the last pull: {pull.out}{pull.err}"
