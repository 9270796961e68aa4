"""Pictures: the file or URL that an image means, and why Intercom can't use it."""

from __future__ import annotations

import hashlib
import ipaddress
import os
import posixpath
import re
import socket
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit, urlunsplit
from xml.parsers import expat

from helpsync.content.discover import blob_id
from helpsync.content.links import without_scheme
from helpsync.content.paths import file_of, followed, nfc
from helpsync.errors import Location
from helpsync.findings import Issue, catalogue
from helpsync.markdown import Broken, PublicImage, is_public_address, player_of
from helpsync.picture_types import NotAPicture, ending_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from helpsync.content.paths import Place
    from helpsync.markdown import ImageTarget
    from helpsync.model import Finding
    from helpsync.settings import Config

_KEPT = re.compile(r"(?:.+\.)?(?:intercomcdn|intercomassets|intercom-attachments(?:-\d+)?)\.(?:com|eu)")
"""Intercom's own hosts of pictures: it has what is there."""

_PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\$\{.*?\}")
_INSIDE = re.compile(r"(?:.+\.)?(?:localhost|local|internal|intranet|private|corp|home|lan|home\.arpa)|[\w-]+")
"""Names that only one machine or network knows (RFC 6761, 6762, 8375), and names without a dot."""

_OTHER_FILE = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|od[tsp]|rtf|txt|csv|x?html?|zip|t?gz|tar|rar|7z|dmg|exe|msi"
    r"|mp4|m4v|mov|avi|mkv|webm|wmv|mpe?g|ogv|flv|mp3|m4a|wav|ogg|flac|aac)",
    re.IGNORECASE,
)
_CONVERTED = re.compile(r"/upload/|[?&](?:fm|format|auto|output)=")
"""In the address of a server that turns another file into a picture: Cloudinary (path), imgix (query)."""

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
"""Services whose pages have no file ending; the same address with an ending is the picture."""

_ALONE = re.compile(r"/[A-Za-z0-9]+")
_LINK = {"imgur.com": "https://i.imgur.com{path}.png", "gyazo.com": "https://i.gyazo.com{path}.png"}


def not_fetched(url: str, own: Collection[str]) -> Broken | None:
    """Return why Intercom can't fetch a picture from the address, None if nothing is known to prevent it.

    `own` are the hosts of the remotes, with their ports: they have the pictures at their own addresses.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    if _KEPT.fullmatch(host) or parts.netloc.rpartition("@")[2].lower() in own:
        return None
    if host and not _is_public(host):
        return Broken(*catalogue.HOST_NOT_PUBLIC(url=url, host=host))
    issue = _not_a_picture(url, parts, host.removeprefix("www."))
    return Broken(*issue) if issue else None


def _not_a_picture(url: str, parts: SplitResult, host: str) -> Issue | None:
    """Return why the address can't be that of a picture, None if it can."""
    if found := _PLACEHOLDER.search(unquote(url)):
        return catalogue.URL_WITH_PLACEHOLDER(placeholder=found[0], url=url)
    if hint := _raw_address(parts, host) or _page_instead(parts, host):
        return catalogue.URL_OF_PAGE(hint=hint, url=url)
    ending = posixpath.splitext(unquote(parts.path))[1]
    if _OTHER_FILE.fullmatch(ending) and not _CONVERTED.search(url):
        return catalogue.URL_OF_OTHER_FILE(url=url, ending=ending.lower())
    return None


def _is_public(host: str) -> bool:
    """Return whether a host may be on the public internet; names are not looked up."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        try:
            # To browsers and servers `127.1`, `0x7f.1` and `2130706433` are addresses too.
            address = ipaddress.IPv4Address(socket.inet_aton(host))
        except (OSError, ValueError):
            return _INSIDE.fullmatch(host) is None
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    return address.is_global and not address.is_multicast


def _raw_address(parts: SplitResult, host: str) -> str:
    """Return a hint if the address is the page of a git host about a file, otherwise ""."""
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
    if not _is_named(raw.path):
        return catalogue.USE_PUBLIC_PICTURE
    return catalogue.did_you_mean(urlunsplit(raw._replace(query="", fragment="")))


def _page_instead(parts: SplitResult, host: str) -> str:
    """Return a hint if the address is the page of a service about a picture, otherwise ""."""
    where, query = host + parts.path, parse_qs(parts.query)
    if host == "dropbox.com" and not {"1"} & {*query.get("raw", ()), *query.get("dl", ())}:
        return catalogue.USE_RAW_DROPBOX
    if _PAGES.fullmatch(where):
        return catalogue.USE_PUBLIC_PICTURE
    if _is_named(parts.path):
        return ""
    if host in _LINK and _ALONE.fullmatch(parts.path):
        return catalogue.did_you_mean(_LINK[host].format(path=parts.path))
    if player_of(urlunsplit(parts)):
        return catalogue.USE_VIDEO_LINE
    return catalogue.USE_PUBLIC_PICTURE if _SHARED.fullmatch(where) else ""


def _is_named(path: str) -> bool:
    """Return whether the path has the ending of a picture."""
    return _PICTURE.fullmatch(posixpath.splitext(path)[1]) is not None


_LFS = b"version https://git-lfs.github.com/spec/"
_CONFLICT = re.compile(rb"^<{7}(?: .*)?\r?$", re.MULTILINE)


def not_a_picture(data: bytes) -> Callable[..., Issue] | None:
    """Return what gives the issue with a file that is not a picture, for its `source`; None for a picture.

    Any SVG that can be shown is one, scripts or not: whoever may change the tree may also write scripts.
    """
    if not data:
        return catalogue.IMAGE_EMPTY
    if data.startswith(_LFS):
        return catalogue.IMAGE_LFS_POINTER
    try:
        ending_of(data)
    except NotAPicture:
        return _not_a_drawing(data)
    return None


def _not_a_drawing(data: bytes) -> Callable[..., Issue] | None:
    elements: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, _: elements.append(name.rpartition(" ")[2])
    try:
        parser.Parse(data, True)  # noqa: FBT003  # the parser takes no name for "this is all"
    except expat.ExpatError as error:
        if _CONFLICT.search(data):
            return catalogue.IMAGE_WITH_CONFLICT
        if elements[:1] == ["svg"]:
            return partial(catalogue.IMAGE_BROKEN_SVG, error=error)
    except (LookupError, ValueError):
        return None  # in an encoding that only others can read
    return None if elements[:1] == ["svg"] else catalogue.IMAGE_OTHER_KIND


COMMIT = "{commit}"


def public_url(template: str, path: str, commit: str | None) -> str:
    """Return the public URL of the file at `path` by the template of `assets.url`; without a commit, that of HEAD."""
    return template.replace(COMMIT, quote(commit or "HEAD")).replace("{path}", quote(path))


class PictureResolver:
    """Resolves the pictures of articles: public ones by URL, local ones by the digest of their bytes.

    The key of a local picture is `sha256:` and the digest, so a moved picture or a new commit does not change a body.
    `copies` has the paths of each key, relative to helpsync.yaml, with the blob id there. `is_held` says whether
    Intercom has the picture of a key; it is called only if the picture has no public URL.
    """

    def __init__(self, config: Config, is_held: Callable[[str], bool] = lambda _: False) -> None:
        self.config = config
        self._is_held = is_held
        self._own_hosts = {urlsplit(each.base_url).netloc.lower() for each in config.remotes.values() if each.base_url}
        self.root = config.root / config.content
        self.copies: dict[str, dict[str, str]] = {}
        self._keys: dict[str, str | None] = {}
        self._wrong: dict[str, Callable[..., Issue]] = {}
        self._listings: dict[Path, dict[str, str]] = {}
        self._real_root = os.path.realpath(self.root) + os.sep

    def resolve(self, src: str, here: Place) -> ImageTarget:
        """Return the picture that `src` means in the file of `here`; a Broken one says what is wrong."""
        if src.startswith("//"):
            src = f"https:{src}"
        if is_public_address(src):
            return not_fetched(src, self._own_hosts) or PublicImage(src)
        return self._local(src, here)

    def _local(self, src: str, here: Place) -> ImageTarget:
        if not src.strip():
            return Broken(*catalogue.IMAGE_WITHOUT_ADDRESS())
        path = nfc(unquote(re.split(r"[?#]", src, maxsplit=1)[0]))
        relative = self._relative(path, here)
        if relative is None:
            return Broken(*catalogue.IMAGE_OUTSIDE(source=src))
        if relative not in self._keys:
            self._keys[relative] = self._key(relative)
        key = self._keys[relative]
        if key is None:
            whole = without_scheme(src)
            hint = catalogue.did_you_mean(whole) if whole else None
            return Broken(*catalogue.IMAGE_NOT_FOUND(hint=hint, source=src, file=self._shown(relative)))
        if (wrong := self._wrong.get(key)) and not self._is_held(key):
            return Broken(*wrong(source=src))
        if self.config.assets_url is None and not self._is_held(key):
            return Broken(*catalogue.IMAGE_WITHOUT_URL(source=src))
        return PublicImage(key)

    def _relative(self, path: str, here: Place) -> str | None:
        parts = file_of(here, self.config).split("/")[:-1]
        if path.startswith("/"):
            parts = []
        return followed(parts, path)

    def _shown(self, relative: str) -> str:
        return relative if self.config.content == "." else f"{self.config.content}/{relative}"

    def _key(self, relative: str) -> str | None:
        """Return the key of the file, None without one; its name must match in case, as on the web."""
        disk = self.root
        for part in relative.split("/"):
            actual = self._listing(disk).get(part)
            if actual is None:
                return None
            disk = disk / actual
        if not disk.is_file() or not os.path.realpath(disk).startswith(self._real_root):
            return None
        try:
            data = disk.read_bytes()
        except OSError:
            return None
        key = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if wrong := not_a_picture(data):
            self._wrong[key] = wrong
        path = disk.relative_to(self.config.root).as_posix()
        self.copies.setdefault(key, {})[path] = blob_id(data)
        return key

    def _listing(self, folder: Path) -> dict[str, str]:
        if folder not in self._listings:
            try:
                self._listings[folder] = {nfc(each.name): each.name for each in folder.iterdir()}
            except OSError:
                self._listings[folder] = {}
        return self._listings[folder]


@dataclass(frozen=True, slots=True)
class Commit:
    """What git has of the content folder in the commit that is checked out, by path relative to helpsync.yaml.

    `blobs` are the blob ids of the files, None without a commit; `hint` may then say why. `changed` returns the files
    that differ from the commit, None if git can't tell.
    """

    blobs: Mapping[str, str] | None
    changed: Callable[[], frozenset[str] | None]
    hint: str | None = None


def committed_pictures(
    config: Config, commit: Commit, copies: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, str], dict[str, Finding]]:
    """Return by key the path in the commit of each picture that it has, and a finding for each of the others.

    `copies` has, by the key of a picture, its paths, each with the blob id there.
    """
    if commit.blobs is None:
        return {}, dict.fromkeys(copies, catalogue.NO_COMMIT(hint=commit.hint).at(Location(config.path.name)))
    blobs = commit.blobs
    names = {nfc(name): name for name in blobs}
    there = {
        key: [(name, blobs[name] == blob) for path, blob in sorted(paths.items()) if (name := names.get(nfc(path)))]
        for key, paths in copies.items()
    }
    found = {key: next(name for name, same in held if same) for key, held in there.items() if any(s for _, s in held)}
    if len(found) == len(copies):
        return found, {}
    # Git may store other bytes than those on disk (line ends, large files), but it knows which files were changed.
    changed = commit.changed()
    findings = {}
    for key in sorted(copies.keys() - found.keys(), key=lambda key: min(copies[key])):
        same = [name for name, _ in there[key] if changed is not None and name not in changed]
        if same:
            found[key] = same[0]
            continue
        text = catalogue.IMAGE_CHANGED if there[key] else catalogue.IMAGE_NOT_COMMITTED
        findings[key] = text().at(Location(min(copies[key])))
    return found, findings
