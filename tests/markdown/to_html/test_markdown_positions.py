"""Findings and links have the place where the writer wrote them, however deep it lies."""

from grouped import grouped
from markdown_bench import Bench

TEXT = """\
First line of a paragraph
second with a [link](missing.md) in it
and a third with [two](missing.md) of [them](missing.md)

> [!NOTE]
> Text
>
> - item
>   - deep with
>     [link](missing.md)
>
>     and [another](missing.md)

| a | b |
|---|---|
| 1 | [cell](missing.md) |

1. one
   ```
   [not a link](missing.md)
   ```
   [after code](missing.md)

## Heading with [link](missing.md) {#id}

Text `with
code` and **bold
text [x](missing.md)** then
after a break [y](missing.md)

[over
two lines](missing.md) and [with
title](missing.md "a
title") and [z](missing.md)

![picture
on two lines](missing.png) then [last](missing.md)

<div>
<a href="missing.md">raw</a>
</div>

See [ref].

[ref]: missing.md
"""


def test_every_broken_link_is_found_where_it_stands(bench: Bench) -> None:
    found = [place for code, place in bench.findings(TEXT) if code == "broken-link"]
    assert found == [
        "a.md:2:22",
        "a.md:3:24",
        "a.md:3:46",
        "a.md:10:14",
        "a.md:12:21",
        "a.md:16:14",
        "a.md:22:17",
        "a.md:24:24",
        "a.md:28:10",
        "a.md:29:19",
        "a.md:32:12",
        "a.md:33:8",
        "a.md:34:17",
        "a.md:37:40",
        "a.md:40:1",
        "a.md:45:8",
    ]


def test_a_missing_picture_is_found_where_it_stands(bench: Bench) -> None:
    assert ("missing-image", "a.md:37:15") in bench.findings(TEXT)


def test_lines_are_those_of_the_file(bench: Bench) -> None:
    assert bench.findings("a\n[x](missing.md)", first_line=7) == [("broken-link", "a.md:8:5")]


def test_links_to_own_articles_have_their_places(bench: Bench) -> None:
    body = bench.render("- a\n- b\n  [x](refunds.md)\n").body
    assert [str(link.location) for link in body.links] == ["a.md:3:7"]


def test_findings_come_in_the_order_of_the_text(bench: Bench) -> None:
    places = [finding.location for finding in bench.render(TEXT).findings]
    assert places == sorted(places, key=lambda place: (place.line or 0, place.column or 0))


@grouped(
    ("text", "place"),
    [
        ("a\n\n> q\n", "a.md:3:1"),
        ("- a\n\n  > q\n", "a.md:3:3"),
        ("a\n\n3. x\n", "a.md:3"),
        ("- a\n\n  | x | y |\n  |---|---|\n", "a.md:3"),
        ("a\n\n- [ ] x\n", "a.md:3:3"),
        ("a\n\n```py\nx\n```\n", "a.md:3:4"),
        ("a\nb <u>x</u>\n", "a.md:2:3"),
        ("a\n\n<p>\n<u>x</u>\n</p>\n", "a.md:4:1"),
        ("a\n\n/// note\n", "a.md:3:1"),
        ("a\nb {.x}\n{.lead}\n", "a.md:3:1"),
        ("a ~~b~~\n", "a.md:1:3"),
        ("| a |\n|--:|\n", "a.md:2"),
    ],
)
def test_what_is_lost_is_found_where_it_stands(bench: Bench, text: str, place: str) -> None:
    assert [where for _, where in bench.findings(text)] == [place]


def test_an_id_that_is_given_twice_is_found_at_the_second_heading(bench: Bench) -> None:
    text = '## One {#ex}\n\n## Two {#other}\n\n## Three {#ex}\n\n<h2 id="ex">Four</h2>\n\n## Ex\n'
    found = [place for code, place in bench.findings(text) if code == "lost-markup"]
    assert found == ["a.md:5:1", "a.md:7:1"]


@grouped(
    "line",
    [
        "a [x](https://y.example) b [abs>>>](https://x.example/a b)",
        "`[m](n o)` [m>>>](n o)",
        "a {b} [x](https://y.example/{c})>>>{.foo}",
        "`<foo>` >>><foo>",
        "`:tada:` >>>:tada:",
        "`~~x~~` >>>~~y~~",
    ],
)
def test_a_finding_stands_at_its_own_signs_and_not_at_the_same_before_it(bench: Bench, line: str) -> None:
    column = line.index(">>>") + 1
    found = [place for code, place in bench.findings(line.replace(">>>", "")) if code == "lost-markup"]
    assert found == [f"a.md:1:{column}"]
