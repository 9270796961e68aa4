"""How many texts of a content tree lose something on the way to Intercom and back, in every position of the switches.

usage: roundtrip.py [--tree PATH] [--show N]

Every text is rendered, stored by the sandbox, read back as Markdown, rendered and stored again. Ends with 1 when a text
differs, when its Markdown changes on the second round, or when anything fails.
"""

from __future__ import annotations

import argparse
import difflib
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from unittest.mock import patch

from helpsync.content import read_tree
from helpsync.markdown import Rendered, canonical
from helpsync.model import Body
from helpsync.settings import SANDBOX, load_config
from synthetic import write_tree

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from round_trip import COVERING, Position, RoundTrip, unshelved  # found there from here on

if TYPE_CHECKING:
    from helpsync.markdown import RenderContext


class Text(NamedTuple):
    """A text of the tree and the file that it is from."""

    path: str
    markdown: str


class Fault(NamedTuple):
    """What went wrong with a text: `kind` is `lost`, `changed` or `failed`."""

    kind: str
    path: str
    detail: str


def texts(root: Path) -> list[Text]:
    """Return every text of the tree as it is given to the renderer."""
    found: list[Text] = []

    def note(text: str, context: RenderContext) -> Rendered:
        found.append(Text(context.path, text))
        return Rendered(Body(""))

    config = load_config(root / "helpsync.yaml", cwd=root, environ={})
    with patch("helpsync.content.page.render", note):
        read_tree(config, pins_for=SANDBOX)
    return found


def faults(text: Text, position: Position) -> list[Fault]:
    """Return what went wrong with a text in one position."""
    round_trip = RoundTrip(position)
    try:
        journey = round_trip.go(text.markdown)
    except Exception:  # noqa: BLE001  # whatever it is, the other texts are to be tried too
        return [Fault("failed", text.path, traceback.format_exc(limit=-2))]
    found = [
        Fault("lost", text.path, _difference(before, after))
        for before, after, form in (
            (journey.sent, journey.kept, round_trip.sent_form),
            (journey.kept, journey.resent, round_trip.form),
            (journey.resent, journey.rekept, round_trip.form),
        )
        if form(before) != form(after)
    ]
    if journey.again != journey.markdown:
        found.append(Fault("changed", text.path, _lines(journey.markdown.split("\n"), journey.again.split("\n"))))
    return found


def _difference(before: str, after: str) -> str:
    return _lines(*(canonical(html, image=unshelved).replace("><", ">\n<").split("\n") for html in (before, after)))


def _lines(before: list[str], after: list[str]) -> str:
    lines = list(difflib.unified_diff(before, after, lineterm="", n=1))[2:]
    return "\n".join(f"    {line[:300]}" for line in lines[:8])


def report(found: list[Text], shown: int) -> int:
    """Print a line for each position and the first faults; return how many there were."""
    total = 0
    for position in COVERING:
        begun = time.process_time()
        wrong = [fault for text in found for fault in faults(text, position)]
        seconds = time.process_time() - begun
        lost, changed, failed = (
            len({fault.path for fault in wrong if fault.kind == kind}) for kind in ("lost", "changed", "failed")
        )
        print(
            f"{'-'.join(position):<28}{len(found):>6} texts: "
            f"{lost} differ, {changed} change on a second round, {failed} fail; {seconds:.1f} s",
            flush=True,
        )
        for fault in wrong[:shown]:
            print(f"  {fault.kind} {fault.path}\n{fault.detail}")
        total += len(wrong)
    return total


def main() -> None:
    """Take every text the whole way, and end with 1 when one is not what it was."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--tree", type=Path, help="a folder with a helpsync.yaml; without it a tree is made")
    options.add_argument("--show", type=int, default=3, help="how many faults are shown for each position (default 3)")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="helpsync-benchmark-") as folder:
        root = chosen.tree
        if root is None:
            root = Path(folder)
            write_tree(root, articles=150, locales=6)
        found = texts(root)
    sys.exit(1 if report(found, chosen.show) else 0)


if __name__ == "__main__":
    main()
