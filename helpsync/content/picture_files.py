"""Why a file in an image link is not a picture."""

from __future__ import annotations

import re
from xml.parsers import expat

from helpsync.content.conflict_markers import RESOLVE
from helpsync.picture_types import NotAPicture, ending_of

_LFS = b"version https://git-lfs.github.com/spec/"
_CONFLICT = re.compile(rb"^<{7}(?: .*)?\r?$", re.MULTILINE)

_KINDS = "PNG, JPEG, GIF, WebP, AVIF, BMP or SVG"
_EXPORT = f"export it again as {_KINDS}"


def no_picture(data: bytes) -> tuple[str, str] | None:
    """Return what a file is instead of a picture, to follow "the picture `a.png` is", and a hint; None for a picture.

    An SVG that helpsync would not take from elsewhere is one: whoever may change the tree may also write scripts.
    """
    if not data:
        return "an empty file", _EXPORT
    if data.startswith(_LFS):
        return "a pointer of Git LFS, not the picture itself", "fetch the pictures with `git lfs pull`"
    try:
        ending_of(data)
    except NotAPicture:
        return _no_drawing(data)
    return None


def _no_drawing(data: bytes) -> tuple[str, str] | None:
    """Return what a file is that cannot be shown as SVG, None for one that can, whatever scripts are in it."""
    elements: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, _: elements.append(name.rpartition(" ")[2])
    try:
        parser.Parse(data, True)  # noqa: FBT003  # the parser takes no name for "this is all"
    except expat.ExpatError as error:
        if _CONFLICT.search(data):
            return "a file in which a merge left a conflict", RESOLVE
        if elements[:1] == ["svg"]:
            return f"an SVG that is not well-formed ({error})", _EXPORT
    except (LookupError, ValueError):
        return None  # in an encoding that only others can read
    return None if elements[:1] == ["svg"] else (f"not a {_KINDS} file", _EXPORT)
