"""Tiny content trees, written to disk and read."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from helpsync.content import Commit, Tree, read_tree
from helpsync.git import changed_files, committed_blobs
from helpsync.settings import Config, Layout, load_config

if TYPE_CHECKING:
    from helpsync.model import Article, Collection

CONFIG = """\
default_locale: en
locales: [en, fr, de, pt-BR]
remotes: {production: {}, staging: {}}
"""
RULES = "rules: {unnamed-collection: off}\n"
"""Most trees are about something else than the names of their collections."""


def article(title: str = "Title", body: str = "Text", **keys: str) -> str:
    lines = "".join(f"{key}: {value}\n" for key, value in {"title": title, **keys}.items())
    return f"---\n{lines}---\n\n{body}\n"


def collection(name: str = "Name", **keys: str) -> str:
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in {"name": name, **keys}.items()) + "---\n"


def commit_of(config: Config) -> Commit:
    """Return what git has of the content folder."""
    return Commit(committed_blobs(config.root, config.content), partial(changed_files, config.root, config.content))


def layout_config(layout: Layout, default_locale: str = "en") -> Config:
    """Return settings that are not on disk."""
    return Config(Path(), Path("helpsync.yaml"), default_locale, (default_locale,), layout=layout)


class Site:
    """A project folder with a content tree; it has the collection `billing/` and the article `billing/refunds`."""

    def __init__(self, root: Path, *, layout: str = "suffix", rules: str = RULES) -> None:
        self.root = root
        self.layout = layout
        self.config = CONFIG + f"layout: {layout}\n{rules}"
        home = "en/" if layout == "folder" else ""
        self.write(f"{home}billing/_collection.md", collection("Billing"))
        self.write(f"{home}billing/refunds.md", article("Refunds", "## How long\n\nFive days"))

    def write(self, path: str, text: str | bytes = article()) -> Site:
        target = self.root / "content" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)
        return self

    def configure(self, text: str) -> Site:
        self.config += text + "\n"
        return self

    def load(self) -> Config:
        (self.root / "helpsync.yaml").write_text(self.config, encoding="utf-8")
        return load_config(None, cwd=self.root, environ={})

    def read(self, *, pins_for: str = "sandbox", **rules: str) -> Tree:
        config = self.load()
        if rules:
            changed = {code.replace("_", "-"): severity for code, severity in rules.items()}
            config = replace(config, rules=MappingProxyType({**config.rules, **changed}))  # type: ignore[dict-item]  # words, as in YAML
        return read_tree(config, pins_for=pins_for, commit=partial(commit_of, config))

    def found(self, **rules: str) -> list[tuple[str, str, str | None]]:
        """Return `code`, `place: message` and hint of each finding."""
        return [(each.code, f"{each.location}: {each.message}", each.hint) for each in self.read(**rules).findings]

    def only(self, code: str) -> tuple[str, str | None]:
        """Return the message and the hint of the one finding that there is."""
        ((name, message, hint),) = self.found()
        assert name == code
        return message, hint


def article_at(tree: Tree, address: str) -> Article:
    return next(each for each in tree.help_center.articles if each.address == address)


def collection_at(tree: Tree, address: str) -> Collection:
    return next(each for each in tree.help_center.collections if each.address == address)
