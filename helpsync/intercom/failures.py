"""Every bad answer as one message: the status, Intercom's own words and its request id."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from helpsync.errors import HelpsyncError, NotFound, RemoteError, Unauthorized
from helpsync.intercom.endpoint import REGIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.intercom.endpoint import Endpoint

_TITLE = re.compile(r"<title[^>]*>(.*?)</title>|<h1[^>]*>(.*?)</h1>", re.IGNORECASE | re.DOTALL)
_MAX_TEXT = 300


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came: `content` is decoded, `data` the JSON object in it (None where there is none)."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def data(self) -> dict[str, object] | None:
        """Return the JSON object of the body, or None for anything else, whatever the content type claims."""
        try:
            value = json.loads(self.content)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None

    @property
    def truncated(self) -> bool:
        """Return whether the body claims to be JSON and is not: cut off on its way, so worth another try."""
        return "json" in self.headers.get("content-type", "") and self.data is None


@dataclass(frozen=True, slots=True)
class _Detail:
    """What an error's body says: the first error's code, all of them in words, the request id."""

    code: str | None
    words: str
    request_id: str | None


def failure(reply: Reply, method: str, path: str, endpoint: Endpoint, *, attempts: int = 1) -> HelpsyncError:
    """Return the error that an answer other than a success is; the token is in none of its parts.

    401 is Unauthorized, 404 NotFound, all else RemoteError (facts: Servers, versions, limits).
    """
    detail = _detail(reply)
    status = reply.status
    who = "Intercom" if reply.data is not None else endpoint.host
    message = f"{who} answered {status} to {method} {path}{detail.words}"
    if attempts > 1:
        message += f", after {attempts} attempts"
    if detail.request_id:
        message += f" (request id {detail.request_id})"
    message = redact(message, endpoint)
    if status == 401:
        return Unauthorized(message, hint=_region_hint(endpoint))
    kind = NotFound if status == 404 else RemoteError
    return kind(
        message,
        status=status,
        api_code=redact(detail.code, endpoint) if detail.code else None,
        request_id=redact(detail.request_id, endpoint) if detail.request_id else None,
        hint=_hint(reply),
    )


def unreadable(reply: Reply, method: str, path: str, endpoint: Endpoint) -> RemoteError:
    """Return the error that a success without the JSON it should hold is."""
    detail = _detail(reply)
    words = detail.words or " with JSON that is not an object"
    message = f"{endpoint.host} answered {reply.status} to {method} {path}{words}"
    if detail.request_id:
        message += f" (request id {detail.request_id})"
    return RemoteError(
        redact(message, endpoint),
        status=reply.status,
        request_id=detail.request_id,
        hint="something between here and Intercom may have answered: a proxy, or a wrong base_url",
    )


def redirected(reply: Reply, method: str, path: str, endpoint: Endpoint) -> RemoteError:
    """Return the error that a redirect is which is not followed, lest the token or a write go astray."""
    try:
        host = urlsplit(reply.headers.get("location", "")).hostname
    except ValueError:
        host = None
    to = f" to {plain(host)}" if host else ""
    return RemoteError(
        redact(f"{endpoint.host} redirects {method} {path}{to} ({reply.status}), which is not followed", endpoint),
        status=reply.status,
        hint="check the remote's region or base_url",
    )


def redact(text: str, endpoint: Endpoint) -> str:
    """Return the text without the token, should a server have echoed it."""
    return text.replace(endpoint.token.strip(), "[token]")


def plain(text: object) -> str:
    """Return foreign text fit for one line of a terminal: no control characters, not long, no full stop."""
    line = " ".join("".join(char if char.isprintable() else " " for char in str(text)).split())
    if len(line) > _MAX_TEXT:
        line = line[: _MAX_TEXT - 1] + "…"
    return line.rstrip(".")


def _detail(reply: Reply) -> _Detail:
    data = reply.data
    header_id = reply.headers.get("x-request-id")
    request_id = plain(header_id) if header_id else None
    if data is None:
        return _Detail(None, _foreign(reply), request_id)
    if data.get("request_id"):
        request_id = plain(data["request_id"])
    errors = data.get("errors")
    known = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    words = "; ".join(filter(None, map(_words, known)))
    if not words:
        words = next((plain(data[key]) for key in ("message", "error") if isinstance(data.get(key), str)), "")
    code = next((str(error["code"]) for error in known if error.get("code")), None)
    return _Detail(plain(code) if code else None, f": {words}" if words else "", request_id)


def _words(error: Mapping[str, object]) -> str:
    # The newer 422s have no code, and a `status` that only repeats the reply's.
    code, message, field = (plain(error.get(key) or "") for key in ("code", "message", "field"))
    words = ": ".join(filter(None, (code, message)))
    return f"{words} (field {field})" if field else words


def _foreign(reply: Reply) -> str:
    """Return what to say about a body that is no JSON object."""
    if not reply.content.strip():
        return " with an empty body"
    text = reply.content[:20_000].decode("utf-8", "replace")
    if "<" in text[:200] and re.search(r"<(!doctype|html|head|body|title|h1)\b", text, re.IGNORECASE):
        found = _TITLE.search(text)
        title = plain(html.unescape(re.sub(r"<[^>]*>", " ", (found[1] or found[2] or "")))) if found else ""
        return f" with a web page instead of JSON{f' ({title})' if title else ''}"
    if reply.truncated:
        return " with JSON that breaks off"
    kind = plain(reply.headers.get("content-type", "").partition(";")[0])
    return f" with {kind or 'something'} instead of JSON"


def _region_hint(endpoint: Endpoint) -> str:
    here = endpoint.region
    if here is None:
        return f"the token may be wrong, or not one of {endpoint.host}"
    others = ", ".join(f"{name} ({url})" for name, url in REGIONS.items() if name != here)
    return (
        f"the token may be wrong, or the workspace may live in another region: this was {here} "
        f"({REGIONS[here]}), the others are {others}; set `region:` of the remote"
    )


def _hint(reply: Reply) -> str | None:
    if reply.status == 403:
        return "the token's app lacks a permission: helpsync reads and writes articles and reads admins"
    if reply.status == 429:
        return "other programs may be using up the workspace's share of requests: try again in a minute"
    if reply.status >= 500:
        return "try again later; Intercom's status page may know more"
    return None
