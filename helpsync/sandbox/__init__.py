"""The sandbox: a local Intercom with its API 2.9, the pages that readers see, and forms to play the teammate.

It is an independent reading of Intercom, written from the API's description and from what integrators report. It shares
no code with helpsync's client or its Markdown: otherwise their agreement would prove nothing. Where reports conflict,
`SandboxSettings` has a switch. Where nothing is known, the sandbox does what would hurt a client most. It never opens a
connection.

A module is loaded when one of its names is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpsync.sandbox.body_writer import BodyRefused, StorageRules
    from helpsync.sandbox.control import Call, Sandbox, fill_demo
    from helpsync.sandbox.editor_pages import article_path
    from helpsync.sandbox.payload import ApiError
    from helpsync.sandbox.pictures import store_picture
    from helpsync.sandbox.server import close_app, create_app, running, serve
    from helpsync.sandbox.settings import DEFAULT_ORIGIN, SWITCHES, HeadingMode, SandboxSettings
    from helpsync.sandbox.storage_form import to_storage_form
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
    "body_writer": ("BodyRefused", "StorageRules"),
    "control": ("Call", "Sandbox", "fill_demo"),
    "editor_pages": ("article_path",),
    "payload": ("ApiError",),
    "pictures": ("store_picture",),
    "server": ("close_app", "create_app", "running", "serve"),
    "settings": ("DEFAULT_ORIGIN", "SWITCHES", "HeadingMode", "SandboxSettings"),
    "storage_form": ("to_storage_form",),
    "workspace": ("Workspace", "page_path"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Return a public name from its module, and load the module."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
