"""Which line of a file says what another hand's Markdown says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from helpsync.markdown.diff.compare import block_starts, diff_texts, line_locator

WORDS = ("invoice", "refund", "Überweisung", "請求書", "limit", "seat", "plan", "owner")


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, str, list[tuple[int, int]]]:
    """Draw a file, the same text as one long line a paragraph, and where each paragraph begins in both."""
    file: list[str] = []
    other: list[str] = []
    pairs = []
    for number in range(draw(st.integers(1, 12))):
        words = [*draw(st.lists(st.sampled_from(WORDS), min_size=3, max_size=9)), f"number{number}"]
        cut = draw(st.integers(1, len(words) - 1))
        file += [""] * draw(st.integers(0 if not file else 1, 3))
        other += [""] * (1 if other else 0)
        pairs.append((len(other) + 1, len(file) + 1))
        file += [" ".join(words[:cut]), " ".join(words[cut:])] if draw(st.booleans()) else [" ".join(words)]
        mark = draw(st.sampled_from(["", "*", "**"]))
        other.append(" ".join([f"{mark}{words[0]}{mark}", *words[1:]]))
    return "\n".join(file) + "\n", "\n".join(other) + "\n", pairs


@given(texts())
def test_a_paragraph_is_found_however_it_is_wrapped_or_marked(drawn: tuple[str, str, list[tuple[int, int]]]) -> None:
    source, text, pairs = drawn
    line_of = line_locator(source, text)
    assert [line_of(line) for line, _ in pairs] == [line for _, line in pairs]


@given(texts(), st.data())
def test_a_paragraph_that_was_put_otherwise_is_found_between_its_neighbours(
    drawn: tuple[str, str, list[tuple[int, int]]], data: st.DataObject
) -> None:
    source, text, pairs = drawn
    line, _ = data.draw(st.sampled_from(pairs))
    lines = text.split("\n")
    lines[line - 1] = "put in words of its own"
    line_of = line_locator(source, "\n".join(lines))
    assert [line_of(line) for line, _ in pairs] == [line for _, line in pairs]


def test_a_footnote_is_found_where_the_file_has_it() -> None:
    source = "Ten days.[^days]\n\n[^days]: Weekends do not count.\n\nThe end of the text.\n"
    text = "Ten days.¹\n\nThe end of the text.\n\n1. Weekends do not count.\n"
    assert line_locator(source, text)(5) == 3


@given(st.text(alphabet="ab1 \n|>#-`", max_size=80), st.text(alphabet="ab1 \n|>#-`", max_size=80), st.integers(1, 90))
def test_any_line_has_a_place_in_the_file(source: str, text: str, line: int) -> None:
    assert 1 <= line_locator(source, text)(line) <= max(1, len(source.split("\n")))


@given(st.text(alphabet="ab1 \n|>#-`", max_size=80))
def test_blocks_begin_where_they_stand(text: str) -> None:
    lines = text.split("\n")
    assert all(lines[line - 1] == block.split("\n")[0] for line, block in block_starts(text))


@given(st.text(alphabet="ab1 \n|>#-", max_size=80), st.text(alphabet="ab1 \n|>#-", max_size=80))
def test_a_comparison_knows_where_each_block_stands_in_the_text_before(before: str, after: str) -> None:
    comparison = diff_texts(before, after)
    lines = before.split("\n")
    for block, line in zip(comparison.blocks, comparison.places, strict=True):
        assert 1 <= line <= len(lines) + 1
        if block.before is not None:
            assert "\n".join(lines[line - 1 : line - 1 + block.before.count("\n") + 1]) == block.before


def test_a_paragraph_with_links_is_found_although_its_targets_stand_in_lines_of_their_own() -> None:
    source = "First.\n\nSee [docs][d] and [more][m].\n\nLast words.\n\n[d]: https://a.example/docs\n[m]: https://b.example/m\n"
    text = "First.\n\nSee [docs](https://a.example/docs) or [more](https://b.example/m).\n\nLast words.\n"
    assert line_locator(source, text)(3) == 3
