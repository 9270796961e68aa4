"""The embedded Intercom: an independent reading of its API 2.9 over SQLite, with the pages a reader would see."""

from __future__ import annotations

from starlette.applications import Starlette

from helpsync.sandbox.app import create_app
from helpsync.sandbox.control import Call, Sandbox
from helpsync.sandbox.failures import ApiError
from helpsync.sandbox.server import running, serve
from helpsync.sandbox.settings import Settings

__all__ = [
    "ApiError",
    "Call",
    "Sandbox",
    "Settings",
    "close_app",
    "create_app",
    "fill_demo",
    "reset",
    "running",
    "serve",
]


def close_app(app: object) -> None:
    """Close the store of an application that `create_app` made."""
    if isinstance(app, Starlette):
        app.state.sandbox.close()


def reset(settings: Settings) -> None:
    """Empty the store of a sandbox: a new workspace with a new id, which no old baseline fits."""
    sandbox = Sandbox(settings)
    sandbox.reset()
    sandbox.close()


def fill_demo(settings: Settings) -> bool:
    """Fill the empty store of a sandbox with the demo; return False where it is there already.

    Raises ConfigError for a store that holds other content, or whose default locale is not the demo's.
    """
    sandbox = Sandbox(settings)
    try:
        return sandbox.fill_demo()
    finally:
        sandbox.close()
