"""A page of the sandbox as a whole document: it loads nothing from elsewhere and runs nothing."""

from __future__ import annotations

import re

from starlette.responses import HTMLResponse

from helpsync.locales import LOCALES
from helpsync.sandbox.pieces import escape
from helpsync.sandbox.settings import DEFAULT_ORIGIN
from helpsync.sandbox.sheet import STYLE
from helpsync.sandbox.tags import CDN

_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'"
_PICTURE = re.compile(rf'<img src="{re.escape(CDN)}i/o/[^/"]+/(\d+)/[^"]*"')
_NEW_TAB = re.compile(r'(<a href="/[^"]*") target="_blank"')
_VIDEO = re.compile(r'<iframe src="([^"]*)"[^>]*></iframe>')


def document(
    locale: str, title: str, content: str, *, footer: str = "", status: int = 200, forms: bool = False
) -> HTMLResponse:
    """Return a page in a locale's direction; `content` and `footer` are HTML, `title` is text.

    Pages with `forms` may send them to the sandbox, and may stand in no frame; the others may send none at all.
    """
    kind = LOCALES[locale]
    allowed = "form-action 'self'; frame-ancestors 'none'" if forms else "form-action 'none'"
    return HTMLResponse(
        f'<!doctype html><html lang="{kind.code}" dir="{kind.direction}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><main>{content}</main>{footer}</body></html>",
        status_code=status,
        headers={"Content-Security-Policy": f"{_POLICY}; {allowed}"} | ({"Cache-Control": "no-store"} if forms else {}),
    )


def shown_body(body: str, origin: str) -> str:
    """Return a stored body as a page shows it: own links stay here, pictures and videos are stood for."""
    own = "|".join(re.escape(name) for name in sorted({origin, DEFAULT_ORIGIN}))
    body = _NEW_TAB.sub(r"\1", re.sub(f'(<a [^>]*?href=")(?:{own})(?=[/"])', r"\1", body))
    body = _PICTURE.sub(r'<img src="/pictures/\1.svg"', body)
    return _VIDEO.sub(r'<a class="video" href="\1" target="_blank" rel="noreferrer"><span>\1</span></a>', body)
