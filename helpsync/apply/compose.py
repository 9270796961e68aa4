"""Composes writes: only the locales that change, each as a whole block."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from helpsync.baseline import sendable_addresses
from helpsync.intercom import ArticleWrite, CollectionWrite
from helpsync.markdown import as_sent, flatten_lists, picture_addresses, with_stored_sizes
from helpsync.model import Article, Collection
from helpsync.plan import managed_fields, remote_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helpsync.model import LocaleCode, Translation
    from helpsync.plan import Directory, Step


@dataclass(frozen=True, slots=True)
class Composer:
    """Composes the writes of steps.

    `picture` returns the public URL of a picture by its key, None where it has none; `held` has the addresses of
    pictures that Intercom has.
    """

    directory: Directory
    default_locale: LocaleCode
    picture: Callable[[str], str | None]
    help_center: str | None = None
    held: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def body(self, address: str, translation: Translation, own: Mapping[str, str]) -> str:
        """Return the desired body as it is sent now; `own` are addresses, by key, of its pictures in Intercom.

        They are sent as they are, so Intercom does not fetch them again.
        """
        if translation.body is None:
            return ""
        return self.directory.filled(
            (address, translation.locale),
            translation.body,
            lambda key: own.get(key) or self.picture(key) or self.held.get(key, key),
        )

    def nested(self, step: Step) -> frozenset[LocaleCode]:
        """Return the locales whose desired body is sent and has a nested list."""
        desired = step.desired.translations if isinstance(step.desired, Article) else {}
        return frozenset(
            locale
            for locale, names in step.sends.items()
            if "body" in names and (body := desired[locale].body) and flatten_lists(body.html) != body.html
        )

    def article(self, step: Step, unnested: frozenset[LocaleCode] = frozenset()) -> ArticleWrite:
        """Return the write of an article that is created, updated, moved or unpublished.

        In the desired bodies of the locales `unnested`, nested lists are written as paragraphs.
        """
        stored = step.remote if isinstance(step.remote, Article) else None
        blocks = {
            locale: self._block(step, locale, names, unnested=locale in unnested)
            for locale, names in {**{locale: frozenset() for locale in step.drafts}, **step.sends}.items()
        }
        for locale in step.drafts:
            blocks[locale]["state"] = "draft"
        main = blocks.pop(self.default_locale, {})
        if stored is not None:
            # At the top level a PUT changes only what it names, so unchanged fields are left out.
            named = set(step.sends.get(self.default_locale, frozenset()))
            named |= {"state"} if self.default_locale in step.drafts else set()
            named |= {"author_id"} if "author" in named else set()
            main = {name: value for name, value in main.items() if name in named}
        write = ArticleWrite(
            title=main.get("title"),
            description=main.get("description"),
            body=main.get("body"),
            state=main.get("state"),
            author_id=main.get("author_id") or self._author(step),
            translations={locale: blocks[locale] for locale in sorted(blocks)},
        )
        if step.parent and step.desired is not None and step.desired.parent is not None:
            parent = step.desired.parent
            return replace(
                write,
                parent_id=self.directory.ids[parent],
                parent_kind="collection" if parent.count("/") == 1 else "section",
            )
        return write

    def _author(self, step: Step) -> str | None:
        """Return the article's current author: without one, Intercom may give the article to the token's own admin."""
        for item in (step.desired, step.remote) if step.remote is None else (step.remote,):
            text = item.translations.get(self.default_locale) if isinstance(item, Article) else None
            if text is not None and text.author:
                return text.author
        return None

    def _block(self, step: Step, locale: LocaleCode, names: frozenset[str], *, unnested: bool) -> dict[str, str]:
        block: dict[str, str] = {}
        stored = step.remote.translations.get(locale) if isinstance(step.remote, Article) else None
        if stored is not None:
            echo = remote_fields(stored)
            block = {**echo, "body": as_sent(echo["body"])}
            if stored.state is None:
                del block["state"]
        wanted = step.desired.translations.get(locale) if isinstance(step.desired, Article) else None
        if wanted is not None:
            values = managed_fields(wanted, "article")
            block.update({name: value for name, value in values.items() if name in names})
            if "body" in names:
                known = step.record.locales[locale].images if step.record and locale in step.record.locales else {}
                shown = (stored.html if stored else None) or ""
                body = self.body(step.address, wanted, _shown_pictures(shown, known))
                if stored is not None and wanted.body is not None:
                    body = with_stored_sizes(body, wanted.body.images, shown, known)
                block["body"] = flatten_lists(body) if unnested else body
        author = block.pop("author", "")
        return {**block, "author_id": author} if author else block

    def collection(self, step: Step) -> CollectionWrite:
        """Return the write of a collection or section that is created, updated or moved."""
        desired, stored = step.desired, step.remote
        if not isinstance(desired, Collection):
            raise TypeError(f"{step.address} is not a collection")
        labels = {}
        for locale, names in step.sends.items():
            label = stored.labels.get(locale) if isinstance(stored, Collection) else None
            echo = remote_fields(label) if label else {}
            if desired.kind == "section":
                echo.pop("description", None)
            wanted = managed_fields(desired.labels[locale], desired.kind)
            labels[locale] = {**echo, **{name: value for name, value in wanted.items() if name in names}}
        main = labels.pop(self.default_locale, {})
        if stored is not None:
            main = {name: value for name, value in main.items() if name in step.sends[self.default_locale]}
        parent = self.directory.ids[desired.parent] if step.parent and desired.parent is not None else None
        return CollectionWrite(
            name=main.get("name"),
            description=main.get("description"),
            parent_id=parent,
            help_center_id=self.help_center if stored is None and desired.kind == "collection" else None,
            labels={locale: labels[locale] for locale in sorted(labels)},
        )


def _shown_pictures(stored: str, known: Mapping[str, str]) -> dict[str, str]:
    """Return the addresses, by key, of the local pictures that a stored body still shows."""
    shown = set(picture_addresses(stored)) if known else set()
    return sendable_addresses({path: key for path, key in known.items() if path in shown})
