"""Pairs of a body that is sent and the body that Intercom stores, over HTTP and in-process.

Each file is a list of `{"rule", "sent", "stored"}`: `stored_pairs.json` are bodies whose stored form was seen,
`reasoned_pairs.json` follow from the same rules. An id `h_` + 10 hex that was not sent equals any other.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from helpsync.sandbox import SandboxSettings, StorageRules, running, to_storage_form

HERE = Path(__file__).parent
FILES = ("stored_pairs.json", "reasoned_pairs.json")
PAIRS: list[dict[str, str]] = [
    pair for name in FILES for pair in json.loads(HERE.joinpath(name).read_text(encoding="utf-8"))
]
RULES = StorageRules(heading_id=lambda number: f"h_{number:010x}", picture=lambda source: source)

_ID = re.compile(r' id="(h_[0-9a-f]{10})"')
_PICTURE = re.compile(r'(<img src=")[^"]*')


def compared(html: str, sent: str) -> str:
    """Return a stored body with the same id for all generated ids, and the same URL for all pictures."""
    html = _PICTURE.sub(r"\1picture", html)
    return _ID.sub(lambda found: found[0] if found[0] in sent else ' id="made"', html)


each_pair = pytest.mark.parametrize(
    "pair", PAIRS, ids=[f"{number} {pair['rule']}" for number, pair in enumerate(PAIRS, 1)]
)


@each_pair
def test_a_body_is_stored_as_intercom_stores_it(pair: dict[str, str]) -> None:
    assert compared(to_storage_form(pair["sent"], RULES), pair["sent"]) == compared(pair["stored"], pair["sent"])


@each_pair
def test_a_stored_body_that_is_sent_back_stays(pair: dict[str, str]) -> None:
    assert to_storage_form(pair["stored"], RULES) == pair["stored"]


def test_all_pairs_are_stored_over_http_as_intercom_stores_them() -> None:
    with (
        running(SandboxSettings()) as (_, url),
        httpx.Client(base_url=url, headers={"Authorization": "Bearer t"}) as client,
    ):
        author = int(client.get("/admins").json()["admins"][0]["id"])
        for pair in PAIRS:
            sent: dict[str, Any] = {"title": pair["rule"], "author_id": author, "body": pair["sent"]}
            made = client.post("/articles", json=sent).json()
            read = client.get(f"/articles/{made['id']}").json()
            for body in (made["body"], read["body"]):
                assert compared(body, pair["sent"]) == compared(pair["stored"], pair["sent"])
            again = client.put(f"/articles/{made['id']}", json={"body": read["body"]}).json()
            assert _PICTURE.sub("", again["body"]) == _PICTURE.sub("", read["body"])
