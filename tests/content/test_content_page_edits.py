"""Keys of a frontmatter set and removed: only their lines change, and all reads as it should."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from awkward_text import SOUP, TEXTS, WRITTEN, read
from helpsync.content.page_edits import Value, readable, split_page, with_fields
from helpsync.settings.strict_yaml import Problem, load


def changed(head: str, **changes: Value | None) -> str:
    written = with_fields(f"---\n{head}---\n\nBody\n", changes)
    assert written.startswith("---\n")
    assert written.endswith("---\n\nBody\n")
    return written.removeprefix("---\n").removesuffix("---\n\nBody\n")


def values(head: str) -> dict[str, Any]:
    problems: list[Problem] = []
    node = load(head, "", problems)
    assert node is not None
    assert problems == []
    pairs = node.value or {}
    assert isinstance(pairs, dict)
    return {name: _plain(pair.node) for name, pair in pairs.items()}


def _plain(node: Any) -> Any:
    if isinstance(node.value, dict):
        return {name: _plain(pair.node) for name, pair in node.value.items()}
    return node.value if isinstance(node.value, bool) else node.text.strip()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("title: A\n", "title: New\n"),
        ("title:   A   # c\n", "title:   New   # c\n"),
        ('title: "A"  # c\n', 'title: "New"  # c\n'),
        ("title: 'A' # c\n", "title: 'New' # c\n"),
        ('"title" : A\n', '"title" : New\n'),
        ("title:\n", "title: New\n"),
        ("title: # c\n", "title: New # c\n"),
        ("title: ~\n", "title: New\n"),
        ("title:\n  A\n", "title:\n  New\n"),
        ("title: A\n  b\n\n  c # c\n", "title: New # c\n"),
        ('title: "A\n  b"   # c\n', 'title: "New"   # c\n'),
        ("title: >-\n  A\n  b\n", "title: >-\n  New\n"),
        ("title: |2- # c\n   A\n   b\n\n# d\n", "title: |2- # c\n   New\n\n# d\n"),
        ("title: > # c\n\n    A\n\n", "title: > # c\n    New\n\n"),
        ("title: [a,\n  b] # c\n", "title: New # c\n"),
        ("title: {a: 1}\n", "title: New\n"),
        ("title:\n- a\n- b # c\n", "title: New # c\n"),
        ("title:\n  a: 1\n  b: 2\n# c\n", "title: New\n# c\n"),
        ("  title: A\n", "  title: New\n"),
        ("title: &t A\n", "title: New\n"),
        ("title: 😀é\u2028\n", "title: New\u2028\n"),
    ],
)
def test_a_value_is_set_in_its_place(before: str, after: str) -> None:
    rest = "  state: draft\n" if before.startswith(" ") else "state: draft # s\n"
    assert changed(before + rest, title="New") == after + rest


@pytest.mark.parametrize(
    "lines",
    [
        "title: A # c\n",
        "title:\n",
        "title: A\n  b # c\n",
        "title: >-\n  A\n\n  b\n",
        "title: [a,\n  b] # c\n",
        "title:\n  a: 1\n  b: 2 # c\n",
    ],
)
def test_a_removed_key_takes_only_its_own_lines(lines: str) -> None:
    above, below = "# above\n\nstate: draft\n", "\n# below\nsync: false\n"
    assert changed(above + lines + below, title=None) == above + below


def test_quotes_stay_where_they_can() -> None:
    assert changed("title: 'A'\n", title="It's") == "title: 'It''s'\n"
    assert changed("title: 'A'\n", title="A\0") == 'title: "A\\0"\n'
    assert changed("title: A\n", title="a: b") == 'title: "a: b"\n'
    assert changed('id: "5"\n', id="7") == 'id: "7"\n'


def test_a_folded_value_stays_folded_as_wide_as_it_was() -> None:
    old = "description: >-\n  " + "word " * 20 + "end\n  and more\n"
    assert changed(old, description="word " * 30 + "new") == (
        "description: >-\n  " + "word " * 19 + "word\n  " + "word " * 10 + "new\n"
    )


def test_a_text_that_a_block_cannot_have_is_written_on_one_line() -> None:
    assert changed("title: >- # c\n  A\n", title="a\0b") == 'title: "a\\0b" # c\n'
    assert changed("# c\ntitle: >-\n  A\n", title="x" * 78 + "  y") == "# c\ntitle: " + "x" * 78 + "  y\n"
    assert changed("sync: |\n  no\n", sync=False) == "sync: false\n"


def test_only_the_remote_that_changes_changes() -> None:
    before = "id:  # pins\n  production: 5 # p\n  # the other\n  staging: '6' # s\ntitle: A\n"
    pins = {"production": "5", "staging": "7", "third.one": "8"}
    assert changed(before, id=pins) == (
        "id:  # pins\n  production: 5 # p\n  # the other\n  staging: '7' # s\n  \"third.one\": 8\ntitle: A\n"
    )
    assert changed(before, id={"staging": "6"}) == "id:  # pins\n  # the other\n  staging: '6' # s\ntitle: A\n"
    assert changed("id: {production: 5} # c\n", id={"staging": "6"}) == "id: {staging: 6} # c\n"
    assert changed("id:\n  production: 5\n", id="6") == "id: 6\n"
    assert changed("# c\nid:\n  production: 5\n", id={"": "6"}) == "# c\nid: 6\n"


def test_a_new_key_follows_the_order_of_the_documentation() -> None:
    before = "title: A\n# why\nstate: draft # s\n\n# end\n"
    assert changed(before, id="7", description="D", author="me") == (
        "title: A\ndescription: D\nauthor: me\n# why\nstate: draft # s\nid: 7\n\n# end\n"
    )
    assert changed("title: A\n", state="draft", description="D") == "title: A\ndescription: D\nstate: draft\n"
    assert changed("state: draft\n", title="A") == "title: A\nstate: draft\n"
    assert changed("# nothing\n", title="A") == "# nothing\ntitle: A\n"
    assert changed("", name="A", description="D") == "name: A\ndescription: D\n"
    assert changed("  title: A\n", state="draft") == "  title: A\n  state: draft\n"


def test_a_key_can_be_removed_where_another_is_added() -> None:
    assert changed("title: A\ndescription: B\n", description=None, author="me", title="C") == "title: C\nauthor: me\n"


def test_an_alias_of_what_changes_keeps_its_value() -> None:
    before = "title: &t A # c\n# d\ndescription: *t # e\n"
    assert changed(before, title="New") == "title: New # c\n# d\ndescription: A # e\n"
    assert changed(before, title=None) == "# d\ndescription: A # e\n"
    before = "title: &t A # c\ndescription: &t B\nauthor: *t # e\n"
    assert changed(before, description="New") == "title: A # c\ndescription: New\nauthor: B # e\n"
    assert changed("title: &t 12\nauthor: *t\n", title="A") == "title: A\nauthor: 12\n"


@pytest.mark.parametrize("before", ["{title: A, id: {staging: 5}}\n", "? title\n: A\n? id\n: {staging: 5}\n"])
def test_a_frontmatter_of_another_form_is_rewritten(before: str) -> None:
    assert changed(before, title="New") == "title: New\nid: {staging: 5}\n"
    assert changed(before, title="A") == before


def test_line_ends_and_a_byte_order_mark_stay() -> None:
    raw = "\ufeff--- \r\ntitle: A # c\r\nid: 5\r\n---\t\r\n\r\nB\nC\r\n"
    assert with_fields(raw, {"title": "New", "state": "draft"}) == (
        "\ufeff--- \r\ntitle: New # c\r\nstate: draft\r\nid: 5\r\n---\t\r\n\r\nB\nC\r\n"
    )
    assert with_fields("---\rtitle: A\r---\rB", {"id": "7"}) == "---\rtitle: A\rid: 7\r---\rB"


@pytest.mark.parametrize("raw", ["", "title: A", "---\ntitle: A\n"])
def test_keys_need_frontmatter(raw: str) -> None:
    with pytest.raises(ValueError, match="no frontmatter"):
        with_fields(raw, {"title": "A"})


@pytest.mark.parametrize("head", ["title: [\n", "- a\n", "title: A\ntitle: B\n", "title: !x A\n", "text\n"])
def test_a_frontmatter_that_can_not_be_read_is_not_edited(head: str) -> None:
    with pytest.raises(ValueError, match="can't be read"):
        changed(head, title="A")


KEYS = ("title", "description", "author", "state", "id", "source", "sync")
BETWEEN = st.sampled_from(["", "", "", "\n", "# c\n", " # c\n\n"])
PIECES = st.dictionaries(st.sampled_from(KEYS), st.tuples(WRITTEN, BETWEEN), max_size=5)
CHANGES = st.dictionaries(
    st.sampled_from([*KEYS, "x"]),
    TEXTS | st.booleans() | st.none() | st.dictionaries(st.sampled_from("ab"), st.just("7")),
)


def pages(pieces: dict[str, tuple[str, str]], order: list[str]) -> list[tuple[str, str]]:
    """Return the lines of each key, and those below them that are nobody's."""
    return [(f"{key}: {pieces[key][0]}\n", pieces[key][1]) for key in order if key in pieces]


@given(PIECES, st.permutations(KEYS), CHANGES, st.sampled_from(["", "\ufeff"]), st.sampled_from(["\n", "\r\n", "\r"]))
def test_keys_read_as_they_were_set_and_no_other_line_changes(
    pieces: dict[str, tuple[str, str]], order: list[str], changes: dict[str, Value | None], mark: str, newline: str
) -> None:
    lines = pages(pieces, order)
    head = "".join(line + between for line, between in lines)
    raw = (f"{mark}---\n{head}---\nBody\n").replace("\n", newline)
    written = with_fields(raw, changes)
    wanted: dict[str, Any] = {key: readable(each) if isinstance(each, str) else each for key, each in changes.items()}
    expected = {
        key: value for key, value in (values(head) | wanted).items() if key not in wanted or value not in ("", None, {})
    }
    after = split_page(written)[0]
    assert values(after) == expected
    assert split_page(written)[1] == "Body\n"
    assert written.count(newline) == len(written.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1
    assert written.startswith(mark + "---")
    at = 0
    for key, (line, between) in zip([key for key in order if key in pieces], lines, strict=True):
        for part in (*([] if key in changes else [line.rstrip("\n") + "\n"]), between):
            assert part in after[at:]
            at = after.index(part, at) + len(part)


@given(PIECES, st.permutations(KEYS))
def test_a_value_that_is_set_again_changes_nothing(pieces: dict[str, tuple[str, str]], order: list[str]) -> None:
    raw = "---\n" + "".join(line + between for line, between in pages(pieces, order)) + "---\n"
    there = {
        name: value
        for name, value in values(split_page(raw)[0]).items()
        if value and pieces[name][0] not in ("12", "~")
    }
    assume(not any(isinstance(value, str) and "\n" in value for value in there.values()))
    assert with_fields(raw, there) == raw


@given(SOUP, CHANGES)
def test_any_frontmatter_that_can_be_read_is_edited_or_refused(head: str, changes: dict[str, Value | None]) -> None:
    raw = f"---\n{head}\n---\nBody\n"
    try:
        written = with_fields(raw, changes)
    except ValueError:
        return
    before, after = (values(split_page(each)[0]) for each in (raw, written))
    assert {key: value for key, value in before.items() if key not in changes} == {
        key: value for key, value in after.items() if key not in changes
    }
    for key, value in changes.items():
        if isinstance(value, str):
            assert after.get(key, "") == readable(value)


def test_the_reader_reads_the_values_that_were_set() -> None:
    page, findings = read(with_fields("---\ntitle: A\n---\n", {"title": "12", "author": "12", "description": "true"}))
    assert page is not None
    assert findings == []
    assert (page.fields["title"], page.fields["author"], page.fields["description"]) == ("12", "12", "true")
