"""Writers, teammates, two runners, kills and lost disks in any order: in the end all agree and nothing was lost."""

from __future__ import annotations

import os

from machine import HelpCenter, stories

# MACHINE_EXAMPLES=1000 MACHINE_STEPS=40 makes a long run of it.
EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "12"))
STEPS = int(os.environ.get("MACHINE_STEPS", "14"))

HelpCenter.TestCase.settings = stories(EXAMPLES, STEPS)
TestHelpCenter = HelpCenter.TestCase
