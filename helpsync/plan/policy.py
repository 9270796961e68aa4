"""The settings that a plan depends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.model import Address, Severity, State


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings that a plan depends on; `overwrite` are the addresses whose remote edits may be overwritten."""

    remote: str
    base_url: str
    api_version: str = "2.9"
    author: str | None = None
    state: State = "draft"
    on_remove: Literal["unpublish", "delete", "keep"] = "unpublish"
    help_center: str | None = None
    rules: Mapping[str, Severity] = field(default_factory=dict)
    overwrite: frozenset[Address] = frozenset()
