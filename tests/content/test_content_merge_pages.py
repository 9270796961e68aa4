"""Two edited versions of a file become one: frontmatter key by key, the body by lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awkward_text import SOUP, TEXTS
from helpsync.content.merge import Merged, merge_pages
from helpsync.content.page_edits import Value, new_page, split_page, with_fields
from helpsync.settings import strict_yaml
from tree_builder import article


def merged(base: str | None, ours: str, theirs: str) -> Merged:
    return merge_pages(base, ours, theirs, ours_name="a.md", theirs_name="Intercom")


def conflict(ours: str, theirs: str) -> str:
    return f"<<<<<<< a.md\n{ours}=======\n{theirs}>>>>>>> Intercom\n"


def head(*lines: str) -> str:
    return "".join(f"{line}\n" for line in ("---", *lines, "---", "", "Text"))


def test_edits_of_neighbouring_keys_merge() -> None:
    base, ours, theirs = head("title: A", "description: D"), head("title: B", "description: D"), head("title: A")
    assert merged(base, ours, theirs) == Merged(head("title: B"), 0)
    assert merged(base, theirs, ours) == Merged(head("title: B"), 0)


def test_keys_that_either_side_adds_at_one_place_merge() -> None:
    base = head("title: A")
    ours, theirs = head("title: A", "author: me"), head("title: A", "description: D", "state: draft")
    assert merged(base, ours, theirs) == Merged(head("title: A", "description: D", "state: draft", "author: me"), 0)


def test_a_key_that_both_changed_is_between_markers() -> None:
    base, ours, theirs = (head("# one", f"title: {name}", "", "# two", "state: draft") for name in "ABC")
    text = head("# one", conflict("title: B\n", "title: C\n").rstrip(), "", "# two", "state: draft")
    assert merged(base, ours, theirs) == Merged(text, 1)


def test_a_key_that_one_side_removed_and_the_other_changed_is_a_conflict() -> None:
    base, gone = head("title: A", "description: D"), head("title: A")
    changed = head("title: A", "description: E")
    assert merged(base, gone, changed) == Merged(head("title: A", conflict("", "description: E\n").rstrip()), 1)
    assert merged(base, changed, gone) == Merged(head("title: A", conflict("description: E\n", "").rstrip()), 1)


def test_the_same_value_in_another_form_is_not_a_conflict() -> None:
    base = head("title: A")
    ours, theirs = head("title: 'B'  # short"), head('title: "B"')
    assert merged(base, ours, theirs) == Merged(ours, 0)


def test_a_number_where_it_is_text_is_the_same_with_quotes() -> None:
    ours = head("title: A", "author: 12")
    assert merged(head("title: A"), ours, head("title: A", 'author: "12"')) == Merged(ours, 0)
    assert merged(head("title: A"), head("title: 12"), head('title: "12"')).conflicts == 1


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("title: 'A'", 'title: "two\\n\\nparts"'), ("title: *d  # short", "title: B"), ("title: 'A'", "title: [B]")],
)
def test_a_value_that_cannot_be_written_as_ours_is_written_as_theirs(ours: str, theirs: str) -> None:
    base = head("description: &d A", "title: *d")
    assert merged(base, head("description: &d A", ours), head("description: &d A", theirs)) == Merged(
        head("description: &d A", theirs), 0
    )


def test_comments_quotes_and_order_are_those_of_ours() -> None:
    base = head("title: A", "description: D", "state: draft")
    ours = head("# mine", "state: draft", "title: 'A'  # short", "", "# theirs now", "description: D")
    theirs = head("title: B", "description: E", "state: draft")
    text = head("# mine", "state: draft", "title: 'B'  # short", "", "# theirs now", "description: E")
    assert merged(base, ours, theirs) == Merged(text, 0)


def test_a_value_of_several_lines_is_one() -> None:
    base = head("title: A", "description: >", "  One", "", "  two", "state: draft")
    ours = base.replace("draft", "published")
    theirs = head("title: A", "description: D", "state: draft")
    assert merged(base, ours, theirs) == Merged(head("title: A", "description: D", "state: published"), 0)
    text = conflict("description: >\n  Other\n\n  two\n", "description: D\n")
    assert text in merged(base, base.replace("One", "Other"), theirs).text


def test_bodies_and_keys_are_merged_apart() -> None:
    base, ours, theirs = article("A", "One\n\nTwo"), article("B", "1\n\nTwo"), article("C", "One\n\n2")
    title = conflict("title: B\n", "title: C\n")
    assert merged(base, ours, theirs) == Merged(f"---\n{title}---\n\n1\n\n2\n", 1)


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_and_byte_order_mark_are_those_of_ours(end: str) -> None:
    base, theirs = article("A", "One\n\nTwo"), article("A", "One\n\nZwei", description="D")
    for title in "AB":
        ours = "\ufeff" + article(title, "Eins\n\nTwo").replace("\n", end)
        text = f"\ufeff---\ntitle: {title}\ndescription: D\n---\n\nEins\n\nZwei\n".replace("\n", end)
        assert merged(base, ours, theirs) == Merged(text, 0)
    assert merged("\ufeff" + base.replace("\n", end), base, theirs) == Merged(theirs, 0)


def test_a_body_that_only_theirs_has_follows_the_frontmatter() -> None:
    assert merged("---\nname: A\n---", "---\nname: B\n---", "---\nname: A\n---\n\nText\n") == Merged(
        "---\nname: B\n---\n\nText\n", 0
    )


def test_without_a_base_all_that_differs_is_in_conflict() -> None:
    ours, theirs = article("A", "Ours", description="D"), article("A", "Theirs", state="draft")
    result = merged(None, ours, theirs)
    assert result.conflicts == 3
    for each in (
        conflict("description: D\n", ""),
        conflict("", "state: draft\n"),
        conflict("Ours\n", "Theirs\n"),
    ):
        assert each in result.text
    assert merged(None, ours, ours) == Merged(ours, 0)


@pytest.mark.parametrize(
    "awkward",
    [
        "---\n{title: A, state: draft}\n---\nText\n",
        "---\ntitle: A\ntitle: B\n---\nText\n",
        "---\ntitle: &a A\ndescription: *a\n---\nText\n",
        "---\n? title\n: A\n---\nText\n",
        "---\ntitle: [A\n---\nText\n",
        "---\n- title\n---\nText\n",
        "no frontmatter\n",
        "---\nno end\n",
        "",
    ],
)
def test_frontmatter_that_is_not_a_list_of_keys_is_merged_by_lines(awkward: str) -> None:
    base, other = article("A"), article("B", state="draft")
    assert merged(awkward, awkward, other) == Merged(other, 0)
    assert merged(awkward, other, awkward) == Merged(other, 0)
    assert merged(base, awkward, other).conflicts
    assert merged(base, other, awkward).conflicts


def test_a_value_that_another_key_names_is_not_changed_behind_its_back() -> None:
    base = head("title: &name A", "description: *name")
    ours, theirs = head("title: &name A", "description: *name", "state: draft"), head("title: B", "description: A")
    assert merged(base, ours, theirs) == Merged(head("title: B", "description: A", "state: draft"), 0)


def said(page: str) -> dict[str, str]:
    """Return what each key of a page says."""
    node = strict_yaml.load(split_page(page)[0], "", [])
    assert node is not None
    return {key: pair.node.text for key, pair in node.value.items()} if isinstance(node.value, dict) else {}


KEYS = ("title", "description", "state", "author", "source")
FIELDS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["A", "b: c", "12"]) | TEXTS, min_size=1)


@st.composite
def rewritten(draw: st.DrawFn, fields: dict[str, str]) -> str:
    """Draw a page of these keys with comments, in any order, with any line ends and a mark or none."""
    lines = new_page(dict(fields), "").split("\n")[1:-2]
    order = draw(st.permutations(lines))
    noted = [
        draw(st.sampled_from(["", "# a note\n", "\n", "\n# two\n\n"]))
        + line
        + draw(st.sampled_from(["\n", "  # why\n"]))
        for line in order
    ]
    page = "---\n" + "".join(noted) + "# the end\n---\n\nText\n"
    return draw(st.sampled_from(["", "\ufeff"])) + page.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@given(data=st.data(), base=FIELDS, mine=FIELDS, other=FIELDS)
def test_each_key_is_merged_by_itself(
    data: st.DataObject, base: dict[str, str], mine: dict[str, str], other: dict[str, str]
) -> None:
    was = new_page(dict(base), "Text")
    ours = data.draw(rewritten(mine))
    changes: dict[str, Value | None] = {key: other.get(key) for key in {**base, **other}}
    theirs = with_fields(was, changes)
    values = [said(page) for page in (was, ours, theirs)]
    expected: dict[str, str | None] = {}
    disputed = set()
    for key in KEYS:
        before, one, two = (each.get(key) for each in values)
        expected[key] = one if two in (before, one) else two
        if two not in (before, one) and one != before:
            disputed.add(key)
    result = merged(was, ours, theirs)
    assert result.conflicts == len(disputed)
    if not disputed:
        assert said(result.text) == {key: value for key, value in expected.items() if value is not None}
    unchanged = [line for line in ours.splitlines() if line.startswith("#") or not line]
    assert [line for line in result.text.splitlines() if line.startswith("#") or not line] == unchanged
    assert ("\r" in result.text, result.text[:1] == "\ufeff") == ("\r" in ours, ours[:1] == "\ufeff")


PAGES = st.tuples(SOUP | st.just("title: A\n"), SOUP).map(lambda parts: f"---\n{parts[0]}\n---\n{parts[1]}")


@given(base=st.none() | PAGES, ours=PAGES, theirs=PAGES)
def test_any_text_that_only_one_side_changed_is_the_result(base: str | None, ours: str, theirs: str) -> None:
    result = merged(base, ours, theirs)
    assert merged(base, ours, ours) == Merged(ours, 0)
    assert merged(ours, ours, theirs) == Merged(theirs, 0)
    assert merged(ours, theirs, ours) == Merged(theirs, 0)
    assert result.conflicts or base is not None or split_page(ours)[1] == split_page(theirs)[1]
