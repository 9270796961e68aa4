"""Writers, teammates, two runners, kills and lost disks in any order: in the end all agree and nothing was lost."""

from __future__ import annotations

from machine import HelpCenter, stories

HelpCenter.TestCase.settings = stories(12, steps=14, variable="MACHINE_EXAMPLES")
TestHelpCenter = HelpCenter.TestCase
