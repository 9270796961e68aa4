"""Writers, teammates, two runners, kills and lost disks in any order: in the end all agree and nothing was lost."""

from __future__ import annotations

import pytest

from machine import HelpCenter, stories

pytestmark = pytest.mark.slow

HelpCenter.TestCase.settings = stories(12, steps=14, variable="MACHINE_EXAMPLES")
TestHelpCenter = HelpCenter.TestCase
