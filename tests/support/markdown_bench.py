"""Renders texts whose links and pictures resolve in a plain way."""

from __future__ import annotations

from dataclasses import dataclass

from helpsync.markdown import (
    Broken,
    External,
    ImageTarget,
    LinkTarget,
    Own,
    PublicImage,
    RenderContext,
    Rendered,
    fill,
    render,
)
from helpsync.model import Reference

LOCAL_KEY = "sha256:" + "ab" * 32


def resolve_link(href: str) -> LinkTarget:
    if href.startswith(("http://", "https://", "mailto:", "tel:")):
        return External(href)
    path, _, slug = href.partition("#")
    if path == "missing.md":
        return Broken("broken-link", f"`{href}` is not an article", "check the path")
    return Own(Reference("en", "billing/" + (path.removesuffix(".md") or "here"), slug or None))


def resolve_image(source: str) -> ImageTarget:
    if source == "missing.png":
        return Broken("missing-image", "there is no such picture")
    return PublicImage(source if ":" in source else LOCAL_KEY)


@dataclass(frozen=True)
class Bench:
    """Renders with links and pictures that resolve in a plain way."""

    def render(self, text: str, *, first_line: int = 1) -> Rendered:
        return render(text, RenderContext("a.md", first_line, resolve_link, resolve_image))

    def findings(self, text: str, *, first_line: int = 1) -> list[tuple[str, str]]:
        return [(found.code, str(found.location)) for found in self.render(text, first_line=first_line).findings]

    def filled(self, text: str) -> str:
        return fill(
            self.render(text).body,
            link=lambda target: f"https://help.example/{target.locale}/articles/{target.address}#{target.slug or ''}",
            heading=lambda slug: "h_" + slug.encode().hex()[:10],
            image=lambda key: f"https://pictures.example/{key.removeprefix('sha256:')}.png",
        )
