"""What every test stands on: the same examples each time, no settings from the outside, a workspace to work at."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from examples import QUICK, register_profiles
from helpsync.sandbox import SandboxSettings, create_app
from workspace import CONFIG, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workspace import MakeWorkspace

pytest_plugins = ("earlier_project", "markdown_fixtures", "runner_fixtures", "sandbox_fixtures")

register_profiles()


def pytest_configure(config: pytest.Config) -> None:
    """Let `-m "not slow"` try fewer examples of each property, if no option names the profile."""
    if config.getoption("markexpr") == "not slow" and not config.getoption("--hypothesis-profile"):
        settings.load_profile(QUICK)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the longest tests first, so that no worker is left with one of them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("HELPSYNC_", "INTERCOM_")) or name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)


@pytest.fixture
def make_workspace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeWorkspace]:
    """Give what makes workspaces, each tied to a sandbox in memory."""
    made: list[Workspace] = []

    def make(config: str = CONFIG, **switches: Any) -> Workspace:
        app = create_app(SandboxSettings(record=True, **switches))
        monkeypatch.setattr("helpsync.sandbox.create_app", lambda _: app)
        monkeypatch.setattr("helpsync.sandbox.close_app", lambda _: None)  # closed below, after several runs
        monkeypatch.chdir(tmp_path)
        workspace = Workspace(tmp_path, capsys, app)
        workspace.write("helpsync.yaml", config)
        made.append(workspace)
        return workspace

    yield make
    for workspace in made:
        workspace.sandbox.close()


@pytest.fixture
def workspace(make_workspace: MakeWorkspace) -> Workspace:
    """Give a workspace with a small help center in three locales, nothing pushed yet."""
    workspace = make_workspace()
    workspace.collection("billing/_collection.md", "Billing", description="Money matters")
    workspace.collection("billing/_collection.fr.md", "Facturation", description="Questions d'argent")
    workspace.collection("billing/invoices/_collection.md", "Invoices")
    workspace.article(
        "billing/refunds.md", "Refunds", "# How long\n\nThree days.\n\nSee [paying](invoices/paying.md).\n"
    )
    workspace.article("billing/refunds.fr.md", "Remboursements", "# Combien de temps\n\nTrois jours.\n")
    workspace.article("billing/refunds.de.md", "Rückerstattungen", "# Wie lange\n\nDrei Tage.\n")
    workspace.article("billing/invoices/paying.md", "Paying", "Pay as in [refunds](../refunds.md#how-long).\n")
    workspace.article(
        "billing/invoices/paying.fr.md", "Payer", "Voir [remboursements](../refunds.md#combien-de-temps).\n"
    )
    return workspace
