"""Creating something exactly once: after a lost reply, look whether it happened before sending again (design: Push)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.errors import OutcomeUnknown, RemoteError
from helpsync.intercom.http import LostReplyError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from helpsync.intercom.http import Http, Json

SENDS = 3
"""How often a create is sent at most, each time after looking twice in vain."""

FIRST_LOOK, SECOND_LOOK = 1.0, 4.0
"""Seconds to wait before each look: a slow server may still be at work on what it was sent."""


@dataclass(frozen=True, slots=True)
class Creation:
    """A create: where it is posted, what, its name for messages, and how to look for what it may have made."""

    path: str
    body: Json
    name: str
    look: Callable[[], Awaitable[Sequence[Json]]]


async def create_once(http: Http, creation: Creation) -> Json:
    """Return the item, made by this call and only once.

    Raises OutcomeUnknown when replies were lost and it can't be told whether, or as which of two, it exists; the
    last failure when Intercom kept failing and nothing was made; and what `Http.send` raises for a plain refusal.
    """
    for sent in range(1, SENDS + 1):
        if sent > 1:
            http.note_repeat()
        try:
            reply = await http.send("POST", creation.path, json=creation.body)
        except LostReplyError as error:
            lost = error.error
        else:
            if reply.get("id"):
                return reply
            lost = RemoteError(f"the reply to POST {creation.path} names no id")
        made = await _look_twice(http, creation, lost)
        if made is not None:
            return made
    raise lost


async def _look_twice(http: Http, creation: Creation, lost: RemoteError) -> Json | None:
    for wait in (FIRST_LOOK, SECOND_LOOK):
        await http.timing.sleep(wait * (1 + http.timing.random()) / 2)
        trouble: RemoteError | None = None
        found: Sequence[Json] = ()
        try:
            found = await creation.look()
        except RemoteError as error:
            trouble = error
        if trouble is not None:
            raise OutcomeUnknown(
                f"{lost.message}; whether {creation.name} was created could not be looked up: {trouble.message}",
                request_id=lost.request_id,
                hint="run again: what is there is looked at first",
            )
        if len(found) > 1:
            ids = ", ".join(sorted(str(item["id"]) for item in found))
            raise OutcomeUnknown(
                f"{lost.message}; several new items could be {creation.name}: {ids}",
                request_id=lost.request_id,
                hint="keep one of them in Intercom, tie it to its file by `adopt`, and remove the others",
            )
        if found:
            return found[0]
    return None
