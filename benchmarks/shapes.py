"""Hostile shapes of any size: what grows without an end in sight, is nested, left open, or looks like something else.

Each takes a size and returns a text whose length grows in step with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_P = '<p class="no-margin">'
_CELL = "<td>a</td>"
_CELL_TABLE = '<div class="intercom-interblocks-table-container"><table><tbody>'

MARKDOWN: Mapping[str, Callable[[int], str]] = {
    "quotations in quotations": lambda n: "> " * n,
    "lists in lists on a line": lambda n: "- " * n,
    "lists in lists, indented": lambda n: "".join("  " * (line % 60) + "- a\n" for line in range(n)),
    "items": lambda n: "- a\n" * n,
    "callouts": lambda n: "> [!NOTE]\n> a\n\n" * n,
    "headings": lambda n: "# a\n" * n,
    "headings of one name": lambda n: "## Same\n\na\n\n" * n,
    "opening brackets": lambda n: "[" * n,
    "opening pictures": lambda n: "![" * n,
    "links left open": lambda n: "[a](" * n,
    "links in pictures": lambda n: "![a" * n + "](https://p/i.png)" * n,
    "links": lambda n: "[a](b.md)" * n,
    "addresses": lambda n: "https://a.b/c " * n,
    "an address that ends in signs": lambda n: "https://a" + ")." * n,
    "stars left open": lambda n: "*a " * n,
    "stars in stars": lambda n: "**a*" * n,
    "tildes left open": lambda n: "~~a " * n,
    "stars and lines": lambda n: "*a_" * n,
    "backticks of all lengths": lambda n: "".join("`" * (run % 400) + " " for run in range(n)),
    "backticks": lambda n: "`" * n,
    "fences": lambda n: "```\n" * n,
    "braces": lambda n: "{" * n,
    "classes of a heading": lambda n: "# a {" + ".b " * n + "}\n",
    "attributes of a heading": lambda n: "# a {" + "".join(f"a{number}=b " for number in range(n)) + "}\n",
    "backslashes": lambda n: "\\" * n,
    "entities": lambda n: "&amp;" * n,
    "a long word": lambda n: "a" * n,
    "spaces before a brace": lambda n: " " * n + "}",
    "white space": lambda n: "a" + " " * n + "\n" + "\t" * n + "b",
    "a wide table": lambda n: "| a " * n + "|\n" + "|---" * n + "|\n" + "| b " * n + "|\n",
    "a long table": lambda n: "| a | b |\n|---|---|\n" + "| c `|` d | \\| |\n" * n,
    "references": lambda n: "".join(f"[r{number}]: https://a.b/{number}\n" for number in range(n)) + "\n[r1][r2]",
    "references used": lambda n: "[r]: https://a.b/\n\n" + "[r] " * n,
    "references left open": lambda n: "[a]: <b>\n" * n,
    "footnotes": lambda n: "".join(f"a[^{number}]\n\n[^{number}]: b\n\n" for number in range(n)),
    "footnotes without text": lambda n: "".join(f"[^{number}]" for number in range(n)),
    "one footnote": lambda n: "a[^1]\n\n" * n + "[^1]: b\n",
    "abbreviations": lambda n: "".join(f"*[A{number}]: b\n" for number in range(n)) + "\n" + "A1 " * n,
    "tags left open": lambda n: "<b>" * n,
    "divisions": lambda n: "<div>\n" * n,
    "divisions with blanks": lambda n: "<div>\n\n" * n,
    "ends of divisions": lambda n: "</div>\n\n" * n,
    "ends of divisions in text": lambda n: "a </div> " * n,
    "comments left open": lambda n: "<!-- " * n,
    "instructions left open": lambda n: "<?" * n,
    "collapsibles in collapsibles": lambda n: "<details>\n<summary>a</summary>\n\n" * n + "</details>\n\n" * n,
    "collapsibles left open": lambda n: "<details>\n\n" * n,
    "collapsibles": lambda n: "<details>\n<summary>a</summary>\n\nb\n\n</details>\n\n" * n,
    "tables in tables": lambda n: "<table><tr><td>" * n,
    "tables left open": lambda n: "<table>\n\n" * n,
    "cells": lambda n: "<table>\n<tr>\n" + "<td>\n\na\n\n</td>\n" * n + "</tr>\n</table>\n",
    "compact cells": lambda n: "<table>\n" + "<tr>\n<td>a <b>b</b></td>\n</tr>\n" * n + "</table>\n",
    "aligned paragraphs": lambda n: "<p align=center>" * n,
    "attributes of a tag": lambda n: "<div " + "".join(f"a{number}=b " for number in range(n)) + ">",
    "an attribute left open": lambda n: '<div a="' + "b " * n,
    "less-than signs": lambda n: "<" * n,
    "less-than signs and letters": lambda n: "<a " * n,
    "raw lists": lambda n: "<ul><li>" * n,
    "videos": lambda n: "https://youtu.be/dQw4w9WgXcQ\n\n" * n,
    "frames": lambda n: '<iframe src="https://a.b/"></iframe>\n\n' * n,
    "quotation marks in tags": lambda n: "<a href='\"" * n,
}
"""Markdown: what a stranger's pull request may hold."""

HTML: Mapping[str, Callable[[int], str]] = {
    "divisions in divisions": lambda n: "<div class=a>" * n + "x",
    "lists in lists": lambda n: "<ul><li>" * n + "x",
    "bold in bold": lambda n: "<b>" * n + "x",
    "links in links": lambda n: '<a href="https://a.b/">' * n + "x",
    "spans of all colours": lambda n: "".join(f'<span style="color: {number}">x' for number in range(n)),
    "tables in tables": lambda n: "<table><tr><td>" * n + "x",
    "collapsibles in collapsibles": lambda n: "<details><summary>a</summary>" * n + "x",
    "callouts in callouts": lambda n: '<div class="intercom-interblocks-callout" style="color: red">' * n + "x",
    "titles in titles": lambda n: "<details><summary>" * n + "x",
    "quotations in quotations": lambda n: "<blockquote>" * n + "x",
    "unknown elements": lambda n: "<x-y>" * n + "x",
    "text": lambda n: _P + "word " * n + "</p>",
    "one word": lambda n: _P + "w" * n + "</p>",
    "broken tags": lambda n: "<b <i </ <p x=" * n,
    "ends without beginnings": lambda n: "</div></p></b>" * n,
    "crossed tags": lambda n: "<b><i>x</b></i>" * n,
    "breaks": lambda n: _P + "a" + "<br>" * n + "b</p>",
    "lines": lambda n: _P + "a<br>\u200b" * n + "</p>",
    "blank paragraphs": lambda n: f"{_P}</p>\n" * n + "x",
    "paragraphs": lambda n: f"{_P}a <b>b</b> c.</p>" * n,
    "headings": lambda n: "<h2>Same</h2>" * n,
    "pictures": lambda n: '<div class="intercom-container"><img src="https://a.b/c.png?expires=1"></div>' * n,
    "pictures in a paragraph": lambda n: _P + '<img src="https://a.b/c.png">' * n + "</p>",
    "items": lambda n: "<ul>" + f"<li>{_P}a</p></li>" * n + "</ul>",
    "lists side by side": lambda n: f"<ul><li>{_P}a</p></li></ul>" * n,
    "a long attribute": lambda n: '<a href="https://a.b/' + "_" * n + '">x</a>',
    "many attributes": lambda n: "<div " + "".join(f"a{number}=b " for number in range(n)) + ">x",
    "a long class": lambda n: '<div class="' + "".join(f"c{number} " for number in range(n)) + '">x',
    "a long style": lambda n: '<td style="' + "".join(f"c{number}: d; " for number in range(n)) + '">x',
    "entities": lambda n: _P + "&amp;&lt;&#42;" * n + "</p>",
    "code with backticks": lambda n: (
        "<pre><code>" + "".join("`" * (run % 300) + "\n" for run in range(n)) + "</code></pre>"
    ),
    "code of backticks": lambda n: _P + "<code>" + "`" * n + "</code></p>",
    "code in text": lambda n: _P + "<code>a`b</code> c " * n + "</p>",
    "lines of code": lambda n: "<pre><code>" + "a = b\n\n" * n + "</code></pre>",
    "a long table": lambda n: f"{_CELL_TABLE}{f'<tr><td>{_P}a|b</p></td><td>c</td></tr>' * n}</tbody></table></div>",
    "a wide table": lambda n: (
        f"{_CELL_TABLE}<tr>{'<td>a | b</td>' * n}</tr><tr>{'<td>c</td>' * n}</tr></tbody></table></div>"
    ),
    "a ragged table": lambda n: _CELL_TABLE + "".join(f"<tr>{_CELL * (row % 7 + 1)}</tr>" for row in range(n)),
    "collapsibles": lambda n: f"<details><summary>a</summary>{_P}b</p></details>" * n,
    "stars": lambda n: _P + "*" * n + "</p>",
    "lines and stars": lambda n: _P + "_a*b " * n + "</p>",
    "brackets": lambda n: _P + "[" * n + "](" * n + "</p>",
    "brackets in a link": lambda n: f'{_P}<a href="https://a.b/">' + "[" * n + "]" * n + "</a></p>",
    "braces": lambda n: _P + "{.a} " * n + "</p>",
    "backslashes": lambda n: _P + "\\" * n + "</p>",
    "literal tags": lambda n: _P + "&lt;b&gt; &lt;!-- " * n + "</p>",
    "literal addresses": lambda n: _P + "https://a.b/c_d " * n + "</p>",
    "bold words": lambda n: _P + "a<b>b</b>" * n + "</p>",
    "spaces": lambda n: _P + "a" + " " * n + "\u00a0" * n + "b</p>",
    "hashes in a heading": lambda n: "<h1>" + "#" * n + " a " + "#" * n + "</h1>",
}
"""HTML: what a body read from Intercom, or pasted into Markdown, may hold."""
