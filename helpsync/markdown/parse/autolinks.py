"""Bare addresses in a text, and where GitHub ends each of them."""

from __future__ import annotations

import re
import unicodedata
from xml.etree.ElementTree import Element

_ADDRESS = re.compile(r"(?:(?:https?|ftp)://|www\.)[^\s<\x02\x03]+", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z]+://", re.IGNORECASE)
_BEFORE_WWW = frozenset("*_~(")
_TRAILING = frozenset("?!.,:*_~'\"")
_ENTITY_AT_END = re.compile(r"&[A-Za-z0-9]+;$")
_MAIL_HOST = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9][A-Za-z0-9_-]*)+")
_MAIL_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+-_")
_LONGEST_NAME = 300


def link(address: str) -> Element:
    """Return a link whose text is this web address."""
    element = Element("a")
    element.set("href", address if _SCHEME.match(address) else f"http://{address}")
    element.text = address
    return element


def address_at(text: str, start: int) -> str | None:
    """Return the bare address that begins here, None where none does."""
    found = _ADDRESS.match(text, start)
    if found is None:
        return None
    before = text[start - 1 : start]
    scheme = _SCHEME.match(found[0])
    if scheme is None and before and not before.isspace() and before not in _BEFORE_WWW:
        return None
    if not _is_host(found[0][scheme.end() if scheme else 0 :]):
        return None
    return _without_trail(found[0])


def _is_host(address: str) -> bool:
    """Tell whether the address begins with a host, in whose last two parts an underscore can't stand."""
    host = []
    for char in address:
        if char not in "-_." and (char.isspace() or unicodedata.category(char)[0] in "PS"):
            break
        host.append(char)
    name = "".join(host).rstrip(".")
    return bool(name) and not any("_" in part for part in "".join(host).split(".")[-2:])


def _without_trail(address: str) -> str:
    """Return the address without the punctuation behind it, and without closing brackets that it did not open."""
    surplus = address.count(")") - address.count("(")
    end = len(address)
    while end:
        char = address[end - 1]
        if char in _TRAILING:
            end -= 1
        elif char == ")" and surplus > 0:
            surplus -= 1
            end -= 1
        elif char == ";":
            entity = _ENTITY_AT_END.search(address, max(0, end - 40), end)
            end = entity.start() if entity else end - 1
        else:
            break
    return address[:end]


def add_mail(leaf: Element) -> None:
    """Turn the bare email addresses in the leaf into links, except those in links and code."""
    waiting = [leaf]
    while waiting:
        element = waiting.pop()
        if element.tag in {"a", "code", "img"}:
            continue
        waiting.extend(element)
        for position in range(len(element) - 1, -1, -1):
            child = element[position]
            if child.tail and "@" in child.tail:
                child.tail, links = _mail(child.tail)
                element[position + 1 : position + 1] = links
        if element.text and "@" in element.text:
            element.text, links = _mail(element.text)
            element[0:0] = links


def _mail(text: str) -> tuple[str, list[Element]]:
    """Return the text up to its first address, and the addresses as links with the text behind each."""
    links: list[Element] = []
    parts: list[str] = []
    read = 0
    at = text.find("@")
    while at >= 0:
        start = at
        while start > max(read, at - _LONGEST_NAME) and text[start - 1] in _MAIL_NAME:
            start -= 1
        host = _MAIL_HOST.match(text, at + 1)
        end = host.end() if host else at
        if host and start < at and text[end - 1].isalpha() and text[end : end + 1] != "@":
            if text.endswith("mailto:", read, start):
                start -= len("mailto:")
            parts.append(text[read:start])
            element = Element("a")
            element.text = text[start:end]
            element.set("href", f"mailto:{element.text.removeprefix('mailto:')}")
            links.append(element)
            read = end
        at = text.find("@", max(end, at + 1))
    parts.append(text[read:])
    for each, behind in zip(links, parts[1:], strict=True):
        each.tail = behind
    return parts[0], links
