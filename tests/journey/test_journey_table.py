"""The three-way table (design: Three-way), each row for each field of articles, collections and sections."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from journey_site import Site, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

OLD, NEW, OTHER = range(3)
TEXTS = ("First.", "Second.", "Third.")
ADMINS = ("docs@example.com", "ann@example.com", "bob@example.com")
PLACES = ("a", "b", "c")


@dataclass(frozen=True)
class Field:
    """A field of an item in a locale; `values` are what it was, and two others that each side may give it."""

    name: str
    locale: str
    values: tuple[str, ...]
    kind: str = "article"

    def __str__(self) -> str:
        return f"{self.kind} {self.locale} {self.name}"


def both(name: str, values: tuple[str, ...], kind: str = "article") -> list[Field]:
    return [Field(name, locale, values, kind) for locale in ("en", "fr")]


ARTICLE = [
    *both("title", ("One", "Two", "Three")),
    *both("description", ("Old words", "New words", "Other words")),
    *both("body", TEXTS),
    *both("state", ("published", "draft", "published")),
    *both("author", ADMINS),
]
GROUPS = [
    *both("name", ("A", "New A", "Other A"), "collection"),
    *both("description", ("Old words", "New words", "Other words"), "collection"),
    *both("name", ("S", "New S", "Other S"), "section"),
]
PARENTS = [Field("parent", "", PLACES), Field("parent", "", PLACES, "section")]


@dataclass
class Center:
    """A help center with one of each, whose fields both sides can set."""

    site: Site
    set: dict[tuple[str, str, str], str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)

    def write(self) -> None:
        """Write the tree as the fields are set."""
        files = {f"{place}/_collection.md": page(name=place.upper(), description="Old words") for place in PLACES}
        files |= {f"{place}/other.md": page("x\n", title=f"Other {place}") for place in PLACES}
        for locale in ("en", "fr"):
            ending = ".md" if locale == "en" else f".{locale}.md"
            own = {"title": "One", "description": "Old words", "author": ADMINS[0], "state": "published"}
            own |= {
                name: value for (kind, each, name), value in self.set.items() if (kind, each) == ("article", locale)
            }
            body = own.pop("body", TEXTS[0])
            files[f"{self.parent('article')}/one{ending}"] = page(f"{body}\n", **own)
            for kind, path, name in (("collection", "a", "A"), ("section", f"{self.parent('section')}/s", "S")):
                label = {"name": name} | ({"description": "Old words"} if kind == "collection" else {})
                label |= {key: value for (*of, key), value in self.set.items() if of == [kind, locale]}
                files[f"{path}/_collection{ending}"] = page(**label)
        files[f"{self.parent('section')}/s/within.md"] = page("y\n", title="Within")
        self.site.content(files)

    def parent(self, kind: str) -> str:
        return self.set.get((kind, "", "parent"), "a")

    def in_tree(self, one: Field, value: int) -> None:
        self.set[one.kind, one.locale, one.name] = one.values[value]
        self.write()

    def by_hand(self, one: Field, value: int) -> None:
        sandbox, wanted = self.site.sandbox, one.values[value]
        if one.kind == "article" and one.name == "parent":
            sandbox.move_article(self.number("article"), self.number("collection", wanted.upper()))
        elif one.kind == "section" and one.name == "parent":
            sandbox.move_section(self.number("section"), self.number("collection", wanted.upper()))
        elif one.kind == "article":
            fields = {one.name: f"<p>{wanted}</p>" if one.name == "body" else wanted}
            sandbox.edit_article(self.number("article"), one.locale, **fields)
        else:
            sandbox.edit_group(self.number(one.kind), one.locale, **{one.name: wanted})

    def number(self, kind: str, name: str = "") -> str:
        """Return the id of a collection by its name, or of what the fields belong to: each was made first."""
        items = self.site.sandbox.articles() if kind == "article" else self.site.sandbox.groups(kind)
        if name:
            return str(next(item["id"] for item in items if item["name"] == name))
        return self.numbers[kind]

    def push_first(self) -> None:
        self.write()
        assert self.site.push().code == 0
        articles, groups = self.site.sandbox.articles(), self.site.sandbox.groups("collection")
        self.numbers = {
            "article": str(next(item["id"] for item in articles if item["title"] == "One")),
            "collection": str(next(item["id"] for item in groups if item["name"] == "A")),
            "section": str(self.site.sandbox.groups("section")[0]["id"]),
        }
        assert self.site.plan()["summary"]["unchanged"] == 9

    def shown(self, one: Field) -> str:
        """Return what Intercom holds of a field."""
        number = self.numbers[one.kind]
        if one.kind != "article":
            (item,) = [item for item in self.site.sandbox.groups(one.kind) if item["id"] == number]
            if one.name == "parent":
                return self.name_of(item["parent_id"])
            return str(item["translated_content"][one.locale][one.name])
        item = self.site.sandbox.article(number)
        if one.name == "parent":
            return self.name_of(item["parent_id"])
        value = item["translated_content"][one.locale]["author_id" if one.name == "author" else one.name]
        if one.name == "author":
            with self.site.sandbox.reading() as workspace:
                row = workspace.db.execute("SELECT email FROM admins WHERE id = ?", (value,)).fetchone()
            return str(row["email"])
        return str(value).replace('<p class="no-margin">', "").removesuffix("</p>")

    def name_of(self, number: Any) -> str:
        groups = self.site.sandbox.groups("collection")
        return str(next(item["name"] for item in groups if str(item["id"]) == str(number))).lower()

    def address(self, kind: str) -> str:
        return {"article": f"{self.parent('article')}/one", "collection": "a/"}.get(
            kind, f"{self.parent('section')}/s/"
        )


@pytest.fixture
def center(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Center]:
    """Give the help center, pushed."""
    switches = getattr(request, "param", {})
    with Site(tmp_path, admins=ADMINS, **switches) as site:
        center = Center(site)
        center.push_first()
        yield center


ALL = [*ARTICLE, *GROUPS, *PARENTS]
# Two states are all there are: what both sides may change otherwise has three.
THREE = [one for one in ALL if one.name != "state"]


@pytest.mark.parametrize("one", ALL, ids=str)
def test_changed_in_the_tree_alone_is_sent(center: Center, one: Field) -> None:
    center.in_tree(one, NEW)
    ran = center.site.push()
    assert (ran.code, len(ran.writes)) == (0, 1)
    assert center.shown(one) == one.values[NEW]
    assert center.site.push().writes == []


@pytest.mark.parametrize("one", ALL, ids=str)
def test_changed_in_intercom_alone_is_drift_that_is_left_alone(center: Center, one: Field) -> None:
    center.by_hand(one, NEW)
    for _ in range(2):
        (drift,) = center.site.plan()["attention"]
        assert (drift["kind"], drift["address"]) == ("drift", center.address(one.kind))
        assert drift["edits"].keys() == ({one.locale} if one.locale else set())
        changed = {**drift["fields"], **drift["edits"].get(one.locale, {})}
        assert changed.keys() == {one.name}
        assert drift["edited_at"] == int(center.site.clock.now)
        ran = center.site.push()
        assert (ran.code, ran.writes) == (0, [])
    assert center.shown(one) == one.values[NEW]


@pytest.mark.parametrize("one", ALL, ids=str)
def test_changed_on_both_sides_alike_moves_the_baseline_without_a_write(center: Center, one: Field) -> None:
    center.by_hand(one, NEW)
    center.in_tree(one, NEW)
    ran = center.site.push()
    assert (ran.code, ran.writes) == (0, [])
    assert center.site.plan()["attention"] == []
    center.in_tree(one, OLD)
    assert len(center.site.push().writes) == 1
    assert center.shown(one) == one.values[OLD]


@pytest.mark.parametrize("one", THREE, ids=str)
def test_changed_on_both_sides_otherwise_is_a_conflict_of_its_address_alone(center: Center, one: Field) -> None:
    center.by_hand(one, NEW)
    center.in_tree(one, OTHER)
    center.site.write("content/b/other.md", page("z\n", title="Other b"))
    (conflict,) = center.site.plan()["attention"]
    assert (conflict["kind"], conflict["address"]) == ("conflict", center.address(one.kind))
    changed = {**conflict["fields"], **conflict["edits"].get(one.locale, {})}
    assert changed.keys() == {one.name}
    ran = center.site.push()
    assert (ran.code, len(ran.writes)) == (13, 1)
    assert center.shown(one) == one.values[NEW]


@pytest.mark.parametrize("one", THREE, ids=str)
def test_a_conflict_shows_the_edit_from_what_both_sides_last_agreed_on(center: Center, one: Field) -> None:
    center.by_hand(one, NEW)
    center.in_tree(one, OTHER)
    (conflict,) = center.site.plan()["attention"]
    shown = str({**conflict["fields"], **conflict["edits"].get(one.locale, {})}[one.name])
    if one.name != "author":
        assert one.values[OLD] in shown
        assert one.values[NEW] in shown
    assert one.values[OTHER] not in shown


@pytest.mark.parametrize("conflicting", [False, True], ids=["drift", "conflict"])
@pytest.mark.parametrize("one", THREE, ids=str)
def test_an_overwrite_lets_the_file_win_and_says_over_what(center: Center, one: Field, conflicting: bool) -> None:  # noqa: FBT001 - a parameter of the table
    center.by_hand(one, NEW)
    if conflicting:
        center.in_tree(one, OTHER)
    address = center.address(one.kind)
    (change,) = center.site("push", "--dry-run", "--overwrite-remote", address, "--format", "json").json["changes"]
    assert change["overwrites"]["fields"] == [{"locale": one.locale or None, "field": one.name}]
    assert change["overwrites"]["edited_at"] == int(center.site.clock.now)
    ran = center.site.push("--overwrite-remote", address)
    assert (ran.code, len(ran.writes)) == (0, 1)
    assert center.shown(one) == one.values[OTHER if conflicting else OLD]
    assert center.site.plan()["attention"] == []


SAME_LOCALE = [pair for pair in itertools.permutations(ARTICLE, 2) if pair[0].locale == pair[1].locale]


@pytest.mark.parametrize("center", [{"locale_block": "replace"}], indirect=True, ids=str)
@pytest.mark.parametrize(("drifting", "sent"), SAME_LOCALE, ids=str)
def test_a_field_that_drifts_blocks_no_other_of_its_locale(center: Center, drifting: Field, sent: Field) -> None:
    center.by_hand(drifting, NEW)
    center.in_tree(sent, NEW)
    ran = center.site.push()
    assert (ran.code, len(ran.writes)) == (0, 1)
    assert (center.shown(drifting), center.shown(sent)) == (drifting.values[NEW], sent.values[NEW])
    (drift,) = center.site.plan()["attention"]
    assert {locale: set(names) for locale, names in drift["edits"].items()} == {drifting.locale: {drifting.name}}


@pytest.mark.parametrize("center", [{"locale_block": "replace"}], indirect=True, ids=str)
@pytest.mark.parametrize(("drifting", "sent"), list(itertools.permutations(GROUPS[:4], 2)), ids=str)
def test_a_field_of_a_collection_that_drifts_blocks_no_other(center: Center, drifting: Field, sent: Field) -> None:
    center.by_hand(drifting, NEW)
    center.in_tree(sent, NEW)
    ran = center.site.push()
    assert (ran.code, len(ran.writes)) == (0, 1)
    assert (center.shown(drifting), center.shown(sent)) == (drifting.values[NEW], sent.values[NEW])
    assert len(center.site.plan()["attention"]) == 1
