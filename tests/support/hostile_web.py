"""A web of one small server on loopback that answers each path as a test says, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self, TypeAlias

from helpsync.intercom import Endpoint, Picture, open_pictures
from helpsync.intercom.pictures import PictureLimits
from virtual_time import Clock

Act: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Answer: TypeAlias = bytes | Act
CDN = "https://downloads.intercomcdn.com"
PATH = "/i/o/w/1/ab/a.png"
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"
TOKEN = "secret-token"
GENEROUS = PictureLimits(seconds=20.0)


def answer(content: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return an answer with its length; `{at}` in it stands for the server's own address."""
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", "Connection: close", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def redirect(location: str) -> bytes:
    return answer(b"", f"Location: {location}", status="302 Found")


def first(head: bytes, then: Act | None = None) -> Act:
    """Return what answers with these bytes and goes on so; without, it waits until the client has had enough."""

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await writer.drain()
        await (then(reader, writer) if then else reader.read())

    return act


def forever(piece: bytes, seconds: float = 0.0) -> Act:
    """Return what sends a piece again and again until the client has had enough."""

    async def act(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(seconds)

    return act


class Web:
    """Answers by path, with the next of a list each time; `requests` are the heads that came, `at` is its address."""

    def __init__(self, answers: dict[str, Answer | list[Answer]]) -> None:
        self.answers = answers
        self.requests: list[str] = []
        self.at = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.at = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.requests.append(head)
            found = self.answers[head.split()[1].partition("?")[0]]
            if isinstance(found, list):
                found = found.pop(0)
            if isinstance(found, bytes):
                writer.write(found.replace(b"{at}", self.at.encode()))
                await writer.drain()
            else:
                await found(reader, writer)
        except OSError:
            pass  # the client has had enough
        finally:
            writer.close()

    def fetch(self, *urls: str, limits: PictureLimits = GENEROUS) -> list[Picture | str]:
        """Return what comes of addresses for a remote that is this very server."""

        async def main() -> list[Picture | str]:
            async with self:
                endpoint = Endpoint(f"http://{self.at}", TOKEN)
                asked = [url.replace("{at}", self.at) for url in urls]
                async with open_pictures(endpoint, limits=limits, timing=Clock().timing) as pictures:
                    found = await pictures.fetch(asked)
                return [found[url] for url in asked]

        return asyncio.run(main())


def only(content: Answer | list[Answer], limits: PictureLimits = GENEROUS) -> Picture | str:
    """Return what comes of one picture of Intercom's that is answered so."""
    (found,) = Web({PATH: content}).fetch(f"{CDN}{PATH}", limits=limits)
    return found
