"""The floor of a push: requests from a file, sent over the same HTTP library and nothing else.

usage: bare.py BASE_URL REQUESTS.json SIDE_BY_SIDE

The file holds a list of stages, each a list of [method, address, JSON or null]; a stage begins when the one before it
is done. Prints the seconds from the first request to the last reply.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import httpx


async def send(base_url: str, stages: list[list[list[Any]]], side_by_side: int) -> float:
    """Return the seconds that all requests took; raises httpx.HTTPStatusError when one is refused."""
    gate = asyncio.Semaphore(side_by_side)
    limits = httpx.Limits(max_connections=16, max_keepalive_connections=16)
    headers = {"Authorization": "Bearer bench", "Intercom-Version": "2.9"}
    async with httpx.AsyncClient(base_url=base_url, limits=limits, headers=headers, timeout=60) as client:

        async def one(method: str, address: str, payload: object) -> None:
            async with gate:
                reply = await client.request(method, address, json=payload)
                reply.raise_for_status()
                if reply.headers["content-type"].startswith("application/json"):
                    reply.json()

        begun = time.perf_counter()
        for stage in stages:
            await asyncio.gather(*(one(*request) for request in stage))
        return time.perf_counter() - begun


if __name__ == "__main__":
    print(asyncio.run(send(sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")), int(sys.argv[3]))))
