"""Addresses in Markdown and HTML: which are allowed, where a bare one ends, and the players of videos."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import parse_qs, quote
from xml.etree.ElementTree import Element

from helpsync.markdown.dialect import LINK_SCHEMES

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+|%[89a-fA-F][0-9a-fA-F]")
_IGNORED = re.compile(r"[\x00-\x20\x7f-\x9f\u200b\ufeff]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\ufeff]+")


def unsafe_scheme(href: str) -> str | None:
    """Return the scheme of a link that is not allowed; as in browsers, control characters in it are skipped."""
    match = _SCHEME.match(_IGNORED.sub("", href))
    if match is None or match[1].lower() in LINK_SCHEMES:
        return None
    return match[1].lower()


def is_script(address: str) -> bool:
    """Return whether a browser would run the address, or show its content, instead of opening it."""
    return unsafe_scheme(address) in {"javascript", "vbscript", "data"}


def clean_address(href: str) -> str:
    """Return the address without control characters and line breaks, which an address can't contain."""
    return _CONTROL.sub("", href).strip()


def encode_address(href: str) -> str:
    """Return the address with letters beyond ASCII encoded as Intercom stores them."""
    return _BEYOND_ASCII.sub(lambda match: quote(match[0]) if match[0][0] != "%" else match[0].upper(), href)


def is_public_address(url: str) -> bool:
    """Return whether Intercom could fetch a picture from this address; it refuses relative and `data:` addresses."""
    return url.lower().startswith(("https://", "http://"))


def refused_scheme(source: str) -> str | None:
    """Return the scheme of a picture's address that Intercom refuses; a single letter is a Windows drive."""
    match = _SCHEME.match(source)
    if match is None or len(match[1]) == 1 or match[1].lower() in {"http", "https"}:
        return None
    return match[1].lower()


_ADDRESS = re.compile(r"(?:(?:https?|ftp)://|www\.)[^\s<\x02\x03]+", re.IGNORECASE)
_WEB_SCHEME = re.compile(r"[a-z]+://", re.IGNORECASE)
_BEFORE_WWW = frozenset("*_~(")
_TRAILING = frozenset("?!.,:*_~'\"")
_ENTITY_AT_END = re.compile(r"&[A-Za-z0-9]+;$")
_MAIL_HOST = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9][A-Za-z0-9_-]*)+")
_MAIL_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+-_")
_LONGEST_NAME = 300


def bare_link(address: str) -> Element:
    """Return a link whose text is this web address."""
    element = Element("a")
    element.set("href", address if _WEB_SCHEME.match(address) else f"http://{address}")
    element.text = address
    return element


def bare_address(text: str, start: int) -> str | None:
    """Return the bare address that starts here, None where there is none."""
    found = _ADDRESS.match(text, start)
    if found is None:
        return None
    before = text[start - 1 : start]
    scheme = _WEB_SCHEME.match(found[0])
    if scheme is None and before and not before.isspace() and before not in _BEFORE_WWW:
        return None
    if not _is_host(found[0][scheme.end() if scheme else 0 :]):
        return None
    return _without_trail(found[0])


def _is_host(address: str) -> bool:
    """Return whether the address starts with a host, whose last two parts have no underscore."""
    host = []
    for char in address:
        if char not in "-_." and (char.isspace() or unicodedata.category(char)[0] in "PS"):
            break
        host.append(char)
    name = "".join(host).rstrip(".")
    return bool(name) and not any("_" in part for part in "".join(host).split(".")[-2:])


def _without_trail(address: str) -> str:
    """Return the address without trailing punctuation, and without closing brackets that it did not open."""
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


def link_mail_addresses(leaf: Element) -> None:
    """Turn the bare email addresses of the leaf into links, except in links and code."""
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
    """Return the text before the first address, and the addresses as links, each with the text after it."""
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


_LINK = re.compile(
    r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)+)(/[^\s\\<>\"'`?#\x00-\x1f\x7f]*)"
    r"(?:\?([^\s\\<>\"'`#\x00-\x1f\x7f]*))?(?:#([^\s\\<>\"'`\x00-\x1f\x7f]*))?",
    re.IGNORECASE | re.ASCII,
)
_ALONE = re.compile(r"[ \t]*(?:<(https?://[^\s<>]+)>|(https?://[^\s<>]+))[ \t]*", re.IGNORECASE)
_FRAME = re.compile(
    r"https://(?:[a-z0-9-]+\.)*"
    r"(?:youtube\.com|youtube-nocookie\.com|youtu\.be|vimeo\.com|wistia\.com|wistia\.net|loom\.com|vidyard\.com|streamio\.com)"
    r"(?:[/?#][^\s\\<>\"'`\x00-\x1f\x7f]*)?",
    re.IGNORECASE | re.ASCII,
)
_UPWARD = re.compile(r"/(?:\.|%2e){1,2}(?:[/?#]|$)", re.IGNORECASE)
_TIME = re.compile(r"(?:([0-9]{1,4})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,8})s?)?", re.IGNORECASE | re.ASCII)

_YOUTUBE_ID = r"(?!(?:videoseries|live_stream)/?$)([A-Za-z0-9_-]+)"
_YOUTUBE_PATH = rf"/(?:embed|v|e|shorts|live)/{_YOUTUBE_ID}/?"
_YOUTUBE = tuple(
    (re.compile(rf"{hosts}{path}"), f"https://{player}/embed/{{}}")
    for hosts, path, player in (
        (r"(?:(?:www|m|music)\.)?youtube\.com", rf"(?:{_YOUTUBE_PATH}|/watch\?v={_YOUTUBE_ID})", "www.youtube.com"),
        (r"(?:www\.)?youtu\.be", rf"/{_YOUTUBE_ID}/?", "www.youtube.com"),
        (r"(?:www\.)?youtube-nocookie\.com", _YOUTUBE_PATH, "www.youtube-nocookie.com"),
    )
)
_VIMEO = re.compile(
    r"(?:(player\.)(?=vimeo\.com/video/)|(?:www\.)?(?!vimeo\.com/video/))vimeo\.com/"
    r"(?:(?:channels|groups|album|showcase|ondemand)/[A-Za-z0-9_-]+/(?:videos?/)?|manage/videos/|video/)?"
    r"([0-9]+)(?:/([0-9a-z]+))?/?"
)
_VIMEO_SECRET = re.compile(r"[0-9a-z]*")
_STREAMIO_HOST = re.compile(r"(?:[a-z0-9.-]+\.)?streamio\.com")
_STREAMIO = re.compile(r"/[A-Za-z0-9._~/%+:@,=?&#-]+")
_OTHERS = tuple(
    (re.compile(link), player)
    for link, player in (
        (r"(?:www\.)?loom\.com/(?:share|embed)/(?:[A-Za-z0-9%-]+-)?([A-Za-z0-9]+)/?", "https://www.loom.com/embed/{}"),
        (r"fast\.wistia\.com/embed/iframe/([A-Za-z0-9]+)/?", "https://fast.wistia.com/embed/iframe/{}"),
        (r"fast\.wistia\.net/embed/iframe/([A-Za-z0-9]+)/?", "https://fast.wistia.net/embed/iframe/{}"),
        (r"[a-z0-9.-]+\.wistia\.com/medias/([A-Za-z0-9]+)/?", "https://fast.wistia.net/embed/iframe/{}"),
        (r"play\.vidyard\.com/([A-Za-z0-9_-]+?)(?:\.html)?/?", "https://play.vidyard.com/{}.html"),
        (r"(?!play\.)[a-z0-9.-]+\.vidyard\.com/watch/([A-Za-z0-9_-]+)/?", "https://play.vidyard.com/{}.html"),
    )
)


def player_of(url: str) -> str | None:
    """Return the address of the player for a link to a video, None for any other link.

    Only the exact hosts of the six providers that Intercom shows count. Parameters that track where the link came from
    are dropped; the start time stays.
    """
    match = _LINK.fullmatch(url)
    if match is None:
        return None
    host, path, query, fragment = match[1].lower(), match[2], _parameters(match[3]), _parameters(match[4])
    if _STREAMIO_HOST.fullmatch(host):
        rest = url[match.start(2) :]
        return f"https://{host}{rest}" if path != "/" and _STREAMIO.fullmatch(rest) else None
    watched = path.rstrip("/") == "/watch" and host.endswith("youtube.com")
    place = f"{host}/watch?v={query.get('v', '')}" if watched else f"{host}{path}"
    for pattern, player in _YOUTUBE:
        if found := pattern.fullmatch(place):
            start = _seconds(query.get("start") or query.get("t") or fragment.get("t"))
            return player.format(found[found.lastindex or 1]) + (f"?start={start}" if start else "")
    if found := _VIMEO.fullmatch(place):
        secret = query.get("h") or found[3] or ""
        start = _seconds(fragment.get("t"))
        address = f"https://player.vimeo.com/video/{found[2]}{f'?h={secret}' if secret else ''}"
        return address + (f"#t={start}s" if start else "") if _VIMEO_SECRET.fullmatch(secret) else None
    return next((player.format(found[1]) for pattern, player in _OTHERS if (found := pattern.fullmatch(place))), None)


def video_link(src: str) -> str | None:
    """Return the link that a person would write for a player, None unless `player_of` gives exactly this player."""
    match = _LINK.fullmatch(src)
    if match is None:
        return None
    host, name = match[1].lower(), match[2].removesuffix("/").rpartition("/")[2]
    query, fragment = match[3] or "", match[4] or ""
    link = src
    if host == "www.youtube.com":
        start = query.removeprefix("start=")
        link = f"https://www.youtube.com/watch?v={name}" + (f"&t={start}s" if query else "")
    elif host == "player.vimeo.com":
        secret = query.removeprefix("h=")
        link = f"https://vimeo.com/{name}" + (f"/{secret}" if query else "") + (f"#{fragment}" if fragment else "")
    elif host == "www.loom.com":
        link = f"https://www.loom.com/share/{name}"
    elif host == "play.vidyard.com":
        link = f"https://share.vidyard.com/watch/{name.removesuffix('.html')}"
    return link if player_of(link) == src else None


def video_on_line(line: str) -> str | None:
    """Return the address of the player when the line is only a link to a video, bare or in `<>`."""
    match = _ALONE.fullmatch(line)
    return player_of((match[1] or match[2]).replace("&amp;", "&")) if match else None


def is_video_host(src: str) -> bool:
    """Return whether a frame is allowed: an https address on a host whose frames Intercom shows."""
    return _FRAME.fullmatch(src) is not None and not _UPWARD.search(src)


def _parameters(query: str | None) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(query or "").items()}


def _seconds(value: str | None) -> int:
    match = _TIME.fullmatch(value) if value else None
    if match is None:
        return 0
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds
