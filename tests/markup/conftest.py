import pytest
from markup_bench import Bench


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench()
