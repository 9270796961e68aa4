"""Creates something exactly once: after a lost reply, looks whether it happened before sending again (design: Push)."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.errors import OutcomeUnknown, RemoteError
from helpsync.intercom.failures import RUN_AGAIN
from helpsync.intercom.http import LostReplyError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from helpsync.intercom.http import Http, Json

SENDS = 3
"""How often a create is sent at most, each time only after all looks found nothing."""

LOOKS = (1.0, 4.0, 10.0, 20.0)
"""Seconds to wait, at least, before each look: a server may still be at work on what it was sent.

Most creates that happened at all are there by the first look. A write that outlives its connection still ends within
the server's own time limit, commonly 30 seconds; Intercom fetches an article's pictures within it. The last look comes
after 35 seconds. Each wait is longer than the one before: the longer an item stays away, the less likely it appears.
"""

TWIN_LOOK = 4.0
"""Seconds to wait before looking for a twin, after a create was sent more than once.

A first send that is delayed by more than half a minute, but only slightly, is there by then too.
"""

_SPREAD = 1 / 4
"""How much longer a wait may be by chance, so that creates lost together don't all look at the same moment."""


@dataclass(frozen=True, slots=True)
class Creation:
    """A create: its path and body, its name for messages, and how to look for the items that it may have made.

    `on_send` is called each time right before it goes out.
    """

    path: str
    body: Json
    name: str
    look: Callable[[], Awaitable[Sequence[Json]]]
    on_send: Callable[[], None]


async def create_once(http: Http, creation: Creation) -> Json:
    """Return the item, made by this call and only once; one request where nothing goes wrong.

    A create that was sent again may have happened twice: one more look tells. Raises OutcomeUnknown if replies were
    lost and nobody can tell whether the item exists, or which of two it is; the last failure if Intercom kept failing
    and made nothing; and what `Http.send` raises for a plain refusal.
    """
    lost = RemoteError(f"{creation.name} was not sent")
    for sent in range(1, SENDS + 1):
        if sent > 1:
            http.count_retry()
        try:
            item: Json | None = await http.send("POST", creation.path, json=creation.body, on_send=creation.on_send)
        except LostReplyError as error:
            item, lost_now = None, error.error
        else:
            lost_now = RemoteError(f"the reply to POST {creation.path} names no id")
        if item is None or not item.get("id"):
            lost = lost_now
            item = await _look_for(http, creation, lost, sent)
        if item is not None:
            if sent > 1:
                await _refuse_twin(http, creation, lost, item)
            return item
    raise lost


async def _look_for(http: Http, creation: Creation, lost: RemoteError, sent: int) -> Json | None:
    longest = sum(LOOKS) * (1 + _SPREAD)
    left = longest * (SENDS - sent + 1)
    http.on_wait(
        longest,
        f"{creation.name} to appear: {lost.message} (attempt {sent} of {SENDS}, up to {left:.0f} s of waiting left)",
    )
    for wait in LOOKS:
        await http.timing.sleep(wait * (1 + http.timing.random() * _SPREAD))
        try:
            found = await creation.look()
        except RemoteError as error:
            raise OutcomeUnknown(
                f"{lost.message}; whether {creation.name} was created could not be looked up: {error.message}",
                hint=RUN_AGAIN,
            ) from error
        _refuse_several(creation, lost, found)
        if found:
            return found[0]
    return None


async def _refuse_twin(http: Http, creation: Creation, lost: RemoteError, made: Json) -> None:
    """Raise OutcomeUnknown if another item could be the one that was created; a look that fails proves nothing."""
    await http.timing.sleep(TWIN_LOOK)
    found: Sequence[Json] = ()
    with contextlib.suppress(RemoteError):
        found = await creation.look()
    _refuse_several(creation, lost, [made, *(item for item in found if item["id"] != made["id"])])


def _refuse_several(creation: Creation, lost: RemoteError, found: Sequence[Json]) -> None:
    if len(found) > 1:
        ids = ", ".join(sorted(str(item["id"]) for item in found))
        raise OutcomeUnknown(
            f"{lost.message}; several new items could be {creation.name}: {ids}",
            hint="keep one of them in Intercom, link it to its file with `adopt`, and remove the others",
        )
