"""A stored body that was edited in Intercom, beside the file that it was sent from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpsync.baseline import LocaleRecord, digest
from helpsync.markdown import flatten_lists
from helpsync.model import Translation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpsync.model import Address, Text
    from helpsync.plan.bodies import Bodies


@dataclass(frozen=True, slots=True)
class Stored:
    """What Intercom holds of one text, and what it held when both sides last agreed, by the baseline's digest."""

    bodies: Bodies
    address: Address
    record: LocaleRecord | None
    html: str
    images: Mapping[str, str]

    def before(self, past: Translation) -> str:
        """Return what the file as last agreed on was stored as: where lists in lists were refused, without them."""
        html = self.bodies.wanted(self.address, past)
        flat = flatten_lists(html)
        if flat != html and self._held(self.bodies.wanted_canonical(self.address, past, unnested=True)):
            return flat
        return html

    def is_said_by(self, text: Translation, past: Translation, anew: Callable[[], Text | None]) -> bool:
        """Return whether a file says what Intercom holds, as far as a file can.

        What Markdown can't say, a dead link say, is not asked of it: the text that `anew` gives, made from what is
        stored alone, says no more. Nor are lists in lists, where Intercom did not keep those of `past`.
        """
        stored = self.bodies.stored_canonical(self.html, self.images)
        wanted = self.bodies.wanted_canonical
        said = wanted(self.address, text)
        if said == stored:
            return True
        other = anew()
        if isinstance(other, Translation) and said == wanted(self.address, other):
            return True
        kept = self._held(wanted(self.address, past))
        return not kept and wanted(self.address, text, unnested=True) == stored

    def _held(self, form: str) -> bool:
        return self.record is not None and self.record.remote.get("body") == digest(form)
