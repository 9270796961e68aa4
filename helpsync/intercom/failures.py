"""Turns a bad reply, or none, into one error: what happened, quoting Intercom, and what to do about it.

No message shows the token, whatever a server replies.
"""

from __future__ import annotations

import codecs
import json
import re
import socket
import ssl
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from selectolax.lexbor import LexborHTMLParser

from helpsync.errors import NotFound, OutcomeUnknown, RemoteError, Unauthorized, Unreachable
from helpsync.intercom.endpoint import REGIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from helpsync.errors import HelpsyncError
    from helpsync.intercom.endpoint import Endpoint

    Quote = Callable[..., str]

_MAX_TEXT = 300
_EXCERPT = 200
"""Characters of a body to quote."""

_MAX_READ = 200_000
"""Bytes of a body to read for a quotation: a page's scripts and styles may come before its text."""

BETWEEN = "something between here and Intercom may have answered: a proxy, a login page, or a wrong base_url"
RUN_AGAIN = "run again: helpsync first looks at what is there"
_FROM_A_PROXY = re.compile(r"prox(y|ies)|firewall|gateway|captive|\blog[ -]?in\b|\bsign[ -]?in\b", re.IGNORECASE)
_NETWORK_STATUSES = frozenset({407, 511})
"""Statuses of proxies, and of networks that want a login."""

_CONTENT_STATUSES = frozenset({409, 422})
"""Statuses of a server that understood the content. Its reply may quote an article about signing in."""

_BROKEN = object()
_PAGE = re.compile(r"<(!doctype|html|head|body|title|h1)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_BLOCK = re.compile(r"<(?!/?(?:a|abbr|b|code|em|font|i|small|span|strong|tt|u|wbr)\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Reply:
    """A reply, unpacked; `via` is the path of the same server to which the request was redirected."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    via: str | None = None

    @cached_property
    def value(self) -> object:
        """The body's JSON, whatever the content type says; `_BROKEN` if it isn't JSON."""
        try:
            value: object = json.loads(self.content)
        except (ValueError, RecursionError):
            return _BROKEN
        return value

    @property
    def data(self) -> dict[str, object] | None:
        """The JSON object of the body, None for anything else."""
        value = self.value
        return value if isinstance(value, dict) else None

    @property
    def truncated(self) -> bool:
        """Whether the body should be JSON and isn't: it was cut off, and another try may help."""
        return "json" in self.headers.get("content-type", "") and self.value is _BROKEN

    @property
    def is_error_list(self) -> bool:
        """Whether this is Intercom's list of errors, whatever the status says."""
        return (self.data or {}).get("type") == "error.list"

    @property
    def succeeded(self) -> bool:
        """Whether the status is a success and the body isn't a list of errors."""
        return 200 <= self.status < 300 and not self.is_error_list

    @property
    def is_intercoms(self) -> bool:
        """Whether this looks like one of Intercom's own errors, not a proxy's."""
        return self.is_error_list or isinstance((self.data or {}).get("errors"), list)

    @property
    def is_from_an_api(self) -> bool:
        """Whether this looks like JSON from an API, not from something in between."""
        value = self.value
        if self.status in _NETWORK_STATUSES or not (isinstance(value, dict | list | str) and value):
            return False
        return self.status in _CONTENT_STATUSES or not _FROM_A_PROXY.search(json.dumps(value))


@dataclass(frozen=True, slots=True)
class NoReply:
    """The reason why there is no usable reply.

    `sent`: the request may have arrived. `hopeless`: another try can't help. `reached`: a server replied, but the reply
    can't be read.
    """

    reason: str
    sent: bool
    hopeless: bool = False
    reached: bool = False
    hint: str | None = None


def error_of(
    outcome: Reply | NoReply, what: str, endpoint: Endpoint, *, attempts: int = 1, in_doubt: bool = False
) -> HelpsyncError:
    """Return the error for a request (`what` is its method and path) that did not succeed.

    401 is Unauthorized, 404 NotFound, every other reply RemoteError. `in_doubt`: the request is a write that may have
    happened; without a reply its error is OutcomeUnknown.
    """
    if isinstance(outcome, NoReply):
        return _no_reply(outcome, what, endpoint, attempts, in_doubt=in_doubt)
    if 300 <= outcome.status < 400:
        return _redirected(outcome, what, endpoint)
    return _bad_reply(outcome, what, endpoint, attempts)


def _bad_reply(reply: Reply, what: str, endpoint: Endpoint, attempts: int) -> HelpsyncError:
    def quote(text: object, length: int = _MAX_TEXT) -> str:
        return one_line(endpoint.redact(str(text)), length)  # cut last: half a token would not be recognised

    data = reply.data or {}
    listed = data.get("errors")
    errors = [error for error in listed if isinstance(error, dict)] if isinstance(listed, list) else []
    request_id = data.get("request_id") or reply.headers.get("x-request-id")
    who = "Intercom" if reply.is_intercoms else endpoint.host
    via = f", redirected to {one_line(reply.via)}," if reply.via else ""
    message = f"{who} answered {reply.status} to {what}{via}{_quoted(reply, errors, quote)}"
    if attempts > 1:
        message += f", after {attempts} attempts"
    if request_id:
        message += f" (request id {quote(request_id)})"
    if reply.status == 401:
        return Unauthorized(message, hint=_region_hint(endpoint))
    kind = NotFound if reply.status == 404 else RemoteError
    return kind(message, status=reply.status, hint=_hint(reply))


def _redirected(reply: Reply, what: str, endpoint: Endpoint) -> RemoteError:
    try:
        parts = urlsplit(reply.headers.get("location", ""))
        to = parts.hostname or parts.path
    except ValueError:
        to = ""
    where = f" to {one_line(endpoint.redact(to))}" if to else ""
    return RemoteError(
        f"{endpoint.host} redirects {what}{where} ({reply.status}); redirects are not followed",
        status=reply.status,
        hint="a proxy or network may want a login first; otherwise check the remote's region or base_url",
    )


def _no_reply(outcome: NoReply, what: str, endpoint: Endpoint, attempts: int, *, in_doubt: bool) -> RemoteError:
    tries = f", after {attempts} attempts" if attempts > 1 else ""
    reason = endpoint.redact(outcome.reason)
    if in_doubt:
        return OutcomeUnknown(
            f"no answer from {endpoint.host} to {what}: {reason}{tries}; it may have happened", hint=RUN_AGAIN
        )
    if outcome.reached:
        return RemoteError(f"{endpoint.host} gave {what} no answer that could be read whole: {reason}", hint=BETWEEN)
    on = f" for {what}" if outcome.sent else ""
    proxy = proxy_for(endpoint.base_url)
    check = (
        f"check the network, {f'the proxy of {proxy[0]}' if proxy else 'a proxy'}, and the remote's region or base_url"
    )
    return Unreachable(f"{endpoint.host} can't be reached{on}: {reason}{tries}", hint=outcome.hint or check)


def no_connection(error: Exception, url: str) -> NoReply:
    """Return why there is no connection to a URL, and the variable of the proxy, if there is one."""
    # httpx's own words ("All connection attempts failed") hide the system's error.
    causes = list(_causes(error))
    untrusted = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if untrusted is not None:
        said = one_line(getattr(untrusted, "verify_message", "") or untrusted.args[-1])
        return NoReply(
            f"its certificate is not trusted ({said})",
            sent=False,
            hopeless=True,
            hint="if the server, or a proxy or firewall of your network, signs connections itself, set SSL_CERT_FILE "
            "to a file with its certificate (PEM)",
        )
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        reason = "its name does not resolve"
    elif any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        reason = "connection refused"
    elif (broken := next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)) is not None:
        reason = f"no secure connection ({one_line(broken.reason or broken)})"
    else:
        reason = one_line(error) or type(error).__name__
    proxy = proxy_for(url)
    return NoReply(f"{reason} (over the proxy of {proxy[0]})" if proxy else reason, sent=False)


def proxy_for(url: str) -> tuple[str, str] | None:
    """Return the environment variable that names the proxy for a URL, and the proxy's address; None for no proxy."""
    parts = urlsplit(url)
    if parts.hostname in {"localhost", "127.0.0.1", "::1"} or proxy_bypass(parts.netloc):
        return None
    proxies = getproxies()
    kind = next((kind for kind in (parts.scheme, "all") if proxies.get(kind)), None)
    return None if kind is None else (f"{kind.upper()}_PROXY", proxies[kind])


def one_line(text: object, length: int = _MAX_TEXT) -> str:
    """Return foreign text for one line of a terminal: without control characters, shortened, without a full stop."""
    line = " ".join("".join(char if char.isprintable() else " " for char in str(text)).split())
    if len(line) > length:
        line = line[: length - 1] + "…"
    return line.rstrip(".")


def excerpt(value: object, endpoint: Endpoint) -> str:
    """Return the beginning of JSON for a message, without the token."""
    return one_line(endpoint.redact(json.dumps(value, ensure_ascii=False)), _EXCERPT)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for one in error.exceptions:
                yield from _causes(one)
        error = error.__cause__ or error.__context__


# Quoting a body -------------------------------------------------------------------------------------------------------


def _quoted(reply: Reply, errors: Sequence[Mapping[str, object]], quote: Quote) -> str:
    """Return the content of a bad reply, as the end of a sentence."""
    if any(isinstance(error.get("message"), str) and str(error["message"]).strip() for error in errors):
        return ": " + "; ".join(filter(None, (_error_text(error, quote) for error in errors)))
    if not reply.content.strip():
        return " with an empty body"
    if reply.value is _BROKEN:
        return _quoted_text(reply, quote)
    said = quote(json.dumps(reply.value, ensure_ascii=False), _EXCERPT)
    return f": {said}" if reply.data is not None else f" with JSON that isn't an object: {said}"


def _quoted_text(reply: Reply, quote: Quote) -> str:
    """Return the content of a body that isn't JSON, as the end of a sentence."""
    text = _text(reply)
    content_type = reply.headers.get("content-type", "")
    if text is not None and "<" in text.lstrip()[:200] and ("html" in content_type.lower() or _PAGE.search(text)):
        title, words = (quote(part, _EXCERPT) for part in _page_text(text))
        return " with a web page instead of JSON" + (f" ({title})" if title else "") + (f": {words}" if words else "")
    if reply.truncated and reply.status < 300:
        return " with JSON that breaks off"
    kind = one_line(content_type.partition(";")[0]) or "something"
    return f" with {kind} instead of JSON" + (f": {quote(text, _EXCERPT)}" if text else "")


def _error_text(error: Mapping[str, object], quote: Quote) -> str:
    # Newer errors with status 422 have no code, and a `status` that only repeats the reply's.
    code, message, field = (quote(error.get(key) or "") for key in ("code", "message", "field"))
    words = ": ".join(filter(None, (code, message)))
    return f"{words} (field {field})" if field else words


def _text(reply: Reply) -> str | None:
    """Return the beginning of the body as text, None if it isn't text."""
    charset = re.search(r"charset=[\"']?([\w.:-]+)", reply.headers.get("content-type", ""))
    for name in ("utf-8", charset[1] if charset else "utf-8"):
        try:
            text = codecs.getincrementaldecoder(name)("strict").decode(reply.content[:_MAX_READ])
        except (LookupError, ValueError):
            continue
        if "\0" not in text:
            return text
    return None


def _page_text(html: str) -> tuple[str, str]:
    """Return a web page's title, or else its first heading, and the rest of its text."""
    # A space separates blocks, but not inline tags: a tag within a token must not hide it from `redact`.
    tree = LexborHTMLParser(_BLOCK.sub(" <", html))
    tree.strip_tags(["script", "style", "template", "svg"])
    nodes = (tree.css_first("title"), tree.css_first("h1"), tree.body)
    title, heading, text = (" ".join(node.text().split()) if node else "" for node in nodes)
    title = _TAG.sub("", title) or heading  # a title has no tags: what looks like one is text
    return title, text.removeprefix(title).lstrip()


# Hints ----------------------------------------------------------------------------------------------------------------


def _hint(reply: Reply) -> str | None:
    if reply.succeeded:
        return BETWEEN
    if reply.status < 500 and reply.status != 429 and not (reply.is_intercoms or reply.is_from_an_api):
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


def _region_hint(endpoint: Endpoint) -> str:
    here = endpoint.region
    if here is None:
        return f"the token may be wrong, or belong to another server than {endpoint.host}"
    others = ", ".join(f"{name} ({url})" for name, url in REGIONS.items() if name != here)
    return (
        f"the token may be wrong, or the workspace may be in another region: this was {here} "
        f"({REGIONS[here]}), the others are {others}; set `region:` of the remote"
    )
