"""New pages, and bodies put into pages: what is written is what the Reader reads."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from awkward_text import TEXTS, read
from helpsync.content.page_edits import Value, new_page, readable, scalar, split_page, with_body, with_fields


def test_a_new_page_has_the_order_of_the_documentation_and_needs_no_quotes() -> None:
    fields: dict[str, Value] = {
        "id": "123",
        "state": "draft",
        "title": "Ask for a refund",
        "description": "Who can",
        "sync": False,
    }
    assert new_page(fields, "Three days.") == (
        "---\ntitle: Ask for a refund\ndescription: Who can\nstate: draft\nid: 123\nsync: false\n---\n\nThree days.\n"
    )


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("Don't", "title: Don't"),
        ("no", "title: no"),
        ("012", "title: 012"),
        ("12", 'title: "12"'),
        ("true", 'title: "true"'),
        ("a: b", 'title: "a: b"'),
        ('the "best": one', "title: 'the \"best\": one'"),
        ("a\\b: c", "title: 'a\\b: c'"),
        ("a\0", 'title: "a\\0"'),
        ("a\u202eb", 'title: "a\\u202eb"'),
        ("a\ufeffb", 'title: "a\\ufeffb"'),
        ("\u05d0\u200f!", "title: \u05d0\u200f!"),
        ("a\n\n b", "title: a b"),
    ],
)
def test_text_has_quotes_only_where_it_would_read_otherwise(value: str, line: str) -> None:
    assert new_page({"title": value}, "").split("\n")[1] == line


def test_a_line_break_of_any_kind_is_written_with_its_number() -> None:
    assert scalar("a\u2028b\x85") == '"a\\u2028b\\u0085"'


@pytest.mark.parametrize(("key", "value"), [("id", "7"), ("author", "814860"), ("source", "12e456789012")])
def test_a_number_that_is_read_as_written_has_no_quotes(key: str, value: str) -> None:
    assert new_page({key: value}, "") == f"---\n{key}: {value}\n---\n"


def test_ids_of_several_remotes_are_in_braces() -> None:
    assert new_page({"id": {"production": "7", "a.b": "8"}}, "") == '---\nid: {production: 7, "a.b": 8}\n---\n'
    assert new_page({"id": {"": "7"}}, "") == "---\nid: 7\n---\n"


def test_empty_values_are_left_out() -> None:
    assert new_page({"title": "A", "description": " \n", "author": "\ud800", "id": {}}, "") == "---\ntitle: A\n---\n"


@given(
    title=TEXTS,
    description=TEXTS,
    author=TEXTS,
    sync=st.booleans(),
    pins=st.sampled_from([{"": "7"}, {"staging": "8"}]),
)
def test_a_new_page_reads_back_equal(
    title: str,
    description: str,
    author: str,
    sync: bool,  # noqa: FBT001  # Hypothesis gives it
    pins: dict[str, str],
) -> None:
    fields: dict[str, Value] = {"description": description, "author": author, "title": title, "sync": sync, "id": pins}
    page, findings = read(new_page(fields, "Text"))
    assert page is not None
    codes = [each.code for each in findings if each.code != "control-character"]
    assert codes == ([] if readable(title) else ["missing-title"])
    expected = {"title": title, "description": description, "author": author}
    assert {key: page.fields[key] or "" for key in expected} == {key: readable(text) for key, text in expected.items()}
    assert (page.fields["sync"], page.fields["id"]) == (sync, pins)


@given(TEXTS)
def test_a_new_collection_reads_back_equal(name: str) -> None:
    page, _ = read(new_page({"description": f"x{name}", "name": f"x{name}"}, ""), address="a/", locale="fr")
    assert page is not None
    assert page.fields["name"] == page.fields["description"] == readable(f"x{name}")
    assert page.source.text == ""


@given(TEXTS)
def test_readable_text_stays_as_it_is(text: str) -> None:
    assert readable(readable(text)) == readable(text)


BODIES = st.text() | st.lists(
    st.sampled_from(["\n", "\r\n", "\r", "---", "--- ", "a", "    code", "\0", "\ud800", "\ufeff", "\u2028", "\x0c"])
).map("".join)


def stored(body: str) -> str:
    """Return the body as a text file can hold it."""
    plain = body.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return "".join(each for each in plain if not 0xD800 <= ord(each) < 0xE000)


@given(BODIES)
def test_the_body_of_a_new_page_reads_back_behind_a_blank_line(body: str) -> None:
    page, _ = read(new_page({"title": "A"}, body))
    assert page is not None
    expected = stored(body)
    assert page.source.text.removesuffix("\n") == (f"\n{expected}".removesuffix("\n") if expected else "")


HEADS = st.sampled_from(["title: A\n", "", "# c\ntitle: A\n\n", "title: >-\n  a\n  b\n"])
RAWS = st.builds(
    lambda mark, head, end, body, newline: (mark + f"---\n{head}---{end}{body}").replace("\n", newline),
    st.sampled_from(["", "\ufeff"]),
    HEADS,
    st.sampled_from(["\n", " \t\n", "\n\n"]),
    st.lists(st.sampled_from(["\n", "---", "a", "    b", "é\n", "c\n"])).map("".join),
    st.sampled_from(["\n", "\r\n", "\r"]),
)


@given(RAWS)
def test_a_page_is_split_as_the_reader_splits_it(raw: str) -> None:
    page, _ = read(raw)
    head, body = split_page(raw)
    assert "\r" not in head + body
    if page is not None:
        assert (body, head.count("\n") + 3) == (page.source.text, page.first_line)


def test_a_text_without_frontmatter_is_all_body() -> None:
    assert split_page("\ufeffa\r\nb") == ("", "a\nb")
    assert split_page("---\ntitle: A\n") == ("", "---\ntitle: A\n")


def test_a_body_needs_frontmatter_before_it() -> None:
    with pytest.raises(ValueError, match="no frontmatter"):
        with_body("a", "b")


@given(RAWS)
@example("---\ntitle: A\n---")
def test_a_body_that_is_put_back_changes_nothing(raw: str) -> None:
    assert with_body(raw, split_page(raw)[1]) == raw


@given(RAWS, BODIES)
@example("---\ntitle: A\n---", "b")
@example("---\r\n---", "\nb")
def test_a_body_that_is_put_in_reads_back_and_the_frontmatter_stays(raw: str, body: str) -> None:
    written = with_body(raw, body)
    assert split_page(written) == (split_page(raw)[0], stored(body))
    head = raw.rpartition(split_page(raw)[1])[0] if split_page(raw)[1] and "\r" not in raw else raw[:4]
    assert written.startswith(head)
    if "\r\n" in raw:
        assert written.count("\n") == written.count("\r\n")


def test_lines_that_stay_keep_their_line_ends() -> None:
    raw = "---\r\ntitle: A\r\n---\r\n\na\n\nb\n\r\nc"
    assert with_body(raw, "\na\n\nB\nB\n\nc") == "---\r\ntitle: A\r\n---\r\n\na\n\nB\r\nB\r\n\r\nc"


@given(st.lists(st.sampled_from(["\r", "\n", "\r\n", "a"])).map("".join), BODIES, st.sampled_from(["\r", "\n", "\r\n"]))
@example("a\r", "a\n\n", "\n")
def test_line_ends_of_every_kind_in_one_file_make_no_line_more_or_less(body: str, new: str, newline: str) -> None:
    raw = f"---{newline}title: A\r---{newline}{body}"
    written = with_body(with_fields(raw, {"state": "draft"}), new)
    assert split_page(written) == ("title: A\nstate: draft\n", stored(new))
    assert split_page(with_fields(raw, {"state": "draft"}))[1] == split_page(raw)[1]
