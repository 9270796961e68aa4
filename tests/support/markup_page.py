"""The examples of docs/markup.md: read from the page, and what Intercom stores for them in a form made for reading.

A `###` begins a construct. `**Written**` has the Markdown in a fence, `**On GitHub**` the same Markdown as part of the
page, `**In Intercom**` the stored HTML in a fence. What follows a label up to the next blank line is prose.
`**Reported**` names the findings. A table with the columns of COLUMNS lists single tags.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.markdown import fill

if TYPE_CHECKING:
    from helpsync.markdown import Rendered
    from helpsync.model import Reference


COLUMNS = ("Written", "Stored", "Readers get", "Reported")

_TITLE = re.compile(r"^### (.+)$", re.MULTILINE)
_EXAMPLE = re.compile(
    r"^\*\*Written\*\*\n\n(?P<fence>`{3,})markdown\n(?P<written>.*?)^(?P=fence)\n\n"
    r"^\*\*On GitHub\*\*[^\n]*\n(?:[^\n]+\n)*\n(?P<live>.*?)\n"
    r"^\*\*In Intercom\*\*[^\n]*\n(?:[^\n]+\n)*\n(?P<stored_fence>`{3,})html\n(?P<stored>.*?)^(?P=stored_fence)$"
    r"(?:\n\n^\*\*Reported\*\*:(?P<reported>(?:[^\n]+\n)+))?",
    re.MULTILINE | re.DOTALL,
)
_FINDING = re.compile(r"\]\(findings\.md#([a-z-]+)\)")
_CELL = re.compile(r"(?<!\\)\|")
_TOKEN = re.compile(r"<pre>.*?</pre>|<(/?)([a-z0-9]+)[^>]*>|[^<]+", re.DOTALL)
_CONTAINERS = frozenset({"ul", "ol", "li", "div", "table", "tbody", "tr", "td", "details", "summary"})


@dataclass(frozen=True, slots=True)
class Example:
    """A construct: as it is written, as it stands in the page, as it is stored, and the codes of its findings."""

    title: str
    written: str
    live: str
    stored: str
    reported: frozenset[str]


def constructs(page: str) -> dict[str, list[Example]]:
    """Return the examples of each construct; the headings of live Markdown are deeper than those of the page."""
    parts = _TITLE.split(page)
    return {
        title: [
            Example(
                title,
                found["written"],
                found["live"],
                found["stored"],
                frozenset(_FINDING.findall(found["reported"] or "")),
            )
            for found in _EXAMPLE.finditer(text)
        ]
        for title, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def tags(page: str) -> list[tuple[str, str, str, str]]:
    """Return the rows of the table of tags, their first two cells without the backticks."""
    head = f"| {' | '.join(COLUMNS)} |\n"
    rows = page.partition(head)[2].partition("\n\n")[0].splitlines()[1:]
    cells = [[cell.strip() for cell in _CELL.split(row)[1:-1]] for row in rows]
    return [(_code(written), _code(stored), readers, reported) for written, stored, readers, reported in cells]


def _code(cell: str) -> str:
    return cell.strip("`").replace("\\|", "|")


def stored(rendered: Rendered) -> str:
    """Return the body with `…` for what only Intercom knows: ids of articles, addresses of pictures."""
    return fill(rendered.body, link=_address, heading=str, image=_picture)


def _address(target: Reference) -> str:
    name = target.address.rpartition("/")[2]
    return f"https://help.example.com/{target.locale}/articles/…-{name}{f'#{target.slug}' if target.slug else ''}"


def _picture(_key: str) -> str:
    return "https://downloads.intercomcdn.com/i/o/…"


def broken(html: str) -> str:
    """Return a body with its blocks on lines of their own: what holds one thing stays in one piece."""
    top = _Element("", "", [])
    path = [top]
    text = ""
    for token in _TOKEN.finditer(html):
        end, name = token[1], token[2]
        if name not in _CONTAINERS:
            text += token[0]
            if (end and re.fullmatch("p|h[1-6]", name or "")) or token[0].startswith(("<hr", "<pre")):
                path[-1].children.append(text)
                text = ""
            continue
        if text:
            path[-1].children.append(text)
            text = ""
        if end:
            path.pop()
        else:
            element = _Element(token[0], f"</{name}>", [])
            path[-1].children.append(element)
            path.append(element)
    return "".join(f"{line}\n" for child in top.children for line in _lines(child))


@dataclass(frozen=True, slots=True)
class _Element:
    start: str
    end: str
    children: list[_Element | str]


def _lines(child: _Element | str) -> list[str]:
    if isinstance(child, str):
        return [child]
    if len(child.children) == 1:
        first, *between = _lines(child.children[0])
        if not between:
            return [f"{child.start}{first}{child.end}"]
        return [f"{child.start}{first}", *between[:-1], f"{between[-1]}{child.end}"]
    inner = [f"  {line}" for each in child.children for line in _lines(each)]
    return [child.start, *inner, child.end] if inner else [child.start + child.end]
