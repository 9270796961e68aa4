"""What readers have at each address: its place, states, titles and bodies, with names where ids would differ."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from helpsync.markdown import canonical

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

    groups = {(kind, item["id"]): item for kind in ("collection", "section") for item in site.sandbox.groups(kind)}

    def place(item: Any) -> tuple[str, ...]:
        group = groups.get((item["parent_type"], str(item["parent_id"])))
        above = groups.get(("collection", str(group["parent_id"]))) if group and group["type"] == "section" else None
        return tuple(each["name"] for each in (above, group) if each)

    shown: View = {}
    for item in articles.values():
        texts = {
            locale: said(block)
            for locale, block in item["translated_content"].items()
            if locale != "type" and block and (block["title"] or block["body"])
        }
        shown[names.get(("article", item["id"]), item["id"])] = (place(item), texts)
    for key, item in groups.items():
        shown[names.get(key, item["id"])] = (item["name"], item.get("description") or "")
    return shown


def lacking(before: View, after: View) -> list[str]:
    """Return the addresses of what was there before and is not after, wherever; what came since is no matter."""
    rest = list(after.values())
    missing = []
    for address, was in before.items():
        found = next((now for now in rest if _holds(now, was)), None)
        if found is None:
            missing.append(address)
        else:
            rest.remove(found)
    return missing


def _holds(now: Any, was: Any) -> bool:
    if isinstance(was[1], dict) and isinstance(now[1], dict):
        return bool(now[0] == was[0] and all(_says(now[1].get(locale), text) for locale, text in was[1].items()))
    return bool(now == was)


def _says(now: tuple[str, ...] | None, was: tuple[str, ...]) -> bool:
    # A dead link to a heading may work now.
    alike = re.escape(was[-1]).replace("%20dead", '[^"]*')
    return now is not None and now[:-1] == was[:-1] and re.fullmatch(alike, now[-1], re.DOTALL) is not None
