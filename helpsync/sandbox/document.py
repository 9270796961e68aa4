"""A page of the sandbox as a whole document: it loads nothing from elsewhere and runs nothing."""

from __future__ import annotations

from starlette.responses import HTMLResponse

from helpsync.locales import LOCALES
from helpsync.sandbox.pieces import escape
from helpsync.sandbox.sheet import STYLE

_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'"


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
