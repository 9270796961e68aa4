"""The sandbox: an embedded Intercom with its API 2.9, the pages that readers see, and forms that play the teammate.

It is an independent reading of Intercom: written from the API's description and from what integrators report, it
shares no code with helpsync's client or its Markdown, so that it proves something when both agree. Where reports
conflict, `SandboxSettings` has a switch; where nothing is known, the sandbox does what hurts a client most. It never
opens a connection. (In docstrings here, "facts" are what is known about Intercom.)

Nothing heavy is loaded until a name that needs it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpsync.sandbox.control import Call, Sandbox, fill_demo
    from helpsync.sandbox.editor_pages import article_path
    from helpsync.sandbox.payload import ApiError
    from helpsync.sandbox.pictures import store_picture
    from helpsync.sandbox.server import close_app, create_app, running, serve
    from helpsync.sandbox.settings import DEFAULT_ORIGIN, SWITCHES, HeadingMode, SandboxSettings
    from helpsync.sandbox.storage_form import BodyRefused, StorageRules, to_storage_form
    from helpsync.sandbox.workspace import Workspace, page_path

__all__ = [
    "DEFAULT_ORIGIN",
    "SWITCHES",
    "ApiError",
    "BodyRefused",
    "Call",
    "HeadingMode",
    "Sandbox",
    "SandboxSettings",
    "StorageRules",
    "Workspace",
    "article_path",
    "close_app",
    "create_app",
    "fill_demo",
    "page_path",
    "running",
    "serve",
    "store_picture",
    "to_storage_form",
]

_MODULES = {
    "control": ("Call", "Sandbox", "fill_demo"),
    "editor_pages": ("article_path",),
    "payload": ("ApiError",),
    "pictures": ("store_picture",),
    "server": ("close_app", "create_app", "running", "serve"),
    "settings": ("DEFAULT_ORIGIN", "SWITCHES", "HeadingMode", "SandboxSettings"),
    "storage_form": ("BodyRefused", "StorageRules", "to_storage_form"),
    "workspace": ("Workspace", "page_path"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Return a public name from its module, which is loaded now."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
