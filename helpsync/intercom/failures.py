"""Every bad answer as one message: the status, Intercom's own words and its request id."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from helpsync.errors import HelpsyncError, NotFound, RemoteError, Unauthorized
from helpsync.intercom.endpoint import REGIONS
from helpsync.intercom.web_page import is_page, read_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpsync.intercom.endpoint import Endpoint

_MAX_TEXT = 300
_EXCERPT = 200
"""How many characters of a body are quoted."""

_MAX_READ = 200_000
"""How many bytes of a body are read for that: the scripts and styles of a page may come before its text."""

_LEAST_TOKEN = 8
"""How long a token is at least that is looked for within words too: a shorter one is a part of many of them."""

BETWEEN = "something between here and Intercom may have answered: a proxy, a login page, or a wrong base_url"
_IN_BETWEEN = re.compile(r"prox(y|ies)|firewall|gateway|captive|\blog[ -]?in\b|\bsign[ -]?in\b", re.IGNORECASE)
_OF_NETWORKS = frozenset({407, 511})
"""What only a proxy or a network that wants a login answers."""

_OF_CONTENT = frozenset({409, 422})
"""What is answered only by who understood the content, and may quote it: an article may well be about signing in."""

_BROKEN = object()
_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (list, "a list"),
    (str, "a text"),
    (bool, "true or false"),
    ((int, float), "a number"),
)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came, unpacked; `via` is the path of the same server that the request was redirected to."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    via: str | None = None

    @property
    def value(self) -> object:
        """Return the body's JSON, whatever the content type claims; `_BROKEN` if it isn't JSON."""
        try:
            value: object = json.loads(self.content)
        except (ValueError, RecursionError):
            return _BROKEN
        return value

    @property
    def data(self) -> dict[str, object] | None:
        """Return the JSON object of the body, or None for anything else."""
        value = self.value
        return value if isinstance(value, dict) else None

    @property
    def truncated(self) -> bool:
        """Return whether the body claims to be JSON and is not: cut off on its way, so worth another try."""
        return "json" in self.headers.get("content-type", "") and self.value is _BROKEN

    @property
    def by_intercom(self) -> bool:
        """Return whether the reply has the form of Intercom's own errors, rather than of a proxy's."""
        data = self.data
        return data is not None and (data.get("type") == "error.list" or isinstance(data.get("errors"), list))

    @property
    def by_api(self) -> bool:
        """Return whether an API seems to refuse this, in JSON of whatever form, rather than something in between."""
        value = self.value
        if self.status in _OF_NETWORKS or not (isinstance(value, dict | list | str) and value):
            return False
        return self.status in _OF_CONTENT or not _IN_BETWEEN.search(json.dumps(value))

    @property
    def refused(self) -> bool:
        """Return whether this is Intercom's list of errors, whatever the status says."""
        data = self.data
        return data is not None and data.get("type") == "error.list"


@dataclass(frozen=True, slots=True)
class _Detail:
    """An error's body: the first error's code, all of them in words, the request id; without the token."""

    code: str | None
    words: str
    request_id: str | None


def failure(reply: Reply, method: str, path: str, endpoint: Endpoint, *, attempts: int = 1) -> HelpsyncError:
    """Return the error that an answer other than a success is; the token is in none of its parts.

    401 is Unauthorized, 404 NotFound, all else RemoteError (facts: Servers, versions, limits).
    """
    detail = _detail(reply, endpoint)
    status = reply.status
    who = "Intercom" if reply.by_intercom else endpoint.host
    message = f"{who} answered {status} to {method} {path}{_via(reply)}{detail.words}"
    if attempts > 1:
        message += f", after {attempts} attempts"
    if detail.request_id:
        message += f" (request id {detail.request_id})"
    if status == 401:
        return Unauthorized(message, hint=_region_hint(endpoint))
    kind = NotFound if status == 404 else RemoteError
    return kind(message, status=status, api_code=detail.code, request_id=detail.request_id, hint=_hint(reply))


def unreadable(reply: Reply, method: str, path: str, endpoint: Endpoint) -> RemoteError:
    """Return the error that a success without the JSON it should hold is."""
    detail = _detail(reply, endpoint)
    message = f"{endpoint.host} answered {reply.status} to {method} {path}{_via(reply)}{detail.words}"
    if detail.request_id:
        message += f" (request id {detail.request_id})"
    return RemoteError(message, status=reply.status, request_id=detail.request_id, hint=BETWEEN)


def redirected(reply: Reply, method: str, path: str, endpoint: Endpoint) -> RemoteError:
    """Return the error that a redirect is which is not followed, lest the token or a write go astray."""
    try:
        parts = urlsplit(reply.headers.get("location", ""))
        to = parts.hostname or parts.path
    except ValueError:
        to = ""
    where = f" to {plain(redact(to, endpoint))}" if to else ""
    return RemoteError(
        f"{endpoint.host} redirects {method} {path}{where} ({reply.status}); redirects are not followed",
        status=reply.status,
        hint="a proxy or network may want a login first; otherwise check the remote's region or base_url",
    )


def redact(text: str, endpoint: Endpoint) -> str:
    """Return the text without the token, should a server have echoed it, also as part of an address or of JSON."""
    token = endpoint.token.strip()
    if not token:
        return text
    pattern = "".join(map(_written, token))
    if len(token) < _LEAST_TOKEN:
        pattern = rf"(?<!\w){pattern}(?!\w)"
    return re.sub(pattern, "[token]", text, flags=re.IGNORECASE)


def excerpt(value: object, endpoint: Endpoint) -> str:
    """Return the beginning of JSON as a part of a message, without the token."""
    return plain(redact(json.dumps(value, ensure_ascii=False), endpoint), _EXCERPT)


def _written(char: str) -> str:
    """Return a pattern for a character of a token as it is, or escaped for an address, JSON or a web page."""
    number = ord(char)
    if char.isalnum():
        return char
    return rf"(?:\\?{re.escape(char)}|%{number:02x}|\\u{number:04x}|&#(?:{number}|x{number:x});)"


def plain(text: object, length: int = _MAX_TEXT) -> str:
    """Return foreign text fit for one line of a terminal: no control characters, not long, no full stop."""
    line = " ".join("".join(char if char.isprintable() else " " for char in str(text)).split())
    if len(line) > length:
        line = line[: length - 1] + "…"
    return line.rstrip(".")


def _via(reply: Reply) -> str:
    return f", redirected to {plain(reply.via)}," if reply.via else ""


def _detail(reply: Reply, endpoint: Endpoint) -> _Detail:
    def said(text: object, length: int = _MAX_TEXT) -> str:
        return plain(redact(str(text), endpoint), length)  # in this order: half a token would not be known

    header_id = reply.headers.get("x-request-id")
    request_id = said(header_id) if header_id else None
    data = reply.data
    if data is None:
        return _Detail(None, _foreign(reply, said), request_id)
    if data.get("request_id"):
        request_id = said(data["request_id"])
    errors = data.get("errors")
    known = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    code = next((said(error["code"]) for error in known if error.get("code")), None)
    if any(isinstance(error.get("message"), str) and error["message"].strip() for error in known):
        words = "; ".join(filter(None, (_words(error, said) for error in known)))
    else:
        words = excerpt(data, endpoint)
    return _Detail(code, f": {words}", request_id)


def _words(error: Mapping[str, object], said: Callable[[object], str]) -> str:
    # The newer 422s have no code, and a `status` that only repeats the reply's.
    code, message, field = (said(error.get(key) or "") for key in ("code", "message", "field"))
    words = ": ".join(filter(None, (code, message)))
    return f"{words} (field {field})" if field else words


def _foreign(reply: Reply, said: Callable[[object, int], str]) -> str:
    """Return what to say about a body that is no JSON object."""
    if not reply.content.strip():
        return " with an empty body"
    value = reply.value
    if value is not _BROKEN:
        if value is None:
            return " with JSON that is null instead of an object"
        kind = next(kind for types, kind in _KINDS if isinstance(value, types))
        return f" with JSON that is {kind}, not an object: {said(json.dumps(value, ensure_ascii=False), _EXCERPT)}"
    text = _text(reply)
    if text is not None and is_page(text, reply.headers.get("content-type", "")):
        page = read_page(text)
        title, words = said(page.title, _EXCERPT), said(page.text, _EXCERPT)
        return " with a web page instead of JSON" + (f" ({title})" if title else "") + (f": {words}" if words else "")
    if reply.truncated and reply.status < 300:
        return " with JSON that breaks off"
    kind = plain(reply.headers.get("content-type", "").partition(";")[0]) or "something"
    return f" with {kind} instead of JSON" + (f": {said(text, _EXCERPT)}" if text else "")


def _text(reply: Reply) -> str | None:
    """Return the beginning of the body as text, None if it isn't text."""
    charset = re.search(r"charset=[\"']?([\w.:-]+)", reply.headers.get("content-type", ""))
    begun = reply.content[:_MAX_READ]
    for name in ("utf-8", charset[1] if charset else "utf-8"):
        try:
            text = codecs.getincrementaldecoder(name)("strict").decode(begun)
        except (LookupError, ValueError):
            continue
        if "\0" not in text:
            return text
    return None


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
    if reply.status < 500 and reply.status != 429 and not (reply.by_intercom or reply.by_api):
        return BETWEEN
    if reply.status == 403:
        return (
            "the token's app may lack a permission, or the workspace's plan may not include this: helpsync reads and "
            "writes articles and reads admins"
        )
    if reply.status == 429:
        return "other programs may be using up the workspace's share of requests: try again in a minute"
    if reply.status >= 500:
        return "try again later; Intercom's status page may know more"
    return None
