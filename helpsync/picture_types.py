"""Which bytes are a picture: decided by how they begin, never by what a server calls them."""

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
"""Elements that can run or load a script, in SVG and in the XHTML that drawing programs put into it."""

_SVG = "http://www.w3.org/2000/svg"
_SPACE = re.compile(r"[\s\x00-\x20]+")
_UNKNOWN = "it isn't a PNG, JPEG, GIF, WebP, AVIF, BMP or SVG"
_A_PAGE = "it is a web page instead of a picture"
_CALLS = ("javascript:", "vbscript:", "data:text/html")


class NotAPicture(Exception):
    """These bytes are not accepted as a picture; the message says why, as a part of a sentence."""


def ending_of(data: bytes) -> str:
    """Return the file ending, with its dot, of a PNG, JPEG, GIF, WebP, AVIF, BMP or SVG picture.

    Raises NotAPicture for anything else, and for an SVG that is not well-formed, declares entities or can run a script.
    """
    for beginning, ending in _BEGINNINGS:
        if data.startswith(beginning):
            if ending == ".png" and len(data) == len(beginning):
                raise NotAPicture("a PNG that ends after its first 8 bytes")
            return ending
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ".webp"
    if data[4:8] == b"ftyp" and {b"avif", b"avis"} & _brands(data):
        return ".avif"
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BITMAP_HEADERS:
        return ".bmp"
    if not data:
        raise NotAPicture("it is empty")
    if _WEB_PAGE.search(data[:1000]):
        raise NotAPicture(_A_PAGE)
    if data.lstrip()[:1] != b"<" and not data.startswith(_TEXT_MARKS):
        raise NotAPicture(_UNKNOWN)
    _SvgChecker().check(data)
    return ".svg"


def _brands(data: bytes) -> set[bytes]:
    """Return the brands of an ISO media file: the major one and the compatible ones."""
    length = min(int.from_bytes(data[:4], "big"), 256)
    return {data[8:12], *(data[start : start + 4] for start in range(16, length, 4))}


class _SvgChecker:
    """Reads an SVG for scripts and entities."""

    def __init__(self) -> None:
        self._began = False
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._element
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.ProcessingInstructionHandler = self._instruction

    def check(self, data: bytes) -> None:
        """Raise NotAPicture unless it is safe to show wherever the content tree is shown."""
        try:
            self._parser.Parse(data, True)  # noqa: FBT003  # a positional-only flag: this is all
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise NotAPicture(f"an SVG that is not well-formed ({error})" if self._began else _UNKNOWN) from None

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if not self._began and (local != "svg" or space not in {_SVG, ""}):
            raise NotAPicture(_A_PAGE if local.lower() == "html" else _UNKNOWN)
        self._began = True
        if local.lower() in _SCRIPTS:
            raise NotAPicture(f"an SVG with {local} in it, which can run a script")
        for key, value in attributes.items():
            said = _SPACE.sub("", value).lower()
            if key.rpartition(" ")[2].lower().startswith("on") or any(call in said for call in _CALLS):
                raise NotAPicture(f"an SVG with a script in the attribute {key.rpartition(' ')[2]}")

    def _doctype(self, _name: str, _system: str | None, _public: str | None, has_internal_subset: int) -> None:
        # Entities, and attributes that all elements have, can only be declared here: nothing external is loaded.
        if has_internal_subset:
            raise NotAPicture("an SVG that declares entities of its own")

    def _instruction(self, target: str, _data: str) -> None:
        raise NotAPicture(f"an SVG with a processing instruction ({target})")
