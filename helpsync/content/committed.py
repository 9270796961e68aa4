"""Whether the commit at hand holds the tree's pictures as they are here: Intercom fetches them from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.content.places import nfc
from helpsync.errors import Location
from helpsync.findings.catalogue import finding
from helpsync.git import changed_files, committed_blobs, mistrusted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.model import Finding
    from helpsync.settings.config import Config

_HINT = "commit it, and push the commit to where `assets.url` leads, before helpsync pushes"


def committed_pictures(
    config: Config, copies: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """Return the path in the commit at hand of each picture that it holds, and a finding for each of the others.

    `copies` has, by a picture's key, the paths at which it lies, and git's id of its bytes there.
    """
    committed = committed_blobs(config.root, config.content)
    if committed is None:
        message = "`{commit}` in `assets.url` stands for nothing, because there is no git commit here"
        hint = mistrusted(config.root) or "commit the pictures, or write a URL without {commit}"
        return {}, (finding("uncommitted-image", message, Location(config.path.name), hint),)
    names = {nfc(name): name for name in committed}
    there = {
        key: [(name, committed[name] == blob) for path, blob in sorted(paths.items()) if (name := names.get(nfc(path)))]
        for key, paths in copies.items()
    }
    found = {key: next(name for name, same in held if same) for key, held in there.items() if any(s for _, s in held)}
    if len(found) == len(copies):
        return found, ()
    # Git may keep other bytes than those on disk (line ends, large file storage): then it knows what was changed.
    changed = changed_files(config.root, config.content)
    findings = []
    for key in sorted(copies.keys() - found.keys(), key=lambda key: min(copies[key])):
        same = [name for name, _ in there[key] if changed is not None and name not in changed]
        if same:
            found[key] = same[0]
            continue
        message = "the picture is not in the commit that is checked out, so Intercom can't fetch it"
        if there[key]:
            message = "the picture was changed since the commit that is checked out, which Intercom fetches it from"
        findings.append(finding("uncommitted-image", message, Location(min(copies[key])), _HINT))
    return found, tuple(findings)
