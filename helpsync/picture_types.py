"""What bytes are a picture: told by how they begin, never by what a server calls them."""

from __future__ import annotations

import re
from xml.parsers import expat

_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF87a", ".gif"),
    (b"GIF89a", ".gif"),
)
_BITMAP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
_WEB_PAGE = re.compile(rb"<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_TEXT_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_SCRIPTS = frozenset(
    {"script", "handler", "listener", "iframe", "frame", "object", "embed", "applet", "base", "link", "meta", "form"}
)
"""What can run a script or bring one, in SVG and in the XHTML that drawing programs put into it."""

_SVG = "http://www.w3.org/2000/svg"
_SPACE = re.compile(r"[\s\x00-\x20]+")
_UNKNOWN = "what came is no PNG, JPEG, GIF, WebP, AVIF, BMP or SVG"
_A_PAGE = "a web page came instead of a picture"
_CALLS = ("javascript:", "vbscript:", "data:text/html")


class NoPicture(Exception):
    """These bytes are not taken for a picture; the message says why, as a part of a sentence."""


def ending_of(data: bytes) -> str:
    """Return the file ending, with its dot, of a PNG, JPEG, GIF, WebP, AVIF, BMP or SVG picture.

    Raises NoPicture for anything else, and for an SVG that is not well-formed, declares entities or can run a script.
    """
    for beginning, ending in _BEGINNINGS:
        if data.startswith(beginning):
            if ending == ".png" and len(data) == len(beginning):
                raise NoPicture("a PNG came that ends after its first 8 bytes")
            return ending
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ".webp"
    if data[4:8] == b"ftyp" and {b"avif", b"avis"} & _brands(data):
        return ".avif"
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BITMAP_HEADERS:
        return ".bmp"
    if not data:
        raise NoPicture("the answer is empty")
    if _WEB_PAGE.search(data[:1000]):
        raise NoPicture(_A_PAGE)
    if data.lstrip()[:1] != b"<" and not data.startswith(_TEXT_MARKS):
        raise NoPicture(_UNKNOWN)
    _Drawing().check(data)
    return ".svg"


def _brands(data: bytes) -> set[bytes]:
    """Return the brands that an ISO media file names: the major one and those it is compatible with."""
    length = min(int.from_bytes(data[:4], "big"), 256)
    return {data[8:12], *(data[start : start + 4] for start in range(16, length, 4))}


class _Drawing:
    """Looks through an SVG."""

    def __init__(self) -> None:
        self._began = False
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._element
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.ProcessingInstructionHandler = self._instruction

    def check(self, data: bytes) -> None:
        """Raise NoPicture unless it is one that can be shown wherever the content tree is shown."""
        try:
            self._parser.Parse(data, True)  # noqa: FBT003  # the parser takes no name for "this is all"
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise NoPicture(f"an SVG that is not well-formed ({error})" if self._began else _UNKNOWN) from None

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if not self._began and (local != "svg" or space not in {_SVG, ""}):
            raise NoPicture(_A_PAGE if local.lower() == "html" else _UNKNOWN)
        self._began = True
        if local.lower() in _SCRIPTS:
            raise NoPicture(f"an SVG with {local} in it, which can run a script")
        for key, value in attributes.items():
            said = _SPACE.sub("", value).lower()
            if key.rpartition(" ")[2].lower().startswith("on") or any(call in said for call in _CALLS):
                raise NoPicture(f"an SVG with a script in the attribute {key.rpartition(' ')[2]}")

    def _doctype(self, _name: str, _system: str | None, _public: str | None, has_internal_subset: int) -> None:
        # Nowhere else can entities, or attributes that all elements have, be declared: nothing more is loaded.
        if has_internal_subset:
            raise NoPicture("an SVG that declares entities of its own")

    def _instruction(self, target: str, _data: str) -> None:
        raise NoPicture(f"an SVG with an instruction to programs ({target})")
