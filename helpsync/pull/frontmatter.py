"""What a text that Intercom holds says in frontmatter: what differs from what it would be without a line."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from helpsync.content import readable
from helpsync.model import Article, Label, Translation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from helpsync.content import Value
    from helpsync.model import Admin, Item, LocaleCode
    from helpsync.settings import Config

UNTITLED = "Untitled"


@dataclass(frozen=True)
class Frontmatter:
    """Knows the settings and the teammates; `remote` is whose ids are written where a file pins one."""

    config: Config
    admins: Sequence[Admin]
    remote: str

    def of(self, item: Item, locale: LocaleCode, *, pinned: bool) -> dict[str, Value]:
        """Return the keys of a new file, in the documented order."""
        text = item.texts[locale]
        if isinstance(text, Label):
            fields: dict[str, Value | None] = {"name": readable(text.name) or UNTITLED}
            fields["description"] = text.description if item.kind == "collection" else None
        else:
            fields = {
                "title": readable(text.title) or UNTITLED,
                "description": text.description,
                "author": self._author(item, text),
                "state": self._state(item, text),
            }
        if pinned and locale == self.config.default_locale and item.id:
            fields["id"] = self.pin(item.id)
        return {name: value for name, value in fields.items() if value}

    def changes(
        self, item: Item, locale: LocaleCode, names: Iterable[str], has: Iterable[str]
    ) -> dict[str, Value | None]:
        """Return what to write for fields that changed in Intercom; None takes a line out. `has` are a file's keys."""
        text, there = item.texts[locale], set(has)
        new: Mapping[str, Value | None] = self.of(item, locale, pinned=False)
        changes: dict[str, Value | None] = {}
        for name in names:
            value = new.get(name)
            if name in ("author", "state") and name in there and isinstance(text, Translation):
                # A line that says what would be so without it may stay: somebody wrote it.
                value = self.author(text.author) if name == "author" else text.state
            if value is not None or name in there:
                changes[name] = value
        return changes

    def pin(self, identifier: str, others: Mapping[str, str] = MappingProxyType({})) -> Value:
        """Return what pins an id, beside `others` by their remotes: the default remote alone needs no name."""
        default = self.config.default_remote.name
        pins = {(remote or default): number for remote, number in others.items()} | {self.remote: identifier}
        return identifier if set(pins) == {default} else pins

    def author(self, identifier: str | None) -> str | None:
        """Return how a file names a teammate: by e-mail address, or by what else tells them from all others."""
        found = next((admin for admin in self.admins if admin.id == identifier), None)
        if found is None:
            return identifier
        names = [admin.name for admin in self.admins]
        return found.email or (found.name if found.name and names.count(found.name) == 1 else found.id)

    def _author(self, item: Item, text: Translation) -> str | None:
        main = self._main(item)
        if main is not None and main is not text:
            return None if text.author in (None, main.author) else self.author(text.author)
        return None if text.author is None or self._is_default(text.author) else self.author(text.author)

    def _is_default(self, identifier: str) -> bool:
        default = (self.config.author or "").casefold()
        found = next((admin for admin in self.admins if admin.id == identifier), None)
        return (
            found is not None
            and bool(default)
            and default in {found.id, found.name.casefold(), (found.email or "").casefold()}
        )

    def _state(self, item: Item, text: Translation) -> str | None:
        main = self._main(item)
        default = self.config.state if main is None or main is text else main.state
        return None if text.state == default else text.state

    def _main(self, item: Item) -> Translation | None:
        return item.translations.get(self.config.default_locale) if isinstance(item, Article) else None
