"""Long runs of the state machines: many stories, in several seeds, side by side; prints a table.

usage: machines.py [--machine push] [--machine pull] [--machine git] [--stories 1000] [--steps 30] [--seeds 1,2,3,4]
                   [--jobs 2] [--shrink] [--out FOLDER]

Each seed tells so many stories of each machine that all seeds together tell --stories. A story that fails is written to
a file of the folder, and the others go on. Ends with 1 when one failed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, currently_in_test_context, seed, settings
from hypothesis.control import current_build_context
from hypothesis.stateful import invariant, run_state_machine_as_test

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hypothesis.stateful import RuleBasedStateMachine

SUPPORT = Path(__file__).parent.parent / "tests/support"
MACHINES = {
    "push": ("machine", "HelpCenter"),
    "pull": ("pull_machine", "BothSides"),
    "git": ("git_machine", "HelpCenterInGit"),
}
_MEMORY = Path("/dev/shm")


@dataclass
class Told:
    """What one seed of a machine told: whole stories, all steps, processor seconds, and the files of what failed."""

    machine: str
    seed: int
    stories: int
    steps: int
    seconds: float
    failed: list[str]


class _Count:
    """Counts steps and whole stories; what Hypothesis tells again, to report it, counts once."""

    def __init__(self, whole: int) -> None:
        self.whole = whole
        self.stories = 0
        self.steps = 0

    def of(self, machine: type[RuleBasedStateMachine]) -> type[RuleBasedStateMachine]:
        """Return the machine as one that is counted."""
        count = self

        class Counted(machine):  # type: ignore[misc, valid-type]  # a class that is chosen by name
            told = 0

            @invariant()
            def is_counted(self) -> None:
                self.told += _first_time()

            def teardown(self) -> None:
                count.steps += self.told
                count.stories += self.told >= count.whole
                super().teardown()

        Counted.__name__ = Counted.__qualname__ = machine.__name__
        return Counted


def _first_time() -> bool:
    return currently_in_test_context() and not current_build_context().is_final


def tell(name: str, number: int, wanted: int, steps: int, out: Path, *, shrink: bool) -> Told:
    """Tell stories of one machine in one seed, and write those that fail."""
    sys.path.insert(0, str(SUPPORT))
    module, known_as = MACHINES[name]
    machine = getattr(import_module(module), known_as)
    # Deaths are simulated in a process that lives: no disk loses what was not flushed.
    os.fsync = lambda _: None  # type: ignore[assignment]
    if _MEMORY.is_dir():
        tempfile.tempdir = str(_MEMORY)
    count, failed = _Count(steps), list[str]()
    begun, parts = time.process_time(), 0
    while count.stories < wanted:
        how = settings(
            max_examples=wanted - count.stories,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        )
        part = number * 1000 + parts
        parts += 1
        before = count.steps
        try:
            run_state_machine_as_test(seed(part)(count.of(machine)), settings=how)
        except Exception:  # noqa: BLE001  # one that fails must not stop the others
            path = out / f"{name}-{part}.txt"
            path.write_text(traceback.format_exc(), encoding="utf-8")
            failed.append(path.name)
        if count.steps == before:
            break
    children = os.times()
    return Told(
        name,
        number,
        count.stories,
        count.steps,
        time.process_time() - begun + children.children_user + children.children_system,
        failed,
    )


def run(options: argparse.Namespace) -> list[Told]:
    """Tell all stories, each machine and seed in a process of its own."""
    options.out.mkdir(parents=True, exist_ok=True)
    share = -(-options.stories // len(options.seeds))

    def child(task: tuple[str, int]) -> Told:
        name, number = task
        command = [sys.executable, __file__, "--tell", name, "--seeds", str(number), "--stories", str(share)]
        command += ["--steps", str(options.steps), "--out", str(options.out), *["--shrink"] * options.shrink]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        return Told(**json.loads(done.stdout.splitlines()[-1]))

    with ThreadPoolExecutor(options.jobs) as pool:
        found = []
        for told in pool.map(child, [(name, each) for each in options.seeds for name in options.machine]):
            print(_row(told), flush=True)
            found.append(told)
    return found


def _row(told: Told) -> str:
    cells = (told.machine, told.seed, told.stories, told.steps, f"{told.seconds:.0f} s", len(told.failed))
    return "| " + " | ".join(str(cell).rjust(8) for cell in cells) + " |  " + " ".join(told.failed)


def totals(found: Iterable[Told]) -> Iterable[Told]:
    """Yield the sum of each machine's seeds; its seed is how many there were."""
    for name in MACHINES:
        own = [told for told in found if told.machine == name]
        if own:
            yield Told(
                f"{name}, all",
                len(own),
                sum(told.stories for told in own),
                sum(told.steps for told in own),
                sum(told.seconds for told in own),
                [each for told in own for each in told.failed],
            )


def main() -> int:
    """Run what the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--machine", action="append", choices=MACHINES)
    parser.add_argument("--stories", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--seeds", type=lambda text: [int(each) for each in text.split(",")], default=[1, 2, 3, 4])
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--shrink", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("machine-stories"))
    parser.add_argument("--tell", choices=MACHINES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.tell:
        told = tell(options.tell, options.seeds[0], options.stories, options.steps, options.out, shrink=options.shrink)
        print(json.dumps(asdict(told)))
        return 0
    options.machine = options.machine or list(MACHINES)
    print("|  machine |     seed |  stories |    steps |      CPU |   failed |")
    print("| -------: | -------: | -------: | -------: | -------: | -------: |")
    found = run(options)
    for told in totals(found):
        print(_row(told))
    return 1 if any(told.failed for told in found) else 0


if __name__ == "__main__":
    raise SystemExit(main())
