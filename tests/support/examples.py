"""How many examples a property gets, and which: the same each time, or many more new ones when exploring.

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

REPEATABLE, EXPLORE = "repeatable", "explore"

_USUAL = 100
_TIMES_MORE = 10

# Nothing may depend on how fast or how busy a machine is.
_UNHURRIED = (HealthCheck.too_slow,)


def register_profiles() -> None:
    """Register both profiles and load the repeatable one; pytest's option --hypothesis-profile loads another."""
    # Not Hypothesis's current settings as parent: in CI these are others.
    usual = settings(
        settings.get_profile("default"), max_examples=_USUAL, deadline=None, suppress_health_check=_UNHURRIED
    )
    settings.register_profile(REPEATABLE, usual, derandomize=True, database=None, print_blob=False)
    settings.register_profile(EXPLORE, usual, max_examples=_USUAL * _TIMES_MORE, derandomize=False, print_blob=True)
    settings.load_profile(REPEATABLE)
    # Hypothesis tries the constants of the modules that are loaded. Which these are must not depend on which tests
    # the same process ran before.
    for module in pkgutil.walk_packages(helpsync.__path__, f"{helpsync.__name__}."):
        if not module.name.endswith("__main__"):
            import_module(module.name)


def examples(count: int, *, variable: str = "", suppress: Collection[HealthCheck] = ()) -> settings:
    """Return the settings for `count` examples, several times as many when exploring.

    The environment variable, where it is named and set, says the number itself: for one long run.
    """
    wanted = os.environ.get(variable)
    number = int(wanted) if wanted else count * settings().max_examples // _USUAL
    return settings(max_examples=number, suppress_health_check=(*_UNHURRIED, *suppress))
