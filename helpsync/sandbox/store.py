"""The SQLite store: one connection, a lock, and transactions that several processes may run on one file."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from helpsync.errors import ConfigError
from helpsync.sandbox.settings import OWN_ADMIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from helpsync.sandbox.settings import Settings

SCHEMA_VERSION = 1
BUSY_SECONDS = 30.0

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE admins (id INTEGER PRIMARY KEY AUTOINCREMENT, given TEXT UNIQUE, email TEXT, name TEXT NOT NULL);
CREATE TABLE help_centers (id INTEGER PRIMARY KEY AUTOINCREMENT, identifier TEXT UNIQUE NOT NULL, created_at INTEGER);
CREATE TABLE groups (
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, parent_id INTEGER, help_center_id INTEGER NOT NULL,
  position INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, written INTEGER NOT NULL);
CREATE TABLE labels (
  group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE, locale TEXT NOT NULL,
  name TEXT NOT NULL, description TEXT NOT NULL, PRIMARY KEY (group_id, locale)) WITHOUT ROWID;
CREATE TABLE articles (
  id INTEGER PRIMARY KEY AUTOINCREMENT, parent_kind TEXT, parent_id INTEGER,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, written INTEGER NOT NULL);
CREATE INDEX article_order ON articles (updated_at DESC, written DESC);
CREATE INDEX article_parent ON articles (parent_id);
CREATE TABLE contents (
  article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE, locale TEXT NOT NULL,
  title TEXT NOT NULL, description TEXT NOT NULL, body TEXT NOT NULL, author_id INTEGER NOT NULL,
  state TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY (article_id, locale));
CREATE TABLE pending (
  article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE, locale TEXT NOT NULL,
  title TEXT NOT NULL, description TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (article_id, locale));
CREATE TABLE pictures (
  id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT UNIQUE NOT NULL, digest TEXT NOT NULL, name TEXT NOT NULL);
"""
_NAMES = ("pictures", "pending", "contents", "articles", "labels", "groups", "help_centers", "admins", "meta")

# Articles and groups count from the same number, so that a client that mixes them up meets the wrong item.
_FIRST_IDS = {"admins": 900, "help_centers": 50, "groups": 1000, "articles": 1000, "pictures": 0}


class Store:
    """The tables of a workspace; raises ConfigError for a file that is no store of this version."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock = threading.RLock()
        try:
            self._connection = self._open()
        except sqlite3.Error as error:
            raise ConfigError(
                f"{path} can't be used as the sandbox's store: {error}", hint="name another file, or remove it"
            ) from error

    def _open(self) -> sqlite3.Connection:
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self.path or ":memory:", timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        try:
            # Readers in one process and a writer in another don't block each other with a write-ahead log.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("BEGIN IMMEDIATE")
            self._prepare(connection)
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == SCHEMA_VERSION:
            return
        if version or connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise ConfigError(f"{self.path} is no sandbox store of this version of helpsync", hint="remove it")
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def close(self) -> None:
        """Close the connection; the store can't be used any more."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection whose reads all see one state of the store."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a connection whose writes happen together, or not at all when the block raises."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute(begin)
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def settle(self, settings: Settings, *, empty: bool = False) -> None:
        """Make sure of a workspace id, of the help centers and of the admins that the settings name.

        With `empty` everything is deleted before, the workspace id too; no other process sees what lies between.
        """
        with self.writing() as db:
            for name in (*_NAMES, "sqlite_sequence") if empty else ():
                db.execute(f"DELETE FROM {name}")  # noqa: S608  # names of the constant above
            if db.execute("SELECT 1 FROM meta WHERE key = 'workspace'").fetchone() is None:
                # A new id for every new or reset store: ids count from the start again, and a baseline must notice.
                db.execute("INSERT INTO meta VALUES ('workspace', ?)", (f"sandbox_{secrets.token_hex(4)}",))
                db.execute("INSERT INTO meta VALUES ('writes', 0)")
                db.execute("INSERT INTO meta VALUES ('created_at', ?)", (int(settings.clock()),))
                db.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", list(_FIRST_IDS.items()))
            for identifier in settings.help_centers:
                db.execute(
                    "INSERT INTO help_centers (identifier, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    (identifier, int(settings.clock())),
                )
            for given in (OWN_ADMIN, *settings.admins):
                known = "SELECT 1 FROM admins WHERE ? IN (given, email, name, CAST(id AS TEXT))"
                if db.execute(known, (given,)).fetchone() is None:
                    number, email, name = _teammate(given)
                    db.execute("INSERT INTO admins VALUES (?, ?, ?, ?)", (number, given, email, name))


def _teammate(given: str) -> tuple[int | None, str, str]:
    """Return id, e-mail address and name of the teammate that the settings name by any one of the three."""
    if given.isdecimal():
        return int(given), f"admin-{given}@example.com", f"Admin {given}"
    if "@" in given:
        return None, given, given.partition("@")[0].replace(".", " ").replace("-", " ").title()
    return None, f"{'.'.join(given.lower().split())}@example.com", given


def next_write(db: sqlite3.Connection) -> int:
    """Return a number that grows with every write, for ordering ties and for ids that must differ."""
    row = db.execute("UPDATE meta SET value = value + 1 WHERE key = 'writes' RETURNING value").fetchone()
    return int(row[0])
