"""Writers, teammates, pulls, pushes, conflicts and kills in any order: nothing is lost, and in the end all agree."""

from __future__ import annotations

import os

from machine import stories
from pull_machine import BothSides

# PULL_MACHINE_EXAMPLES=300 MACHINE_STEPS=30 makes a long run of it.
EXAMPLES = int(os.environ.get("PULL_MACHINE_EXAMPLES", "5"))
STEPS = int(os.environ.get("MACHINE_STEPS", "9"))

BothSides.TestCase.settings = stories(EXAMPLES, STEPS)
TestBothSides = BothSides.TestCase
