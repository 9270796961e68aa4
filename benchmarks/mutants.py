"""Whether the tests notice faults: a seeded sample of mutants of the code that guards texts, killed or survived.

mutmut makes the mutants. They are chosen, and run with the tests that run the mutated line, here: mutmut itself samples
nothing, chooses tests by function, and leaves out constants and decorated functions. Each mutant is a fork of a process
that has imported all but helpsync, in a copy of the checkout; the checkout itself is not touched.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import gc
import hashlib
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

import coverage
import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import get_ignored_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

HERE = Path(__file__).resolve().parents[1]
AREAS = {
    "plan": ("helpsync/plan", "helpsync/restore"),
    "apply": ("helpsync/apply",),
    "baseline": ("helpsync/baseline",),
    "pull": ("helpsync/pull",),
    "canonical form": tuple(
        f"helpsync/markdown/{name}.py" for name in ("html/canonical", "diff/compare", "html/read", "html/runs")
    ),
}
FORK = multiprocessing.get_context("fork")
MEMORY = 3 << 30  # bytes, for one that never stops to grow
NEVER = ("TYPE_CHECKING", 'sys.platform == "win32"')
VALUES = cst.Call | cst.Assign | cst.AnnAssign | cst.SimpleString
"""Nodes whose mutants say another value; those of all others decide otherwise. There are three times as many."""


def dropped_operand(node: cst.BooleanOperation) -> Iterator[cst.BaseExpression]:
    """Give each side of `a and b` alone."""
    for side in (node.left, node.right):
        yield side.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()]) if not side.lpar else side


def turned_condition(node: cst.If) -> Iterator[cst.If]:
    """Give the `if` whose condition never holds, and the one where it always does."""
    for name in ("True", "False"):
        yield node.with_changes(test=cst.Name(name), whitespace_before_test=cst.SimpleWhitespace(" "))


OPERATORS: list[tuple[type, Callable[[Any], Iterable[cst.CSTNode]]]] = [
    *mutation_operators,
    (cst.BooleanOperation, dropped_operand),
    (cst.If, turned_condition),
]


@dataclass(frozen=True)
class Mutant:
    """One change of one file; `lines` are those of the node, then of its statement; none for what runs at import."""

    area: str
    path: str
    before: str
    code: str
    lines: tuple[range, ...]

    @property
    def diff(self) -> str:
        """Return the change as a unified diff."""
        before, after = self.before.splitlines(keepends=True), self.code.splitlines(keepends=True)
        return "".join(difflib.unified_diff(before, after, self.path, self.path, n=1))

    @property
    def key(self) -> str:
        """Return what tells it from all others, also after other files have changed."""
        return hashlib.sha256(f"{self.path}\0{self.code}".encode()).hexdigest()[:16]


def sample(area: str, count: int, seed: int) -> list[Mutant]:
    """Return that many mutants of an area, half of them of decisions; one a node, always the same for a seed."""
    nodes: dict[bool, list[tuple[str, Any, list[Any], MetadataWrapper]]] = {True: [], False: []}
    for path in _files(area):
        code = (HERE / path).read_text(encoding="utf-8")
        wrapper = MetadataWrapper(cst.parse_module(code))
        visitor = MutationVisitor(OPERATORS, get_ignored_lines(path, code, wrapper))
        wrapper.visit(visitor)
        mutants: dict[int, list[Any]] = defaultdict(list)
        for mutation in visitor.mutations:
            mutants[id(mutation.original_node)].append(mutation)
        for each in mutants.values():
            node = each[0].original_node
            if not _is_never_run(node, wrapper):
                nodes[isinstance(node, VALUES)].append((path, node, [m.mutated_node for m in each], wrapper))
    chance = random.Random(f"{seed} {area}")
    chosen = [
        one
        for kind, share in ((False, (count + 1) // 2), (True, count // 2))
        for one in _some(chance, nodes[kind], share)
    ]
    return [_mutant(area, path, node, chance.choice(mutants), wrapper) for path, node, mutants, wrapper in chosen]


def _some(chance: random.Random, given: list[Any], count: int) -> list[Any]:
    return chance.sample(given, min(count, len(given)))


def _files(area: str) -> list[str]:
    found = [
        file
        for path in AREAS[area]
        for file in ([HERE / path] if path.endswith(".py") else (HERE / path).rglob("*.py"))
    ]
    return sorted(file.relative_to(HERE).as_posix() for file in found)


def _is_never_run(node: cst.CSTNode, wrapper: MetadataWrapper) -> bool:
    """Return whether a node is only read by type checkers, or only run on Windows."""
    parents, text = wrapper.resolve(ParentNodeProvider), cst.Module([]).code_for_node
    if isinstance(node, cst.If) and text(node.test) in NEVER:
        return True
    while not isinstance(node, cst.Module):
        parent = parents[node]
        if isinstance(parent, cst.If) and node is parent.body and text(parent.test) in NEVER:
            return True
        if isinstance(node, cst.AnnAssign) and "TypeAlias" in text(node.annotation.annotation):
            return True
        node = parent
    return False


def _mutant(area: str, path: str, node: cst.CSTNode, mutated: cst.CSTNode, wrapper: MetadataWrapper) -> Mutant:
    positions, parents = wrapper.resolve(PositionProvider), wrapper.resolve(ParentNodeProvider)
    code = wrapper.module.code_for_node(wrapper.module.deep_replace(node, mutated))
    spot = node
    while spot not in positions:  # an operator has no place of its own
        spot = parents[spot]
    statement = spot
    while not isinstance(statement, cst.SimpleStatementLine | cst.BaseCompoundStatement | cst.Module):
        statement = parents[statement]
    here, whole = positions[spot], positions[statement]
    end = here.start.line + 1 if isinstance(node, cst.If) else here.end.line + 1
    lines = (range(here.start.line, end), range(whole.start.line, end)) if _is_in_function(node, parents) else ()
    return Mutant(area, path, wrapper.module.code, code, lines)


def _is_in_function(node: cst.CSTNode, parents: Mapping[cst.CSTNode, cst.CSTNode]) -> bool:
    while node in parents:
        if isinstance(parents[node], cst.FunctionDef) and isinstance(node, cst.BaseSuite):
            return True
        node = parents[node]
    return False


@dataclass(frozen=True)
class Record:
    """Which tests run which line, and how many seconds each takes."""

    tests: Mapping[str, Mapping[int, set[str]]]
    seconds: Mapping[str, float]

    def choose(self, mutant: Mutant, most: float) -> list[str]:
        """Return the tests that run the mutated line, the fastest first, for so many seconds."""
        lines = self.tests.get(mutant.path, {})
        places = mutant.lines or (lines,)  # run at import: whoever uses the file may notice
        every = [{test for line in place for test in lines.get(line, ())} for place in places]
        if not mutant.lines:  # no test is noted where all lines run at import: those of the files beside it
            beside = [path for path in self.tests if Path(path).parent == Path(mutant.path).parent]
            every.append({test for path in beside for tests in self.tests[path].values() for test in tests})
        return self.fastest(next(filter(None, (tests & self.seconds.keys() for tests in every)), ()), most)

    def fastest(self, tests: Iterable[str], most: float) -> list[str]:
        """Return as many of the tests as fit into so many seconds, one at least."""
        chosen: list[str] = []
        for test in sorted(tests, key=lambda test: (self.seconds[test], test)):
            most -= self.seconds[test]
            if most < 0 and chosen:
                break
            chosen.append(test)
        return chosen


_passed: dict[str, tuple[bool, float]] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how long each test took, when pytest is given this file as a plugin."""
    passed, seconds = _passed.get(report.nodeid, (True, 0.0))
    _passed[report.nodeid] = (passed and report.passed, seconds + report.duration)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the seconds of each test that passed."""
    if not hasattr(session.config, "workerinput"):
        known = {test: seconds for test, (passed, seconds) in _passed.items() if passed}
        Path(os.environ["MUTANTS_SECONDS"]).write_text(json.dumps(known), encoding="utf-8")


def record(copy: Path, folder: Path, jobs: int) -> Record:
    """Return what tests run: all of them once for each state of the code, and those of a file again when it changes."""
    folder = folder / _digest(copy, "helpsync/**/*.py")
    files = {path.relative_to(copy).as_posix(): _digest(copy, path) for path in sorted(copy.glob("tests/**/test_*.py"))}
    owners = {
        file: number
        for number in _runs(folder)
        for file, digest in _read(folder / f"{number}.files").items()
        if files.get(file) == digest
    }
    changed = [file for file in files if file not in owners]
    if changed:
        number = len(_runs(folder))
        folder.mkdir(parents=True, exist_ok=True)
        _recorded(copy, folder / str(number), changed, jobs)
        (folder / f"{number}.files").write_text(json.dumps({file: files[file] for file in changed}), encoding="utf-8")
        owners |= dict.fromkeys(changed, number)
    tests: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    seconds: dict[str, float] = {}
    for number in _runs(folder):
        own = {test for test in _read(folder / f"{number}.seconds") if owners.get(test.partition("::")[0]) == number}
        seconds |= {test: took for test, took in _read(folder / f"{number}.seconds").items() if test in own}
        data = coverage.CoverageData(str(folder / f"{number}.coverage"))
        data.read()
        for path in data.measured_files():
            for line, contexts in data.contexts_by_lineno(path).items():
                tests[path][line] |= {sys.intern(context.rpartition("|")[0]) for context in contexts} & own
    return Record(tests, seconds)


def _recorded(copy: Path, target: Path, files: Sequence[str], jobs: int) -> None:
    print(f"recording which lines the tests of {len(files)} files run", flush=True)
    settings = copy / "coveragerc"
    settings.write_text("[run]\nrelative_files = true\n", encoding="utf-8")
    covered = [f"--cov=helpsync/{room}" for room in ("plan", "apply", "baseline", "pull", "markdown")]
    covered += ["--cov-context=test", "--cov-report=", f"--cov-config={settings}"]
    noted = {"COVERAGE_FILE": f"{target}.coverage", "MUTANTS_SECONDS": f"{target}.seconds"}
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", str(jobs), "-p", "mutants", *covered, *files],
        cwd=copy,
        env=_environment(copy) | noted,
        check=False,  # a test that fails here kills no mutant
    )


def _runs(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in folder.glob("*.files"))


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _digest(folder: Path, pattern: str | Path) -> str:
    paths = sorted(folder.glob(pattern)) if isinstance(pattern, str) else [pattern]
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _environment(copy: Path) -> dict[str, str]:
    # The copy comes before the checkout that is installed.
    paths = os.pathsep.join([str(copy), str(copy / "benchmarks")])
    return os.environ | {"PYTHONPATH": paths}


def copy_checkout(target: Path) -> None:
    """Copy what git knows or would add."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=HERE, check=True, capture_output=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (HERE / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(HERE / name, target / name)


@dataclass(frozen=True)
class Trials:
    """A plugin that tries mutants in a copy: each in a fork of the session, which has imported and collected all."""

    copy: Path
    mutants: Sequence[Mutant]
    known: Record
    results: Path
    seconds: float
    functions: list[FunctionType] = field(default_factory=list)

    def start(self) -> None:
        """Collect all tests that were recorded, and try; each result is on disk as it comes."""
        os.environ.update(_environment(self.copy))
        os.chdir(self.copy)
        sys.path.insert(0, str(self.copy))
        sys.dont_write_bytecode = True
        _pytest(sorted({test.partition("::")[0] for test in self.known.seconds}), self)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try the mutants instead of the code as it is."""
        items = {item.nodeid: item for item in session.items}
        self.functions.extend(each for each in gc.get_objects() if isinstance(each, FunctionType))
        gc.freeze()
        # Some tests have the path of the copy in their names, so those that were recorded elsewhere are not here.
        known = Record(self.known.tests, {test: took for test, took in self.known.seconds.items() if test in items})
        if self._outcome(None, [items[test] for test in known.fastest(known.seconds, 10)]) != "survived":
            raise SystemExit("error: tests fail although nothing is mutated")
        for mutant in self.mutants:
            said, by = "no test runs it", None
            if tests := known.choose(mutant, self.seconds):
                file = self.copy / mutant.path
                file.write_text(mutant.code, encoding="utf-8")  # for processes that tests start
                said, by = self._confirmed(mutant, [items[test] for test in tests])
                file.write_text(mutant.before, encoding="utf-8")
            with self.results.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps({"key": mutant.key, "outcome": said, "tests": len(tests), "by": by}) + "\n")
        return True

    def _confirmed(self, mutant: Mutant, items: Sequence[pytest.Item]) -> tuple[str, str | None]:
        """Return the outcome of a mutant, and the test that killed it: one that fails for the mutant, not by chance."""
        by: pytest.Item | None = None
        while (said := self._outcome(mutant, items)) == "killed":
            named = self._killer.read_text(encoding="utf-8") if self._killer.exists() else None
            by = next((item for item in items if item.nodeid == named), None)
            if by is None or (self._outcome(None, [by]) == "survived" and self._outcome(mutant, [by]) != "survived"):
                break
            items = [item for item in items if item is not by]
        return said, by.nodeid if by and said == "killed" else None

    @property
    def _killer(self) -> Path:
        return self.copy / "killer"

    def _outcome(self, mutant: Mutant | None, items: Sequence[pytest.Item]) -> str:
        self._killer.unlink(missing_ok=True)
        child = FORK.Process(target=self._try, args=(mutant, items))
        child.start()
        assert child.pid
        try:
            child.join(60 + 5 * sum(self.known.seconds[item.nodeid] for item in items))
            late = child.is_alive()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)  # it is the first of its group: what tests had started ends, too
        child.join()
        if late:
            return "killed by time"
        return "killed" if child.exitcode else "survived"

    def _try(self, mutant: Mutant | None, items: Sequence[pytest.Item]) -> None:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        if mutant is not None:
            for number in (1, 2):
                os.dup2(os.open(os.devnull, os.O_WRONLY), number)
            if not (mutant.lines and self._exchange(mutant)):
                # Constants and classes were made of what was imported: import it again.
                for name, module in [*sys.modules.items()]:
                    if (getattr(module, "__file__", None) or "").startswith(str(self.copy)):
                        del sys.modules[name]
                order = [item.nodeid for item in items]
                sys.exit(_pytest(sorted({test.partition("::")[0] for test in order}), Chosen(order, self._killer)))
        for item, following in zip(items, [*items[1:], None], strict=False):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if item.session.testsfailed:
                self._killer.write_text(item.nodeid, encoding="utf-8")
                sys.exit(f"{item.nodeid} failed")

    def _exchange(self, mutant: Mutant) -> bool:
        """Give the functions that were imported the code of the mutant; return whether that could be done."""
        file = str(self.copy / mutant.path)
        codes = dict(zip(_codes(mutant.before, file), _codes(mutant.code, file), strict=False))
        changed = False
        for function in self.functions:
            before = function.__code__
            after = codes.get(before, before) if before.co_filename == file else before
            if after != before and after.co_qualname == before.co_qualname:
                function.__code__ = after
                changed = True
        return changed


class Chosen:
    """A plugin that lets only these tests run, in this order, and notes which one failed."""

    def __init__(self, tests: Sequence[str], killer: Path) -> None:
        self.order = {test: number for number, test in enumerate(tests)}
        self.killer = killer

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the test that failed."""
        if report.failed:
            self.killer.write_text(report.nodeid, encoding="utf-8")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep what was chosen."""
        chosen = [item for item in items if item.nodeid in self.order]
        items[:] = sorted(chosen, key=lambda item: self.order[item.nodeid])


def _pytest(files: Sequence[str], plugin: object) -> int:
    options = ["-x", "-q", "-s", "-n", "0", "--no-header", "-p", "no:cacheprovider"]
    options += ["-o", "tmp_path_retention_policy=none", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return int(pytest.main([*options, *files], [plugin]))


def _codes(source: str, file: str) -> Iterator[CodeType]:
    """Give the code of each function, in their order."""
    found = [compile(source, file, "exec", dont_inherit=True)]
    while found:
        code = found.pop()
        found += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
        yield code


def show(mutants: Sequence[Mutant], results: Mapping[str, str]) -> None:
    """Print the survivors, and the table."""
    for mutant in mutants:
        if results[mutant.key] in ("survived", "no test runs it"):
            print(f"\n{mutant.area}, {results[mutant.key]} [{mutant.key}]\n{mutant.diff.rstrip()}")
    print(f"\n{'area':16}{'mutants':>9}{'killed':>9}{'by time':>9}{'survived':>10}{'share':>8}")
    for area in dict.fromkeys(mutant.area for mutant in mutants):
        counts = Counter(results[mutant.key] for mutant in mutants if mutant.area == area)
        killed = counts["killed"] + counts["killed by time"]
        total = counts.total()
        print(f"{area:16}{total:9}{killed:9}{counts['killed by time']:9}{total - killed:10}{killed / total:8.0%}")


def main() -> None:
    """Sample, record, try and show."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--area", action="append", choices=AREAS, help="only this one; may be given several times")
    asked.add_argument("--per-area", type=int, default=84)
    asked.add_argument("--seed", type=int, default=10)
    asked.add_argument("--seconds", type=float, default=60, help="of tests for each mutant, the fastest first")
    asked.add_argument("--jobs", type=int, default=os.cpu_count())
    asked.add_argument("--again", action="store_true", help="try what survived once more")
    given = asked.parse_args()
    os.chdir(HERE)  # where mutmut finds its settings
    folder = HERE / "build/mutants"
    results = folder / "results.jsonl"
    mutants = [mutant for area in given.area or AREAS for mutant in sample(area, given.per_area, given.seed)]
    with tempfile.TemporaryDirectory() as scratch:
        first = Path(scratch) / "0"
        copy_checkout(first)
        known = record(first, folder, given.jobs)
        done = _done(results, final=given.again)
        left = [mutant for mutant in mutants if mutant.key not in done]
        copies = [first, *(Path(scratch) / str(number) for number in range(1, given.jobs))]
        for copy in copies[1:]:
            shutil.copytree(first, copy)
        workers = [
            FORK.Process(target=Trials(copy, left[number :: given.jobs], known, results, given.seconds).start)
            for number, copy in enumerate(copies)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    show([mutant for mutant in mutants if mutant.key in _done(results)], _done(results))


def _done(results: Path, *, final: bool = False) -> dict[str, str]:
    """Return the outcome of each mutant that was tried; only those that were killed where that must be `final`."""
    if not results.exists():
        return {}
    entries = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    found = {entry["key"]: str(entry["outcome"]) for entry in entries}
    return {key: said for key, said in found.items() if not final or said.startswith("killed")}


if __name__ == "__main__":
    main()
