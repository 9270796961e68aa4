"""The state machine of writers, teammates, runners and kills, with the baseline in a ref of the git remote."""

from __future__ import annotations

import pytest

from git_machine import HelpCenterInGit
from machine import stories

pytestmark = pytest.mark.slow

HelpCenterInGit.TestCase.settings = stories(4, steps=10, variable="GIT_MACHINE_EXAMPLES")
TestHelpCenterInGit = HelpCenterInGit.TestCase
