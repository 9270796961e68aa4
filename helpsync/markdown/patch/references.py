"""Links whose address is defined elsewhere, when they lead elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from helpsync.markdown.parse.document import reference_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpsync.markdown.patch.renderings import Renderings

_USE = re.compile(r"\[([^\[\]]+)\](?:\[([^\[\]]*)\])?(?![(:])")
_MOST = 20
"""Of more links in one block, no more are looked at."""


def led_elsewhere(forms: Renderings, ours: str, before: str, after: str) -> dict[int, str] | None:
    """Return the new addresses of definitions by their lines, from 0, where they alone make the difference.

    None where something else differs, or a definition serves for more than this.
    """
    if "[" not in ours or (changes := _changes(forms, before, after)) is None:
        return None
    found: dict[int, str] = {}
    kept = []
    for old, new in changes:
        own = [(name, one) for name, one in forms.references_to(old) if forms.is_used_once(name)]
        if len(own) != 1 or not new or any(char.isspace() or char in "<>" for char in new):
            break
        name, definition = own[0]
        kept.append((name, definition))
        forms.refer(name, replace(definition, href=new))
        found[definition.line - 1] = new
    if len(found) == len(changes) and forms.same(ours, after):
        return found
    for name, definition in kept:
        forms.refer(name, definition)
    return None


def inlined(forms: Renderings, ours: str, before: str, after: str) -> Iterator[str]:
    """Yield the text with one link that leads elsewhere: no longer by a definition, or with another address."""
    if (changes := _changes(forms, before, after)) is None or len(changes) != 1:
        return
    old, new = changes[0]
    names = {name for name, _ in forms.references_to(old)}
    uses = [match for match in _USE.finditer(ours) if reference_name(match[2] or match[1]) in names]
    for match in uses[:_MOST]:
        yield f"{ours[: match.start()]}[{match[1]}]({new}){ours[match.end() :]}"
    for name in forms.named(old):
        places = [match.start() for match in re.finditer(re.escape(name), ours)]
        for place in places[:_MOST]:
            yield f"{ours[:place]}{new}{ours[place + len(name) :]}"


def _changes(forms: Renderings, before: str, after: str) -> list[tuple[str, str]] | None:
    """Return where links led and lead now, None where their texts differ or none leads elsewhere."""
    old, new = forms.targets(before), forms.targets(after)
    if [text for _, text in old] != [text for _, text in new]:
        return None
    return [(one, two) for (one, _), (two, _) in zip(old, new, strict=True) if one != two] or None
