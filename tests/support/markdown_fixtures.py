"""A bench that renders, for all tests of the markup room."""

import pytest

from markdown_bench import Bench


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench()
