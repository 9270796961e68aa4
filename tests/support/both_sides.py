"""Words that are told apart wherever they turn up, and the hands of those who write them: in files and in Intercom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias

from helpsync.content import Place as FilePlace
from helpsync.content import file_of, place_of
from journey_site import page
from tree_builder import layout_config

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from helpsync.settings import Layout
    from journey_site import Site

Place: TypeAlias = "tuple[str, str, str]"
"""Kind, id and locale of a text in Intercom; the ids of collections and sections begin with `g`."""

LOCALES = ("en", "fr")
MARK = re.compile(r"(?<![A-Za-z0-9-])[wtc]\d+q(?![A-Za-z0-9])")
"""A mark: of a writer's text, of a teammate's, or of a comment; in names made of texts it is none."""
OWNER = re.compile(r"(?<![A-Za-z0-9])own\d+q(?![A-Za-z0-9])")
WORDS = 24
"""How many words no other article has: enough to tell by them whose text it is."""

MARKDOWN = (
    "A sentence of {0}, with *words* and `code`.",
    "First {0}\nover two lines.",
    "- {0} one\n- two",
    "1. {0} first\n2. second",
    "## About {0}",
    "> [!NOTE]\n> Mind {0}.",
    "| a | b |\n| --- | --- |\n| {0} | 2 |",
    "```\n{0} <b>\n    more of it\n```",
    "![{0}](/pictures/local.png)",
    "* {0} one\n\n* two <!-- said -->",
    "{0} and [terms][t].\n\n[t]: https://example.com/terms",
    "See {0} at [that]({1}).",
    "{0}  \nbroken",
    "Dear {{{{ name }}}}, {{ {0} }} and `{{{{ that }}}}`.",
    "#### A **bold** `name`, {{{{ said }}}} *so*, {0}",
    "- {0}\n    - inner\n    - more",
)
HTML = (
    '<p class="no-margin">A sentence of {0} &amp; <b>more</b>.</p>',
    '<p class="no-margin">{0}</p><p class="no-margin"></p>\n<p class="no-margin">* after 1. it_s_</p>',
    '<ul><li><p class="no-margin">{0} one</p></li><li><p class="no-margin">two</p></li></ul>',
    '<ol><li><p class="no-margin">{0} first</p></li><li><p class="no-margin">second</p></li></ol>',
    '<h2 id="h_0{2:09x}">About {0}</h2>',
    (
        '<div class="intercom-interblocks-callout" style="background-color: #d7efdc80; border-color: #1bb15733;">'
        '<p class="no-margin">Mind {0}.</p></div>'
    ),
    (
        '<div class="intercom-interblocks-table-container"><table role="presentation"><tbody><tr>'
        '<td><p class="no-margin">{0}</p></td><td><p class="no-margin">b</p></td></tr></tbody></table></div>'
    ),
    "<pre><code>{0} &lt;b&gt;\nnext</code></pre>",
    '<div class="intercom-container"><img src="https://pictures.example/{2}.png" alt="{0}"></div>',
    (
        "<details><summary><h2>{0}</h2></summary>"
        '<div class="collapsible-section-content"><p class="no-margin">Inside.</p></div></details>'
    ),
    '<p class="no-margin">See {0} at <a href="{1}">that</a>.</p>',
    '<p class="no-margin">{0}<br>broken</p>',
    '<hr><p class="no-margin">{0}</p>',
    '<p class="no-margin">Dear {{{{ name }}}}, {{ {0} }}</p>',
    '<h4 id="h_1{2:09x}">A <b>bold</b> name, {0}</h4>',
    '<ul><li><p class="no-margin">{0}</p><ul><li><p class="no-margin">inner</p></li></ul></li></ul>',
    "<pre><code>{0}<br>  next<br><br>last</code></pre>",
)
_PARAGRAPH = re.compile(r'(?<!<li>)(?<!<td>)(?<=>)<p class="no-margin">((?:(?!</?p\b).)*)</p>(?=<|\n|$)')
_CONFLICT = re.compile(r"(?s)<<<<<<< [^\r\n]*\r?\n(.*?)=======\r?\n(.*?)>>>>>>> [^\r\n]*(?:\r?\n|$)")


class Marks:
    """Gives marks, each once."""

    def __init__(self) -> None:
        self._next = count(1)

    def __call__(self, kind: str) -> str:
        return f"{kind}{next(self._next)}q"


def chosen(some: list[Any], at: int) -> Any:
    """Return one of them, None of none."""
    return some[at % len(some)] if some else None


def owned(number: int, locale: str) -> str:
    """Return the first paragraph of an article: nobody changes it."""
    return " ".join([f"own{number}q", *(f"{locale}{number}x{word}" for word in range(WORDS))])


# Files ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Files:
    """The content folder as its writers see it."""

    root: Path
    layout: Layout

    def all(self) -> dict[str, bytes]:
        """Return what the Markdown files hold, by their paths in the folder."""
        paths = (path for path in self.root.rglob("*.md") if not path.name.startswith("."))
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in sorted(paths)}

    def place(self, path: str) -> tuple[str, str]:
        """Return the address and the locale of a file."""
        place = place_of(path, layout_config(self.layout))
        return place.address, place.locale

    def path(self, address: str, locale: str = "en") -> str:
        return file_of(FilePlace(address, locale), layout_config(self.layout))

    def addresses(self, *, folders: bool = False) -> list[str]:
        """Return those of the articles or, with `folders`, of the collections and sections."""
        places = {self.place(path) for path in self.all()}
        return sorted(
            address for address, locale in places if locale == "en" and address and address.endswith("/") == folders
        )

    def texts(self, *, folders: bool = True, marked: bool = False) -> list[str]:
        """Return the paths of files that are to be edited; those with conflicts only with `marked`."""
        return [
            path
            for path, data in self.all().items()
            if (folders or not self.place(path)[0].endswith("/")) and bool(_CONFLICT.search(data.decode())) == marked
        ]

    def read(self, path: str) -> str:
        return (self.root / path).read_bytes().decode()

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())

    def remove(self, *paths: str) -> None:
        """Remove files, and the folders that are empty without them."""
        for path in paths:
            target = self.root / path
            target.unlink()
            for folder in target.parents:
                if folder == self.root or any(folder.iterdir()):
                    break
                folder.rmdir()

    def marks(self, *, clean: bool = False) -> set[str]:
        """Return the marks in all files, with `clean` in those without conflicts."""
        texts = (data.decode() for data in self.all().values())
        return {mark for text in texts if not (clean and _CONFLICT.search(text)) for mark in MARK.findall(text)}


def rewritten(text: str, how: str, at: int, mark: str, link: str) -> str:
    """Return a file's text after one edit of its body or its frontmatter; the first paragraph is never touched."""
    crlf, text = "\r\n" in text, text.replace("\r\n", "\n")
    head, _, body = text.removeprefix("---\n").partition("\n---\n")
    lines = head.split("\n")
    if how in ("title", "description", "state", "comment"):
        lines = _with_line(lines, how, at, mark)
    else:
        body = _with_block(body, how, at, mark, link)
    text = "---\n" + "\n".join(lines) + "\n---\n" + body
    if how == "line ends":
        crlf = not crlf
    return text.replace("\n", "\r\n") if crlf else text


def _with_line(lines: list[str], how: str, at: int, mark: str) -> list[str]:
    if how == "comment":
        return [*lines[: 1 + at % len(lines)], f"# {mark}", *lines[1 + at % len(lines) :]]
    name = "name" if how == "title" and any(line.startswith("name:") for line in lines) else how
    old = next((place for place, line in enumerate(lines) if line.startswith(f"{name}:")), len(lines))
    values = {"state": ("draft", "published")[at % 2]}
    new = f"{name}: " + values.get(how, f'"About {mark}: it"' if at % 2 else f"About {mark}")
    return [*lines[:old], new, *lines[old + 1 :]]


def _with_block(body: str, how: str, at: int, mark: str, link: str) -> str:
    end = "\n" if body.endswith("\n") else ""
    blocks = body.rstrip("\n").split("\n\n")
    owner = next((place for place, block in enumerate(blocks) if OWNER.search(block)), 0)
    place = owner + 1 + at % max(1, len(blocks) - owner - 1)
    if how == "add" or place >= len(blocks):
        blocks.insert(owner + 1 + at % (len(blocks) - owner), MARKDOWN[at % len(MARKDOWN)].format(mark, link))
    elif how == "word":
        blocks[place] = MARK.sub(mark, blocks[place], count=1)
    elif how == "append":
        blocks[place] = f"{blocks[place]} {mark}" if "\n" not in blocks[place] else blocks[place]
    elif how == "drop":
        del blocks[place]
    elif how == "swap" and place + 1 < len(blocks):
        blocks[place : place + 2] = blocks[place + 1], blocks[place]
    return "\n\n".join(blocks) + end


EDITS = ("add", "word", "append", "drop", "swap", "title", "description", "state", "comment", "line ends")


def resolved(text: str, side: str) -> str:
    """Return a file without its conflicts: with our side, theirs, or both; of frontmatter not both."""
    head, boundary, body = text.partition("\n---")
    one = {"ours": r"\1", "theirs": r"\2"}
    if not boundary:
        return _CONFLICT.sub(one.get(side, r"\1"), text)
    if "<<<<<<<" in head and ">>>>>>>" not in head:
        return _CONFLICT.sub(one.get(side, r"\1"), text)
    return (
        _CONFLICT.sub(one.get(side, r"\1"), head + "\n").removesuffix("\n")
        + boundary
        + _CONFLICT.sub(one.get(side, r"\1\2"), body)
    )


def new_page(number: int, locale: str, at: int, mark: str, link: str) -> str:
    """Return the text of a new file."""
    piece = MARKDOWN[at % len(MARKDOWN)].format(mark, link)
    return page(f"\n{owned(number, locale)}\n\n{piece}\n", title=f"Article {number} {locale}")


# Intercom ------------------------------------------------------------------------------------------------------------


def shown(site: Site) -> dict[Place, str]:
    """Return all that Intercom holds, by place."""
    found: dict[Place, str] = {}
    for item in site.sandbox.articles():
        for locale, block in item["translated_content"].items():
            if isinstance(block, dict):
                found["article", item["id"], locale] = (
                    f"{block['state']} {block['author_id']} {block['title']} | {block['description']} | {block['body']}"
                )
    for kind in ("collection", "section"):
        for item in site.sandbox.groups(kind):
            blocks = item.get("group_translated_content") or item.get("translated_content") or {}
            for locale, block in blocks.items():
                if isinstance(block, dict):
                    found["group", f"g{item['id']}", locale] = f"{block['name']} | {block.get('description')}"
    return found


def marks_of(texts: Mapping[Place, str]) -> dict[str, Place]:
    """Return where each mark is."""
    return {mark: place for place, text in texts.items() for mark in MARK.findall(text)}


def owners(site: Site) -> dict[str, list[str]]:
    """Return the ids of the articles that have each owner's words."""
    found: dict[str, list[str]] = {}
    for place, text in shown(site).items():
        if place[0] == "article" and place[2] == "en":
            for owner in set(OWNER.findall(text)):
                found.setdefault(owner, []).append(place[1])
    return found


def edited(body: str, how: str, at: int, mark: str, link: str) -> str:
    """Return a stored body after one edit in Intercom's editor; the first paragraph is never touched."""
    piece = HTML[at % len(HTML)].format(mark, link, at)
    own = OWNER.search(body)
    begin = body.find("</p>", own.start()) + 4 if own else 0
    spots: list[Any] = [match for match in _PARAGRAPH.finditer(body, begin) if match[1]]
    marks: list[Any] = list(MARK.finditer(body, begin))
    if how == "first":
        return body[:begin] + piece + body[begin:]
    if how == "word" and marks:
        found = chosen(marks, at)
        return body[: found.start()] + mark + body[found.end() :]
    if how == "drop" and spots:
        found = chosen(spots, at)
        return body[: found.start()] + body[found.end() :]
    if how == "append" and spots:
        found = chosen(spots, at)
        return body[: found.end(1)] + f" {mark}" + body[found.end(1) :]
    return body + piece


TEAMMATES: tuple[str, ...] = ("first", "last", "word", "drop", "append")
