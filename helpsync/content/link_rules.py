"""Rules about links between articles that need every body: headings that are not there, and drafts."""

from __future__ import annotations

import html
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from helpsync.findings.catalogue import finding
from helpsync.markdown import slugify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from helpsync.model import Address, Body, Finding, Link, LocaleCode, State

    Bodies = Mapping[tuple[Address, LocaleCode], Body]

SHOWN = 5
_NOTHING_ELSE = "nothing else, such as an `<a id>`, can be linked to"
_TITLE = re.compile(r"<summary>(.*?)</summary>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def broken_anchors(body: Body, bodies: Bodies) -> Iterator[tuple[Link, Finding]]:
    """Yield each link of `body` to a heading that its target does not have; targets without a body are not judged."""
    for link in body.links:
        target = link.target
        goal = bodies.get((target.address, target.locale))
        if goal is None or target.slug is None:
            continue
        slugs = [heading.slug for heading in goal.headings]
        if target.slug in slugs:
            continue
        where = "this article" if goal is body else f"{target.address} ({target.locale})"
        near = get_close_matches(target.slug, slugs, n=1)
        if target.slug in map(slugify, _titles(goal)):
            hint = "titles of collapsibles can't be linked to: link to a heading above it"
        elif near:
            hint = f"did you mean `#{near[0]}`?"
        elif slugs:
            rest = ", …" if len(slugs) > SHOWN else ""
            hint = f"its headings are {', '.join(f'#{slug}' for slug in slugs[:SHOWN])}{rest}; {_NOTHING_ELSE}"
        else:
            hint = f"it has no headings, and {_NOTHING_ELSE}: remove the part after #"
        yield link, finding("broken-anchor", f"{where} has no heading `#{target.slug}`", link.location, hint)


def _titles(body: Body) -> Iterator[str]:
    """Yield the titles of the body's collapsibles, which get no ids."""
    for title in _TITLE.findall(body.html):
        yield html.unescape(_TAG.sub("", title))


def links_to_drafts(
    body: Body,
    written: Callable[[Address, LocaleCode], State | None],
    begins: Callable[[Address, LocaleCode], State | None],
) -> Iterator[Finding]:
    """Yield a finding for each link of a published article's `body` to one that is a draft.

    `written` gives the state that the files name, `begins` also that of new articles where they name none.
    """
    for link in body.links:
        place = (link.target.address, link.target.locale)
        if begins(*place) != "draft":
            continue
        message = f"this links to {link.target.address}, a draft that readers can't open"
        hint = "publish it, or link to it later"
        if written(*place) is None:
            message = f"this links to {link.target.address}, which starts as a draft that readers can't open"
            hint = "write `state: published` in its file if they can, or link to it later"
        yield finding("link-to-draft", message, link.location, hint)
