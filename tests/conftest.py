"""What every test stands on: Hypothesis without deadlines, and no settings from the outside."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("helpsync", deadline=None, print_blob=True)
settings.load_profile("helpsync")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("HELPSYNC_", "INTERCOM_")) or name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
