"""Writers, teammates, two runners, kills and lost disks in any order: in the end all agree and nothing was lost."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from machine import HelpCenter

# MACHINE_EXAMPLES=1000 MACHINE_STEPS=40 makes a long run of it.
EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "12"))
STEPS = int(os.environ.get("MACHINE_STEPS", "14"))

HelpCenter.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    report_multiple_bugs=False,  # one story at a time is read
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestHelpCenter = HelpCenter.TestCase
