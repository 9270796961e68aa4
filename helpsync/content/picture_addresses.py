"""Why Intercom can't fetch a picture from an address of the web."""

from __future__ import annotations

import ipaddress
import posixpath
import re
import socket
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit, urlunsplit

from helpsync.markdown import Broken, player_of

if TYPE_CHECKING:
    from collections.abc import Collection

_PUT = "put the picture into the content folder, or on a public server"
_KEPT = re.compile(r"(?:.+\.)?(?:intercomcdn|intercomassets|intercom-attachments(?:-\d+)?)\.(?:com|eu)")
"""Hosts on which Intercom itself keeps pictures (facts: Bodies): what lies there, it has."""

_PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\$\{.*?\}")
_INSIDE = re.compile(r"(?:.+\.)?(?:localhost|local|internal|intranet|private|corp|home|lan|home\.arpa)|[\w-]+")
"""Names that only one machine or one network knows (RFC 6761, 6762, 8375): those without a dot, too."""

_OTHER_FILE = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|od[tsp]|rtf|txt|csv|x?html?|zip|t?gz|tar|rar|7z|dmg|exe|msi"
    r"|mp4|m4v|mov|avi|mkv|webm|wmv|mpe?g|ogv|flv|mp3|m4a|wav|ogg|flac|aac)",
    re.IGNORECASE,
)
_CONVERTED = re.compile(r"/upload/|[?&](?:fm|format|auto|output)=")
"""What a server that makes a picture of another file has in the address: Cloudinary in the path, imgix behind it."""

_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp|avif|bmp|svg)", re.IGNORECASE)

_GITHUB = re.compile(r"(/[^/]+/[^/]+)/(?:blob|tree|blame|edit)/(.+)")
_GITLAB = re.compile(r"(.+/-)/(?:blob|tree|blame|edit)/(.+)")
_BITBUCKET = re.compile(r"(/[^/]+/[^/]+)/src/(.+)")
_GITEA = re.compile(r"(/[^/]+/[^/]+)/src/((?:branch|commit|tag)/.+)")

_PAGES = re.compile(
    r"github\.com/[^/]+/[^/]+(?:/(?:(?:issues|pull|discussions|commits?|compare|projects)(?:/.*)?|releases/tag/.*))?/?"
    r"|gist\.github\.com/(?!.*/raw(?:/|$)).*"
    r"|dev\.azure\.com/(?!.*/_apis/).*|[^/]+\.visualstudio\.com/.*/_git/.*"
    r"|drive\.google\.com/(?!(?:.*/)?(?:uc|thumbnail)$).*|docs\.google\.com/(?!.*/(?:export|pub)(?:/|$)).*/d/.*"
    r"|photos\.google\.com/.*|photos\.app\.goo\.gl/.*|1drv\.ms/.*|onedrive\.live\.com/(?!download).*"
    r"|[^/]+\.sharepoint\.com/:.*|(?:[^/]+\.)?box\.com/s/(?!.*\.\w+$).*"
    r"|[^/]+\.wikipedia\.org/wiki/File:.*|commons\.wikimedia\.org/wiki/File:.*"
    r"|flickr\.com/photos/.*|flic\.kr/.*|unsplash\.com/photos/(?!.*/download$).*|giphy\.com/gifs/.*"
    r"|figma\.com/(?:file|design|proto|board)/.*|canva\.com/design/.*"
)
_SHARED = re.compile(r"(?:(?:m\.)?imgur\.com|gyazo\.com(?!/[^/]+/raw$)|ibb\.co|postimg\.cc|prnt\.sc)/.+")
"""Services whose pages have no file ending, and where the same address with one leads to the picture."""

_ALONE = re.compile(r"/[A-Za-z0-9]+")
_LINK = {"imgur.com": "https://i.imgur.com{path}.png", "gyazo.com": "https://i.gyazo.com{path}.png"}


def not_fetched(url: str, own: Collection[str]) -> Broken | None:
    """Return why Intercom can fetch no picture from the address, None where nothing speaks against it.

    `own` are the hosts, with their ports, of the remotes: what they name, they have.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    if _KEPT.fullmatch(host) or parts.netloc.rpartition("@")[2].lower() in own:
        return None
    if host and not _is_public(host):
        message = f"Intercom can't fetch the picture `{url}`: `{host}` is not on the public internet"
        return Broken("no-public-url", message, _PUT)
    message, hint = _no_picture(url, parts, host.removeprefix("www."))
    return Broken("bad-image", message, hint) if message else None


def _no_picture(url: str, parts: SplitResult, host: str) -> tuple[str, str]:
    """Return what the address is instead of that of a picture, and a hint; both are empty for a picture."""
    if found := _PLACEHOLDER.search(unquote(url)):
        return f"nothing fills in the `{found[0]}` of `{url}`", "write the address out"
    if hint := _raw_address(parts, host) or _page_instead(parts, host):
        return f"`{url}` is the address of a web page, not of a picture", hint
    ending = posixpath.splitext(unquote(parts.path))[1]
    if _OTHER_FILE.fullmatch(ending) and not _CONVERTED.search(url):
        hint = "show a picture, or link to the file: `[text](address)`"
        return f"`{url}` is the address of a `{ending.lower()}` file, not of a picture", hint
    return "", ""


def _is_public(host: str) -> bool:
    """Return whether a host may be one of the public internet; names are not looked up."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        try:
            # Browsers and servers take `127.1`, `0x7f.1` and `2130706433` for addresses, too.
            address = ipaddress.IPv4Address(socket.inet_aton(host))
        except (OSError, ValueError):
            return _INSIDE.fullmatch(host) is None
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    return address.is_global and not address.is_multicast


def _raw_address(parts: SplitResult, host: str) -> str:
    """Return a hint where the address is that of the page on which a git host shows a file, "" for all others."""
    if match := _GITLAB.fullmatch(parts.path):
        raw = parts._replace(path=f"{match[1]}/raw/{match[2]}")
    elif host == "github.com" and (match := _GITHUB.fullmatch(parts.path)):
        raw = parts._replace(netloc="raw.githubusercontent.com", path=f"{match[1]}/{match[2]}")
    elif host.startswith("github.") and (match := _GITHUB.fullmatch(parts.path)):
        raw = parts._replace(path=f"{match[1]}/raw/{match[2]}")
    elif (match := _GITEA.fullmatch(parts.path)) or (host == "bitbucket.org" and _BITBUCKET.fullmatch(parts.path)):
        raw = parts._replace(path=parts.path.replace("/src/", "/raw/", 1))
    else:
        return ""
    if host.startswith("github.") and "raw" in parse_qs(parts.query):
        return ""
    return f"did you mean `{urlunsplit(raw._replace(query='', fragment=''))}`?" if _is_named(raw.path) else _PUT


def _page_instead(parts: SplitResult, host: str) -> str:
    """Return a hint where the address is that of the page on which a service shows a picture, "" for all others."""
    where, query = host + parts.path, parse_qs(parts.query)
    if host == "dropbox.com" and not {"1"} & {*query.get("raw", ()), *query.get("dl", ())}:
        return "write `raw=1` in the place of `dl=0`"
    if _PAGES.fullmatch(where):
        return _PUT
    if _is_named(parts.path):
        return ""
    if host in _LINK and _ALONE.fullmatch(parts.path):
        return f"did you mean `{_LINK[host].format(path=parts.path)}`?"
    if player_of(urlunsplit(parts)):
        return "for a video, write its address on a line of its own"
    return _PUT if _SHARED.fullmatch(where) else ""


def _is_named(path: str) -> bool:
    """Return whether the path ends as those of pictures do."""
    return _PICTURE.fullmatch(posixpath.splitext(path)[1]) is not None
