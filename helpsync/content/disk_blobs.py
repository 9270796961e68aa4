"""What files hold right now, whatever was read of them before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.content.frontmatter import blob_id
from helpsync.content.places import ENDING, Place, file_of

if TYPE_CHECKING:
    from pathlib import Path

    from helpsync.model import Address, LocaleCode
    from helpsync.settings.config import Config


def blob_at(path: Path) -> str | None:
    """Return git's id of a file's bytes as they are on disk now, None where there is none."""
    try:
        return blob_id(path.read_bytes())
    except OSError:
        return None


def blobs_below(folder: Path) -> frozenset[str]:
    """Return git's ids of all Markdown files in a folder, and in those below it, as they are on disk now."""
    found = (blob_at(path) for path in folder.rglob(f"*{ENDING}"))
    return frozenset(blob for blob in found if blob is not None)


def standing(config: Config, address: Address, locale: LocaleCode) -> str | None:
    """Return git's id of the file that a text of the content tree has on disk now, None where it has none."""
    path = file_of(Place(address, locale), layout=config.layout, default_locale=config.default_locale)
    return blob_at(config.root / config.content / path)
