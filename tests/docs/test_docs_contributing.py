"""CONTRIBUTING names files and what is in them: all of that is there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(helpsync/[\w/]+\.py)` `(\w+)`")


def test_each_step_of_the_walk_names_what_its_file_has() -> None:
    walk = TEXT[TEXT.index("### The walk of one article") : TEXT.index("### Where to add")]
    assert [int(number) for number in re.findall(r"^(\d+)\. ", walk, re.MULTILINE)] == list(range(1, 11))
    named = NAMED.findall(walk)
    assert len(named) >= 10
    for path, name in named:
        module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
        assert hasattr(module, name), (path, name)


def test_every_file_and_folder_that_it_names_is_there() -> None:
    for path in re.findall(r"`((?:helpsync|tests|docs|benchmarks)/[\w/.]+)`", TEXT):
        assert (ROOT / path).exists(), path
