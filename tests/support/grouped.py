"""One test for many small inputs: it tries all of them and reports each one that fails.

Thousands of parametrised cases cost more to collect, schedule and report than to run. Where one input takes
milliseconds, `grouped` takes the place of `pytest.mark.parametrize`; nothing else in the test changes.
"""

from __future__ import annotations

import inspect
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


def grouped(names: str | Sequence[str], inputs: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that calls the test with each input, as `parametrize` does; it may be repeated."""
    wanted = [names] if isinstance(names, str) else list(names)
    rows = [(each,) if isinstance(names, str) else tuple(each) for each in inputs]
    assert rows, "a group without inputs tests nothing"
    assert all(len(row) == len(wanted) for row in rows)

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @wraps(test)
        def each(**fixtures: Any) -> None:
            failures: list[Exception] = []
            for row in rows:
                given = dict(zip(wanted, row, strict=True))
                try:
                    test(**fixtures, **given)
                except Exception as failure:  # noqa: BLE001 - whatever fails is reported
                    shown = ", ".join(f"{name}={value!r:.300}" for name, value in given.items())
                    failure.add_note(f"with {shown}")
                    failures.append(failure)
            if len(failures) == 1:
                raise failures[0]
            if failures:
                raise ExceptionGroup(f"{len(failures)} of {len(rows)} inputs failed", failures)

        signature = inspect.signature(test)
        left = [value for name, value in signature.parameters.items() if name not in wanted]
        assert len(left) == len(signature.parameters) - len(wanted)
        each.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]  # what pytest reads
        return each

    return decorate
