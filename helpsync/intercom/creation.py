"""Creating something exactly once: after a lost reply, look whether it happened before sending again (design: Push)."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.errors import OutcomeUnknown, RemoteError
from helpsync.intercom.http import LostReplyError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from helpsync.intercom.http import Http, Json

SENDS = 3
"""How often a create is sent at most, each time after all looks in vain."""

LOOKS = (1.0, 4.0, 10.0, 20.0)
"""Seconds to wait at least before each look: a server may still be at work on what it was sent.

Most of what happened at all is there by the first look, which costs a second. A write that outlives its connection is
still bound by the server's own time limit: 30 seconds is what gateways and application servers commonly allow, and
Intercom fetches an article's pictures within it. The last look, 35 seconds after, is beyond that. Each wait is longer
than the one before, since what was not there after a while is less and less likely to come.
"""

_SPREAD = 1 / 4
"""How much longer a wait may be by chance, so that creates lost together don't all look at the same moment."""

TWIN_LOOK = 4.0
"""Seconds to wait before looking for a twin of what is there after a create was sent more than once.

What was held up for more than half a minute and is only a little behind is there by then too.
"""


@dataclass(frozen=True, slots=True)
class Creation:
    """A create: where it is posted, what, its name for messages, and how to look for what it may have made.

    `begun` is called each time right before it goes out.
    """

    path: str
    body: Json
    name: str
    look: Callable[[], Awaitable[Sequence[Json]]]
    begun: Callable[[], None] = lambda: None


async def create_once(http: Http, creation: Creation) -> Json:
    """Return the item, made by this call and only once; one request where nothing goes wrong.

    A create that had to be sent again may have happened twice after all: one more look tells. Raises OutcomeUnknown
    when replies were lost and it can't be told whether, or as which of two, it exists; the last failure when Intercom
    kept failing and nothing was made; and what `Http.send` raises for a plain refusal.
    """
    lost: RemoteError | None = None
    for sent in range(1, SENDS + 1):
        if sent > 1:
            http.note_repeat()
        try:
            reply = await http.send("POST", creation.path, json=creation.body, begun=creation.begun)
        except LostReplyError as error:
            lost = error.error
        else:
            if reply.get("id"):
                if lost is not None:
                    await _refuse_twin(http, creation, lost, reply)
                return reply
            lost = RemoteError(f"the reply to POST {creation.path} names no id")
        made = await _look_for(http, creation, lost, sent)
        if made is not None:
            if sent > 1:
                await _refuse_twin(http, creation, lost, made)
            return made
    raise lost or RemoteError(f"{creation.name} was not sent")


async def _look_for(http: Http, creation: Creation, lost: RemoteError, sent: int) -> Json | None:
    longest = sum(LOOKS) * (1 + _SPREAD)
    left = longest * (SENDS - sent + 1)
    http.tell_wait(
        longest,
        f"{creation.name} to appear: {lost.message} (attempt {sent} of {SENDS}, up to {left:.0f} s of waiting left)",
    )
    for wait in LOOKS:
        await http.timing.sleep(wait * (1 + http.timing.random() * _SPREAD))
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
        _refuse_several(creation, lost, found)
        if found:
            return found[0]
    return None


async def _refuse_twin(http: Http, creation: Creation, lost: RemoteError, made: Json) -> None:
    """Raise OutcomeUnknown where something else could be what was made; where looking fails, what is known counts."""
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
            request_id=lost.request_id,
            hint="keep one of them in Intercom, tie it to its file by `adopt`, and remove the others",
        )
