"""How many examples a property gets, and which: the same each time, a tenth of them, or ten times as many new ones.

The profile decides (CONTRIBUTING: Tests); a test only says how many examples it needs beside the others.
"""

from __future__ import annotations

import os
import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

import helpsync

if TYPE_CHECKING:
    from collections.abc import Collection

REPEATABLE, QUICK, EXPLORE = "repeatable", "quick", "explore"

_USUAL = 100

# Nothing may depend on how fast or how busy a machine is.
_UNHURRIED = (HealthCheck.too_slow,)


def register_profiles() -> None:
    """Register the profiles and load the repeatable one; pytest's option --hypothesis-profile loads another."""
    # Not Hypothesis's current settings as parent: in CI these are others.
    usual = settings(
        settings.get_profile("default"), max_examples=_USUAL, deadline=None, suppress_health_check=_UNHURRIED
    )
    same = settings(usual, derandomize=True, database=None, print_blob=False)
    settings.register_profile(REPEATABLE, same)
    settings.register_profile(QUICK, same, max_examples=_USUAL // 10)
    settings.register_profile(EXPLORE, usual, max_examples=_USUAL * 10, derandomize=False, print_blob=True)
    settings.load_profile(REPEATABLE)
    # Hypothesis tries the constants of the modules that are loaded. Which these are must not depend on which tests
    # the same process ran before.
    for module in pkgutil.walk_packages(helpsync.__path__, f"{helpsync.__name__}."):
        if not module.name.endswith("__main__"):
            import_module(module.name)


def examples(count: int, *, variable: str = "", suppress: Collection[HealthCheck] = ()) -> settings:
    """Return the settings for `count` examples in the usual profile, and for its share of them in the others.

    The environment variable, where it is named and set, says the number itself: for one long run.
    """
    wanted = os.environ.get(variable)
    number = int(wanted) if wanted else -(-count * settings().max_examples // _USUAL)
    return settings(max_examples=number, suppress_health_check=(*_UNHURRIED, *suppress))
