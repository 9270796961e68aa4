"""Writers, teammates, pulls, pushes, conflicts and kills in any order: nothing is lost, and both sides end up equal."""

from __future__ import annotations

import pytest

from machine import stories
from pull_machine import BothSides

pytestmark = pytest.mark.slow

BothSides.TestCase.settings = stories(5, steps=9, variable="PULL_MACHINE_EXAMPLES")
TestBothSides = BothSides.TestCase
