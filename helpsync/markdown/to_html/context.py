"""What rendering needs from outside and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpsync.model import Body, Finding, Reference


@dataclass(frozen=True, slots=True)
class External:
    """A link to somewhere else; `href` is sent as it is."""

    href: str


@dataclass(frozen=True, slots=True)
class Own:
    """A link to an own article."""

    target: Reference


@dataclass(frozen=True, slots=True)
class PublicImage:
    """A picture that can be sent; `key` is its public URL, or `sha256:…` of a local file."""

    key: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A link or picture that leads nowhere; the text stays, and the finding is raised at its place."""

    code: str
    message: str
    hint: str | None = None


LinkTarget: TypeAlias = External | Own | Broken
ImageTarget: TypeAlias = PublicImage | Broken


@dataclass(frozen=True, slots=True)
class RenderContext:
    """The file that a text is from, and how its links and pictures are resolved.

    `first_line` is the line of the file on which the text begins (1-based).
    """

    path: str
    first_line: int
    resolve_link: Callable[[str], LinkTarget]
    resolve_image: Callable[[str], ImageTarget]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A body ready to be filled, and all that the writer should know about it, in the order of the text."""

    body: Body
    findings: tuple[Finding, ...] = ()
