"""What readers have at each address: its place, states, titles and bodies, with names where ids would differ."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from helpsync.markup.canonical import canonical

if TYPE_CHECKING:
    from journey_site import Site

View: TypeAlias = dict[str, Any]

_LINK = re.compile(r'href="[^"]*/(?P<locale>[a-z]{2})/articles/(?P<id>\d+)[^"#]*(?:#(?P<anchor>[^"]*))?"')
_HEADING = re.compile(r'<h\d[^>]* id="([^"]+)"[^>]*>(.*?)</h\d>')


def view(site: Site) -> View:
    """Return everything that Intercom holds, by the address that the baseline knows it by, or else by its id."""
    path = site.root / ".helpsync" / "sandbox" / "baseline.json"
    records = json.loads(path.read_text(encoding="utf-8"))["addresses"]
    ranked = sorted(records.items(), key=lambda pair: not pair[1].get("gone"))
    names = {(record["kind"], record["id"]): address for address, record in ranked}
    articles = {item["id"]: item for item in site.sandbox.articles()}

    def link(match: re.Match[str]) -> str:
        target = articles.get(match["id"])
        if target is None:
            return 'href="dead"'
        anchors = dict(_HEADING.findall(target["translated_content"][match["locale"]]["body"]))
        anchor = anchors.get(match["anchor"], "dead") if match["anchor"] else ""
        return f'href="own:{match["locale"]} {target["translated_content"][match["locale"]]["title"]} {anchor}"'

    def said(block: Any) -> tuple[str, ...]:
        # A place in the same text is a dead end wherever Intercom renews the ids of headings.
        body = re.sub(r'href="#[^"]*"', 'href="#"', _LINK.sub(link, block["body"]))
        return block["state"], block["title"], block["description"] or "", canonical(body)

    shown: View = {}
    for item in articles.values():
        parent = (item["parent_type"], str(item["parent_id"]))
        texts = {
            locale: said(block)
            for locale, block in item["translated_content"].items()
            if locale != "type" and block and (block["title"] or block["body"])
        }
        shown[names.get(("article", item["id"]), item["id"])] = (names.get(parent, parent[1]), texts)
    for kind in ("collection", "section"):
        for item in site.sandbox.groups(kind):
            shown[names.get((kind, item["id"]), item["id"])] = (item["name"], item.get("description") or "")
    return shown


def texts(shown: View, address: str) -> dict[str, tuple[str, ...]]:
    """Return what an article of the view says, per locale."""
    found: dict[str, tuple[str, ...]] = shown[address][1]
    return found
