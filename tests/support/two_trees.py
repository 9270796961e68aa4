"""Two trees, one after the other: small, and with all that a push can be asked to do."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from journey_site import Site, page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Files: TypeAlias = "Mapping[str, str]"

BEFORE: Files = {
    "guide/_collection.md": page(name="Guide", description="How to"),
    "guide/_collection.fr.md": page(name="Guide fr"),
    "guide/more/_collection.md": page(name="More"),
    "other/_collection.md": page(name="Other"),
    "guide/start.md": page(
        "# Top\n\nOn to [more](more/second.md#top).\n\n![Screen](https://x.example/p.png)\n", title="Start"
    ),
    "guide/start.fr.md": page("# Haut\n\nVoir [la suite](more/second.md).\n", title="Début"),
    "guide/more/second.md": page(
        "# Top\n\nBack to [the start](../start.md#top), [other](/other/same.md#end).\n", title="Second"
    ),
    "guide/more/second.fr.md": page("# Haut\n\nTexte.\n", title="Suite"),
    "other/same.md": page("Text.\n\n# End\n\nThe end.\n", title="Same"),
    "guide/same.md": page("Text.\n\n# End\n\nThe end.\n", title="Same"),
    "other/gone.md": page("Short-lived.\n", title="Gone"),
}
"""Links in a circle, with anchors and without, a picture, a title that is there twice, translations."""

AFTER: Files = {
    "manual/_collection.md": page(name="Guide", description="How to do it"),
    "manual/_collection.fr.md": page(name="Guide fr"),
    "manual/more/_collection.md": page(name="More"),
    "other/_collection.md": page(name="Other"),
    "manual/start.md": page(
        "# Top\n\nOn to [more](/other/second.md#top), [new](more/new.md#news).\n", title="Start here"
    ),
    "manual/more/new.md": page("# News\n\nAs in [same](/other/same.md#end).\n", title="New"),
    "manual/more/new.fr.md": page("# Nouvelles\n\nTexte.\n", title="Nouveau"),
    "other/second.md": page("# Top\n\nBack to [the start](/manual/start.md#top).\n", title="Second"),
    "other/second.fr.md": page("# Haut\n\nAutre texte.\n", title="Suite"),
    "other/same.md": page("Another text.\n\n# End\n\nThe end.\n", title="Same"),
    "manual/same.md": page("Text.\n\n# End\n\nThe end.\n", title="Same"),
}
"""A folder renamed, a text, a title, a name changed, one article moved, one new, one gone, a translation gone."""


STARTS = ("first push", "later push")


@contextmanager
def site_before(root: Path, start: str) -> Iterator[Site]:
    """Give a site in front of the push that misfortune befalls: the tree is as it is to arrive."""
    with Site(root) as site:
        site.content(BEFORE)
        if start == "later push":
            assert site.push().code == 0
            site.content(AFTER)
        yield site
