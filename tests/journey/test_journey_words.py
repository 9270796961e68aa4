"""A teammate edits in Intercom, and the diff shows exactly that, as the Markdown that the writer knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from workspace import MakeWorkspace, Ran, Workspace

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
def workspace(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace with a guide that has a bit of everything, already pushed."""
    workspace = make_workspace(CONFIG)
    workspace.collection("billing/_collection.md", "Billing")
    workspace.article("rules.md", "Rules", "# What counts\n\nThis.\n\n# What does not\n\nThat.\n")
    workspace.article("billing/guide.md", "Guide", GUIDE)
    workspace.article("billing/guide.fr.md", "Guide", "Le remboursement prend dix jours.\n")
    picture(workspace.root / "content/billing/images/receipt.png", b"1")
    ran = workspace.push()
    assert ran.code == 0, ran.err
    return workspace


def picture(path: Path, end: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + end)


def stored(workspace: Workspace, title: str, locale: str) -> tuple[str, str]:
    (article,) = [item for item in workspace.sandbox.articles() if item["title"] == title]
    return article["id"], article["translated_content"][locale]["body"]


def edit(workspace: Workspace, old: str, new: str, locale: str = "en") -> None:
    """Edit the guide as a teammate would."""
    identifier, body = stored(workspace, "Guide", locale)
    assert old in body
    workspace.sandbox.edit_article(identifier, locale, body=body.replace(old, new))


def changed_lines(ran: Ran) -> list[str]:
    """Return the lines of the diff that are no context."""
    body = ran.out.split("body:\n")[1].split("\n    hint:")[0].split("\n\n")[0]
    lines = [line.removeprefix("      ") for line in body.splitlines()]
    return [line for line in lines if line[:1] in {"-", "+"}]


def changed_words(workspace: Workspace, locale: str = "en") -> list[Any]:
    (drift,) = workspace.plan()["attention"]
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
    workspace: Workspace, old: str, new: str, lines: list[str], words: list[list[str]]
) -> None:
    edit(workspace, old, new)
    assert changed_lines(workspace.diff()) == lines
    assert changed_words(workspace) == [words]


def test_a_link_that_a_teammate_moves_to_another_heading_is_shown_by_both_headings(workspace: Workspace) -> None:
    _, rules = stored(workspace, "Rules", "en")
    counts, does_not = (rules.split(f'">{text}')[0].rpartition('id="')[2] for text in ("What counts", "What does not"))
    edit(workspace, f"#{counts}", f"#{does_not}")
    assert changed_words(workspace) == [
        [
            ["=", "See [our rules](../rules.md#what-"],
            ["-", "counts"],
            ["+", "does-not"],
            ["=", ") and <https://example.com/a_b>."],
        ]
    ]


def test_what_a_teammate_adds_is_markdown_that_can_be_taken_into_the_file(workspace: Workspace) -> None:
    table = '<div class="intercom-interblocks-table-container">'
    edit(workspace, table, f'<p class="no-margin">By <b>post</b>, not <i>*by* mail</i>.</p>{table}')
    assert changed_lines(workspace.diff()) == ["+By **post**, not *\\*by\\* mail*.", "+"]


def test_an_edit_of_a_translation_is_shown_in_its_locale_alone(workspace: Workspace) -> None:
    edit(workspace, "dix", "cinq", "fr")
    (drift,) = workspace.plan()["attention"]
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


def test_a_change_of_the_file_is_shown_as_the_writer_made_it(workspace: Workspace) -> None:
    workspace.edit("billing/guide.md", "* two pears", "* three pears")
    body = workspace.plan()["changes"][0]["locales"]["en"]["body"]
    assert "-* two pears\n+* three pears" in body["diff"]
    assert [block["words"] for block in body["words"]] == [[["=", "* "], ["-", "two"], ["+", "three"], ["=", " pears"]]]


def test_without_the_old_file_only_what_changed_is_shown_of_what_readers_have(workspace: Workspace) -> None:
    for kept in (workspace.root / ".helpsync/sources").rglob("*"):
        if kept.is_file():
            kept.unlink()
    workspace.edit("billing/guide.md", "two pears", "three pears")
    assert changed_lines(workspace.diff()) == ["-- [-two-] pears", "+- {+three+} pears"]


def test_without_the_old_file_a_picture_that_changed_alone_is_named(workspace: Workspace) -> None:
    for kept in (workspace.root / ".helpsync/sources").rglob("*"):
        if kept.is_file():
            kept.unlink()
    picture(workspace.root / "content/billing/images/receipt.png", b"2")
    assert "(picture content/billing/images/receipt.png changed)" in workspace.diff().out


def test_an_overwrite_shows_the_edit_that_goes(workspace: Workspace) -> None:
    edit(workspace, "takes ten days", "takes five days")
    ran = workspace.push("--dry-run", "--overwrite-remote", "billing/guide")
    assert changed_lines(ran) == [
        "-A refund takes [-five-] days, and is paid to the card that you used.",
        "+A refund takes {+ten+} days, and is paid to the card that you used.",
    ]


def test_with_colour_the_words_are_marked_by_it_alone(workspace: Workspace) -> None:
    edit(workspace, "takes ten days", "takes five days")
    out = workspace.diff("--color", "always").out
    assert "\x1b[31m\x1b[7mten\x1b[0m" in out
    assert "\x1b[32m\x1b[7mfive\x1b[0m" in out
    assert "[-" not in out


def test_a_pull_request_gets_a_plain_diff(workspace: Workspace) -> None:
    edit(workspace, "takes ten days", "takes five days")
    out = workspace.diff("--format", "markdown").out
    assert "```diff\n@@" in out
    assert "\n-A refund takes ten days, and is paid to the card that you used.\n" in out
