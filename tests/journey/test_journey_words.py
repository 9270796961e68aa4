"""A teammate edits in Intercom, and the diff shows exactly that, as the Markdown that the writer knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from desk import Desk, MakeDesk, Ran

CONFIG = """\
default_locale: en
locales: [en, fr]
author: docs@example.com
state: published
assets: {url: "https://pictures.example/{path}"}
"""

GUIDE = """\
# Ask for a refund

A refund takes ten days, and
is paid to the card that you used.

* one apple
* two pears
    * a small one

1. First do this
2. Then do that

| Plan | Price |
|---|--:|
| Basic | 10 € |
| Pro | 20 € |

> [!WARNING]
> Ask **before** you send it back.

<details>
<summary>More</summary>

Only for *new* customers.

</details>

![A receipt](images/receipt.png)

See [our rules](../rules.md#what-counts) and <https://example.com/a_b>.

```
x = 1
y = 2
```

[Ask now](https://example.com/ask){.button}
"""


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    """Give a desk with a guide that has a bit of everything, already pushed."""
    desk = make_desk(CONFIG)
    desk.collection("billing/_collection.md", "Billing")
    desk.article("rules.md", "Rules", "# What counts\n\nThis.\n\n# What does not\n\nThat.\n")
    desk.article("billing/guide.md", "Guide", GUIDE)
    desk.article("billing/guide.fr.md", "Guide", "Le remboursement prend dix jours.\n")
    picture(desk.root / "content/billing/images/receipt.png", b"1")
    ran = desk.push()
    assert ran.code == 0, ran.err
    return desk


def picture(path: Path, end: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + end)


def stored(desk: Desk, title: str, locale: str) -> tuple[str, str]:
    (article,) = [item for item in desk.sandbox.articles() if item["title"] == title]
    return article["id"], article["translated_content"][locale]["body"]


def edit(desk: Desk, old: str, new: str, locale: str = "en") -> None:
    """Edit the guide as a teammate would."""
    identifier, body = stored(desk, "Guide", locale)
    assert old in body
    desk.sandbox.edit_article(identifier, locale, body=body.replace(old, new))


def changed_lines(ran: Ran) -> list[str]:
    """Return the lines of the diff that are no context."""
    body = ran.out.split("body:\n")[1].split("\n    hint:")[0].split("\n\n")[0]
    lines = [line.removeprefix("      ") for line in body.splitlines()]
    return [line for line in lines if line[:1] in {"-", "+"}]


def changed_words(desk: Desk, locale: str = "en") -> list[Any]:
    (drift,) = desk.plan()["attention"]
    return [block["words"] for block in drift["edits"][locale]["body"]["words"]]


@pytest.mark.parametrize(
    ("old", "new", "lines", "words"),
    [
        (
            "takes ten days",
            "takes five days",
            [
                "-A refund takes [-ten-] days, and is paid to the card that you used.",
                "+A refund takes {+five+} days, and is paid to the card that you used.",
            ],
            [
                ["=", "A refund takes "],
                ["-", "ten"],
                ["+", "five"],
                ["=", " days, and is paid to the card that you used."],
            ],
        ),
        (
            "Ask for a refund",
            "Ask for the refund",
            ["-## Ask for [-a-] refund", "+## Ask for {+the+} refund"],
            [["=", "## Ask for "], ["-", "a"], ["+", "the"], ["=", " refund"]],
        ),
        (
            "two pears",
            "two ripe pears",
            ["-- two pears", "+- two {+ripe+} pears"],
            [["=", "- two "], ["+", "ripe "], ["=", "pears"]],
        ),
        (
            "Then do that",
            "Then do this",
            ["-2. Then do [-that-]", "+2. Then do {+this+}"],
            [["=", "2. Then do "], ["-", "that"], ["+", "this"]],
        ),
        (
            "20 €",
            "25 €",
            ["-| Pro | [-20-] € |", "+| Pro | {+25+} € |"],
            [["=", "| Pro | "], ["-", "20"], ["+", "25"], ["=", " € |"]],
        ),
        (
            "you send",
            "we send",
            ["-> Ask **before** [-you-] send it back.", "+> Ask **before** {+we+} send it back."],
            [["=", "> Ask **before** "], ["-", "you"], ["+", "we"], ["=", " send it back."]],
        ),
        (
            "#feedaf80; border-color: #fbc91633",
            "#fed9db80; border-color: #fd3a5733",
            ["-> [![-WARNING-]]", "+> [!{+CAUTION+}]"],
            [["=", "> [!"], ["-", "WARNING"], ["+", "CAUTION"], ["=", "]"]],
        ),
        (
            " customers.",
            " clients.",
            ["-Only for *new* [-customers-].", "+Only for *new* {+clients+}."],
            [["=", "Only for *new* "], ["-", "customers"], ["+", "clients"], ["=", "."]],
        ),
        (
            "A receipt",
            "A bill",
            ["-![A [-receipt-]](images/receipt.png)", "+![A {+bill+}](images/receipt.png)"],
            [["=", "![A "], ["-", "receipt"], ["+", "bill"], ["=", "](images/receipt.png)"]],
        ),
        (
            "our rules",
            "all rules",
            [
                "-See [[-our-] rules](../rules.md#what-counts) and <https://example.com/a_b>.",
                "+See [{+all+} rules](../rules.md#what-counts) and <https://example.com/a_b>.",
            ],
            [
                ["=", "See ["],
                ["-", "our"],
                ["+", "all"],
                ["=", " rules](../rules.md#what-counts) and <https://example.com/a_b>."],
            ],
        ),
        ("y = 2", "y = 3", ["-y = [-2-]", "+y = {+3+}"], [["=", "y = "], ["-", "2"], ["+", "3"]]),
        (
            "example.com/ask",
            "example.com/help",
            ["-[Ask now](https://example.com/[-ask-]){.button}", "+[Ask now](https://example.com/{+help+}){.button}"],
            [["=", "[Ask now](https://example.com/"], ["-", "ask"], ["+", "help"], ["=", "){.button}"]],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_edit_in_intercom_is_shown_word_by_word(
    desk: Desk, old: str, new: str, lines: list[str], words: list[list[str]]
) -> None:
    edit(desk, old, new)
    assert changed_lines(desk.diff()) == lines
    assert changed_words(desk) == [words]


def test_a_link_that_a_teammate_moves_to_another_heading_is_shown_by_both_headings(desk: Desk) -> None:
    _, rules = stored(desk, "Rules", "en")
    counts, does_not = (rules.split(f'">{text}')[0].rpartition('id="')[2] for text in ("What counts", "What does not"))
    edit(desk, f"#{counts}", f"#{does_not}")
    assert changed_words(desk) == [
        [
            ["=", "See [our rules](../rules.md#what-"],
            ["-", "counts"],
            ["+", "does-not"],
            ["=", ") and <https://example.com/a_b>."],
        ]
    ]


def test_what_a_teammate_adds_is_markdown_that_can_be_taken_into_the_file(desk: Desk) -> None:
    table = '<div class="intercom-interblocks-table-container">'
    edit(desk, table, f'<p class="no-margin">By <b>post</b>, not <i>*by* mail</i>.</p>{table}')
    assert changed_lines(desk.diff()) == ["+By **post**, not *\\*by\\* mail*.", "+"]


def test_an_edit_of_a_translation_is_shown_in_its_locale_alone(desk: Desk) -> None:
    edit(desk, "dix", "cinq", "fr")
    (drift,) = desk.plan()["attention"]
    assert list(drift["edits"]) == ["fr"]
    assert drift["edits"]["fr"]["body"] == {
        "diff": "@@ -1 +1 @@\n-Le remboursement prend dix jours.\n+Le remboursement prend cinq jours.",
        "words": [
            {
                "before": "Le remboursement prend dix jours.",
                "after": "Le remboursement prend cinq jours.",
                "words": [["=", "Le remboursement prend "], ["-", "dix"], ["+", "cinq"], ["=", " jours."]],
            }
        ],
    }


def test_a_change_of_the_file_is_shown_as_the_writer_made_it(desk: Desk) -> None:
    desk.edit("billing/guide.md", "* two pears", "* three pears")
    body = desk.plan()["changes"][0]["locales"]["en"]["body"]
    assert "-* two pears\n+* three pears" in body["diff"]
    assert [block["words"] for block in body["words"]] == [[["=", "* "], ["-", "two"], ["+", "three"], ["=", " pears"]]]


def test_without_the_old_file_only_what_changed_is_shown_of_what_readers_have(desk: Desk) -> None:
    for kept in (desk.root / ".helpsync/sources").rglob("*"):
        if kept.is_file():
            kept.unlink()
    desk.edit("billing/guide.md", "two pears", "three pears")
    assert changed_lines(desk.diff()) == ["-- [-two-] pears", "+- {+three+} pears"]


def test_without_the_old_file_a_picture_that_changed_alone_is_named(desk: Desk) -> None:
    for kept in (desk.root / ".helpsync/sources").rglob("*"):
        if kept.is_file():
            kept.unlink()
    picture(desk.root / "content/billing/images/receipt.png", b"2")
    assert "(picture content/billing/images/receipt.png changed)" in desk.diff().out


def test_an_overwrite_shows_the_edit_that_goes(desk: Desk) -> None:
    edit(desk, "takes ten days", "takes five days")
    ran = desk.push("--dry-run", "--overwrite-remote", "billing/guide")
    assert changed_lines(ran) == [
        "-A refund takes [-five-] days, and is paid to the card that you used.",
        "+A refund takes {+ten+} days, and is paid to the card that you used.",
    ]


def test_with_colour_the_words_are_marked_by_it_alone(desk: Desk) -> None:
    edit(desk, "takes ten days", "takes five days")
    out = desk.diff("--color", "always").out
    assert "\x1b[31m\x1b[7mten\x1b[0m" in out
    assert "\x1b[32m\x1b[7mfive\x1b[0m" in out
    assert "[-" not in out


def test_a_pull_request_gets_a_plain_diff(desk: Desk) -> None:
    edit(desk, "takes ten days", "takes five days")
    out = desk.diff("--format", "markdown").out
    assert "```diff\n@@" in out
    assert "\n-A refund takes ten days, and is paid to the card that you used.\n" in out
