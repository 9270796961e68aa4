"""Two Markdown texts, compared as people would."""

from __future__ import annotations

import random
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grouped import grouped
from helpsync.markdown.diff.alignment import Effort, align, tokenize
from helpsync.markdown.diff.compare import TextDiff, changed_words, diff_texts

TEXT = """\
## Refunds

A refund takes ten days and is paid to the card that you used.
It can't be sent to another one.

- one apple a day
- two pears
- three plums

| Name | Price |
| --- | --- |
| Basic | 10 € |
| Pro | 20 € |

> [!NOTE]
> Ask first about **this** thing.

```
x = 1

y = 2
```

[Our guide](https://help.example.com/a) tells more.
"""


def marked(before: str, after: str) -> list[str]:
    """Return the lines that change, their words marked as git marks them."""
    marks = {"=": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}
    return [
        line.sign + "".join(marks[sign].format(part) for sign, part in line.words) if line.words else line.plain
        for line in diff_texts(before, after).lines
        if line.sign in "+-"
    ]


def paired(before: list[str], after: list[str]) -> list[tuple[str | None, str | None]]:
    """Return the blocks that changed, without those that came or went."""
    blocks = diff_texts("\n\n".join(before), "\n\n".join(after)).blocks
    return [(block.before, block.after) for block in blocks if block.before and block.after]


def edited(old: str, new: str) -> list[str]:
    assert old in TEXT
    return marked(TEXT, TEXT.replace(old, new))


def test_equal_texts_have_no_difference() -> None:
    assert diff_texts(TEXT, TEXT) == TextDiff((), ())


def test_another_end_of_the_last_line_is_no_difference() -> None:
    assert diff_texts("a", "a\n") == TextDiff((), ())


@grouped("char", ["\u2028", "\u0085", "\f", "\v", "\r", "\x1c"])
def test_only_a_newline_ends_a_line(char: str) -> None:
    compared = diff_texts(f"a{char}b\n\nold\n", f"a{char}b\n\nnew\n")
    assert [line.plain for line in compared.lines] == ["@@ -1,3 +1,3 @@", f" a{char}b", " ", "-old", "+new"]


@grouped(
    ("old", "new", "lines"),
    [
        (
            "ten",
            "five",
            [
                "-A refund takes [-ten-] days and is paid to the card that you used.",
                "+A refund takes {+five+} days and is paid to the card that you used.",
            ],
        ),
        ("two pears", "two ripe pears", ["-- two pears", "+- two {+ripe+} pears"]),
        ("Refunds", "Late Refunds", ["-## Refunds", "+## {+Late+} Refunds"]),
        ("20 €", "25 €", ["-| Pro | [-20-] € |", "+| Pro | {+25+} € |"]),
        ("first", "before", ["-> Ask [-first-] about **this** thing.", "+> Ask {+before+} about **this** thing."]),
        ("**this**", "this", ["-> Ask first about [-**-]this[-**-] thing.", "+> Ask first about this thing."]),
        ("[!NOTE]", "[!TIP]", ["-> [![-NOTE-]]", "+> [!{+TIP+}]"]),
        ("y = 2", "y = 3", ["-y = [-2-]", "+y = {+3+}"]),
        (
            "com/a)",
            "com/b)",
            [
                "-[Our guide](https://help.example.com/[-a-]) tells more.",
                "+[Our guide](https://help.example.com/{+b+}) tells more.",
            ],
        ),
        ("- two pears\n", "", ["-- two pears"]),
        ("- two pears\n", "- two pears\n- two figs and a lemon\n", ["+- two figs and a lemon"]),
        (
            "\n[Our guide](https://help.example.com/a) tells more.\n",
            "",
            ["-", "-[Our guide](https://help.example.com/a) tells more."],
        ),
    ],
)
def test_an_edit_shows_its_block_and_marks_its_words(old: str, new: str, lines: list[str]) -> None:
    assert edited(old, new) == lines


def test_a_replaced_block_is_not_marked_word_by_word() -> None:
    assert marked("We will see what the future brings.\n", "Nothing of it: is left, or was.\n") == [
        "-We will see what the future brings.",
        "+Nothing of it: is left, or was.",
    ]


def test_small_words_between_changes_are_part_of_them() -> None:
    assert marked("It takes many a long day before.\n", "It takes five or seven day before.\n") == [
        "-It takes [-many a long-] day before.",
        "+It takes {+five or seven+} day before.",
    ]


def test_each_cell_is_compared_by_itself() -> None:
    assert marked("| Basic plan | yes | no |\n", "| Basic plan | sometimes | always |\n") == [
        "-| Basic plan | [-yes-] | [-no-] |",
        "+| Basic plan | {+sometimes+} | {+always+} |",
    ]


def test_spaces_are_marked_where_nothing_else_changed() -> None:
    assert marked("one  \ntwo\n", "one\ntwo\n") == ["-one[-  -]", "+one"]


def test_a_changed_block_among_others_is_found_again() -> None:
    before = "A red apple fell.\n\nB sang a song all day.\n\nC went home early.\n"
    after = "Something new.\n\nB sang a psalm all day.\n\nC went home late.\n"
    blocks = [(block.before, block.after) for block in diff_texts(before, after).blocks]
    assert blocks == [
        ("A red apple fell.", None),
        (None, "Something new."),
        ("B sang a song all day.", "B sang a psalm all day."),
        ("C went home early.", "C went home late."),
    ]


def test_a_changed_block_is_the_one_that_is_most_like_it() -> None:
    before = "The invoice is sent on Monday by mail.\n"
    after = "The invoice is paid on Friday by card.\n\nThe invoice is sent on Tuesday by mail.\n"
    assert [(block.before, block.after) for block in diff_texts(before, after).blocks] == [
        (None, "The invoice is paid on Friday by card."),
        ("The invoice is sent on Monday by mail.", "The invoice is sent on Tuesday by mail."),
    ]


@grouped("turned", [False, True])
def test_of_two_equally_similar_blocks_the_first_is_paired(*, turned: bool) -> None:
    two = ["The invoice is sent on Monday.", "The invoice is sent on Friday."]
    one = ["The invoice is sent on Tuesday.", "Nothing else."]
    before, after = (one, two) if turned else (two, one)
    assert paired(before, after) == [(before[0], after[0])]


@grouped(("fence", "inner"), [("````", "```"), ("~~~", "```"), ("```", "~~~")])
def test_code_ends_only_with_the_fence_that_it_began_with(fence: str, inner: str) -> None:
    before = f"{fence}\n{inner}\none apple\ntwo pears\n{inner}\n{fence}\n"
    blocks = [(block.before, block.after) for block in diff_texts(before, before.replace("pears", "figs")).blocks]
    assert blocks == [("two pears", "two figs")]


def test_a_paragraph_below_code_is_one_block() -> None:
    before = "```\nx = 1\n```\n\nIt takes ten days\nand is free.\n"
    (block,) = diff_texts(before, before.replace("ten", "five")).blocks
    assert (block.before, block.after) == ("It takes ten days\nand is free.", "It takes five days\nand is free.")


def test_a_block_over_fifty_thousand_characters_is_not_compared_by_word() -> None:
    long = "word " * 9_999 + "apple"
    assert diff_texts(long, long.replace("apple", "grape")).blocks[0].words[1:] == (("-", "apple"), ("+", "grape"))
    longer = f"a{long}"
    assert diff_texts(longer, longer.replace("apple", "grape")).blocks[0].words[0] == ("-", longer)


OLD = [f"old{number}" for number in range(40)]
NEW = [f"new{number}" for number in range(80)]


@grouped("places", [8, -8])
def test_blocks_of_a_rewritten_long_text_are_paired_near_their_place(places: int) -> None:
    before, after = [*OLD], [*NEW]
    before[20], after[20 + places] = "The invoice is sent on Monday.", "The invoice is sent on Tuesday."
    assert paired(before, after) == [("The invoice is sent on Monday.", "The invoice is sent on Tuesday.")]


@grouped("places", [8, -8])
def test_blocks_of_a_rewritten_long_text_are_paired_near_their_place_from_the_end(places: int) -> None:
    before, after = [*OLD], [*NEW]
    before[-20], after[-20 + places] = "The invoice is sent on Monday.", "The invoice is sent on Tuesday."
    assert paired(before, after) == [("The invoice is sent on Monday.", "The invoice is sent on Tuesday.")]


@grouped("place", [11, 29, 51, 69])
def test_blocks_of_a_rewritten_long_text_are_not_paired_far_apart(place: int) -> None:
    before, after = [*OLD], [*NEW]
    before[20], after[place] = "The invoice is sent on Monday.", "The invoice is sent on Tuesday."
    assert paired(before, after) == []


def test_the_words_of_a_block_are_all_there() -> None:
    (block,) = diff_texts("Ten days\nafter that.\n", "Five days\nafter that.\n").blocks
    assert block == (
        "Ten days\nafter that.",
        "Five days\nafter that.",
        (("-", "Ten"), ("+", "Five"), ("=", " days\nafter that.")),
    )


def test_hunks_are_those_of_a_unified_diff() -> None:
    before = "\n".join(f"- {n}" for n in range(30))
    after = before.replace("- 3\n", "- x\n").replace("- 10\n", "").replace("- 25\n", "- 25\n- y\n")
    heads = [line.text for line in diff_texts(before, after).lines if line.sign == "@"]
    assert heads == ["@@ -1,14 +1,13 @@", "@@ -24,6 +23,7 @@"]
    assert [line.plain for line in diff_texts("", "a\n\nb\n").lines] == ["@@ -0,0 +1,3 @@", "+a", "+", "+b"]


# Scripts


@grouped(
    ("text", "parts"),
    [
        ("Don't wait", ["Don't", " ", "wait"]),
        ("**10.5**  €", ["**", "10", ".", "5", "**", "  ", "€"]),
        ("日本語 123です", ["日", "本", "語", " ", "123", "で", "す"]),
        ("คืนเงิน", ["คื", "น", "เ", "งิ", "น"]),
        ("مَرْحَبًا بِكُم", ["مَرْحَبًا", " ", "بِكُم"]),
        ("हिन्दी में", ["हिन्दी", " ", "में"]),
        ("한국어 문장", ["한국어", " ", "문장"]),
        ("👩‍👩‍👧👍🏽🇩🇪", ["👩‍👩‍👧", "👍🏽", "🇩🇪"]),
        ("a\n\nb", ["a", "\n", "\n", "b"]),
        ("", []),
    ],
)
def test_parts_are_words_or_signs_in_scripts_without_spaces(text: str, parts: list[str]) -> None:
    assert tokenize(text) == parts


@grouped(
    ("before", "after", "shown"),
    [
        ("返金には十日かかります。", "返金には五日かかります。", "+返金には{+五+}日かかります。"),
        ("การคืนเงินใช้เวลาสิบวัน", "การคืนเงินใช้เวลาห้าวัน", "+การคืนเงินใช้เวลา{+ห้า+}วัน"),
        ("يستغرق رد الأموال عشرة أيام.", "يستغرق رد الأموال خمسة أيام.", "+يستغرق رد الأموال {+خمسة+} أيام."),
        ("ההחזר לוקח עשרה ימים.", "ההחזר לוקח חמישה ימים.", "+ההחזר לוקח {+חמישה+} ימים."),
        ("환불은 열흘 걸립니다.", "환불은 닷새 걸립니다.", "+환불은 {+닷새+} 걸립니다."),
    ],
)
def test_a_word_is_marked_in_any_script(before: str, after: str, shown: str) -> None:
    assert marked(before, after)[1] == shown


# Properties

LINES = st.lists(
    st.sampled_from(
        [
            "",
            "",
            "- a b",
            "- b",
            "> x y z",
            ">",
            "# a",
            "a b c d",
            "a b e d",
            "c  ",
            "| a | b |",
            "```",
            "日本語",
            "<p>",
        ]
    )
    | st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=12),
    max_size=14,
)
TEXTS = LINES.map("\n".join)


def patched(before: str, comparison: TextDiff) -> list[str]:
    """Return the lines of `before` with the diff applied as any tool would that takes unified diffs."""
    rest, result = before.splitlines(), []
    taken = 0
    for line in comparison.lines:
        if line.sign == "@":
            match = re.fullmatch(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", line.text)
            assert match
            start = int(match[1]) - (match[2] != "0")
            result += rest[taken:start]
            taken = start
            assert len(result) == int(match[3]) - (match[4] != "0")
            continue
        if line.sign in " -":
            assert rest[taken] == line.text
            taken += 1
        if line.sign in " +":
            result.append(line.text)
    return result + rest[taken:]


@given(TEXTS, TEXTS)
def test_the_lines_are_a_diff_that_can_be_applied(before: str, after: str) -> None:
    assert patched(before, diff_texts(before, after)) == after.splitlines()


@given(TEXTS, TEXTS)
def test_marks_never_change_a_line(before: str, after: str) -> None:
    for line in diff_texts(before, after).lines:
        assert not line.words or "".join(part for _, part in line.words) == line.text
        assert {sign for sign, _ in line.words} <= {"=", line.sign}


@given(TEXTS, TEXTS)
def test_the_words_of_a_block_make_up_both_of_its_sides(before: str, after: str) -> None:
    for block in diff_texts(before, after).blocks:
        assert "".join(part for sign, part in block.words if sign != "+") == (block.before or "")
        assert "".join(part for sign, part in block.words if sign != "-") == (block.after or "")
        assert block.before != block.after


@given(TEXTS, TEXTS)
def test_blocks_come_and_go_as_lines_do(before: str, after: str) -> None:
    comparison = diff_texts(before, after)
    told = [line for block in comparison.blocks for line in (block.after or "").split("\n")]
    for line in comparison.lines:
        if line.sign == "+" and line.text.replace(">", "").strip():
            assert line.text in told


@given(st.text())
def test_parts_make_up_their_text(text: str) -> None:
    assert "".join(tokenize(text)) == text


SEQUENCES = st.lists(st.sampled_from("abcd"), max_size=12)


def longest(before: list[str], after: list[str]) -> int:
    row = [0] * (len(after) + 1)
    for item in before:
        new = [0]
        for place, other in enumerate(after):
            new.append(row[place] + 1 if item == other else max(new[place], row[place + 1]))
        row = new
    return row[-1]


def rising(pairs: list[tuple[int, int]]) -> bool:
    return all(one[0] < two[0] and one[1] < two[1] for one, two in pairwise(pairs))


@given(SEQUENCES, SEQUENCES)
def test_as_much_is_aligned_as_can_be(before: list[str], after: list[str]) -> None:
    pairs = align(before, after, Effort())
    assert rising(pairs)
    assert all(before[x] == after[y] for x, y in pairs)
    assert len(pairs) == longest(before, after)


@given(SEQUENCES, SEQUENCES, st.integers(0, 40))
def test_with_little_effort_less_is_aligned_and_nothing_wrongly(
    before: list[str], after: list[str], effort: int
) -> None:
    pairs = align(before, after, Effort(effort))
    assert rising(pairs)
    assert all(before[x] == after[y] for x, y in pairs)


@pytest.mark.slow
def test_items_that_are_unique_divide_what_is_too_much_at_once() -> None:
    order = random.Random(1)
    noise = [[order.choice("abcdef") for _ in range(3_000)] for _ in range(2)]
    before, after = ([*side[:1500], "unique", *side[1500:]] for side in noise)
    effort = Effort()
    assert (1500, 1500) in align(before, after, effort)
    assert effort.left < 2_000_000


def test_without_effort_a_block_is_replaced() -> None:
    assert changed_words("a b c d", "x b c y", Effort(0)) == (("-", "a b c d"), ("+", "x b c y"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\n\n" * 5_000, "b\n\na\n\n" * 5_000),
        ("a b " * 20_000, "b c a " * 20_000),
        ("日本" * 10_000, "本日語" * 10_000),
        ("> " * 5_000 + "x\n", ">" * 10_000 + "\ny"),
        ("![" * 10_000, "![](" * 10_000),
    ],
)
def test_hostile_texts_are_compared_with_bounded_effort(before: str, after: str) -> None:
    assert patched(before, diff_texts(before, after)) == after.splitlines()
