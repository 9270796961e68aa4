"""Saves what each write overwrites, before it is sent, and what it left."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from helpsync.baseline import RunLog, Snapshot
from helpsync.errors import HelpsyncError
from helpsync.plan import remote_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.model import Address, Item, LocaleCode, Text
    from helpsync.plan import Plan, Step

RELINK = "relink"


class SnapshotRecorder:
    """Saves what one run overwrites into `notes`."""

    def __init__(self, notes: RunLog, plan: Plan) -> None:
        self.notes = notes
        self._actions: dict[Address, str] = {change.address: change.action for change in plan.changes}
        self._created: set[Address] = set()

    def before(self, step: Step, item: Item) -> None:
        """Save what Intercom has; raises HelpsyncError if that fails, and then the write must not be sent.

        Items that this run created are not saved: nobody had them before.
        """
        if step.address in self._created:
            return
        # An article is written a second time only for its links.
        action = self._actions.pop(step.address, RELINK)
        self.notes.add(
            {
                **_place(step, item),
                "action": action,
                "form": self.notes.store.save(_form(step, item)),
                "fields": _fields(step, item, action),
                **({"parent": True} if step.parent or action == "delete" else {}),
                **({"previous": step.previous} if step.previous else {}),
            }
        )

    def after(self, step: Step, item: Item | None) -> None:
        """Save what a write left. A failure does not matter: a restore then uses the baseline."""
        with contextlib.suppress(HelpsyncError):
            shown = item or step.remote
            if shown is None:
                return
            created = step.remote is None
            note: dict[str, Any] = {**_place(step, shown), "left": None}
            if created:
                self._created.add(step.address)
                note["created"] = True
            # The baseline knows enough of an item that a push creates again.
            known = step.address in self._created and not step.restores
            if item is not None and not known:
                note["left"] = self.notes.store.save(_form(step, item), flushed=False)
            if created or not known:
                self.notes.add(note, flushed=False)


def _place(step: Step, item: Item) -> dict[str, Any]:
    return {"address": step.address, "kind": step.kind, "id": item.id or ""}


def _form(step: Step, item: Item) -> Snapshot:
    known = step.record.locales if step.record else {}
    return Snapshot(item, {locale: known[locale].images for locale in item.texts if locale in known})


def _fields(step: Step, item: Item, action: str) -> Mapping[str, list[str]]:
    """Return the fields that a write changes, for each locale that exists."""
    if action == "delete":
        texts: Mapping[LocaleCode, Text] = item.texts
        return {locale: sorted(remote_fields(text)) for locale, text in sorted(texts.items())}
    names = {locale: set(sent) for locale, sent in step.sends.items()}
    for locale in sorted(step.drafts):
        names.setdefault(locale, set()).add("state")
    return {locale: sorted(sent) for locale, sent in sorted(names.items())}
