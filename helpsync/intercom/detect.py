"""Which of Intercom's regions a token belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpsync.errors import RemoteError, Unauthorized

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from helpsync.intercom.client import Reader
    from helpsync.settings.config import Region


async def region_of_token(readers: Mapping[Region, Callable[[], AbstractAsyncContextManager[Reader]]]) -> Region:
    """Return the first region, in the order given, whose server takes the token.

    A wrong region answers 401 just as a wrong token does (facts: Servers), so the servers are asked one after another,
    and no more of them than it takes. Raises Unauthorized when all refuse the token, and what the first of the others
    met when one could not be asked.
    """
    trouble: RemoteError | None = None
    for region, reader in readers.items():
        try:
            async with reader() as client:
                await client.check_token()
        except Unauthorized:
            continue
        except RemoteError as error:
            trouble = trouble or error
        else:
            return region
    if trouble is not None:
        raise trouble
    raise Unauthorized(
        f"Intercom refused the token in every region: {', '.join(readers)}",
        hint="copy it again from Intercom's Developer Hub; a token that was revoked is refused too",
    )
