"""The workspace in SQLite: its tables, its transactions, and the paths of its pages."""

from __future__ import annotations

import re
import secrets
import sqlite3
import threading
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from helpsync.errors import ConfigError
from helpsync.sandbox.settings import OWN_ADMIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from helpsync.sandbox.settings import SandboxSettings

SCHEMA_VERSION = 1
BUSY_SECONDS = 30.0

# A group is a collection or a section.
_SCHEMA = """
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
_TABLES = ("pictures", "pending", "contents", "articles", "labels", "groups", "help_centers", "admins", "meta")

# Articles and groups count from the same number, so that a client that confuses their ids gets the wrong item.
_FIRST_IDS = {"admins": 900, "help_centers": 50, "groups": 1000, "articles": 1000, "pictures": 0}

_NOT_A_WORD = re.compile(r"[^\w]+|_+")


@dataclass(slots=True)
class Workspace:
    """The workspace within one transaction; `now` and `created_at` are Unix seconds."""

    db: sqlite3.Connection
    settings: SandboxSettings
    id: str
    now: int
    own_admin: int
    created_at: int

    def rows(self, select: str, *values: object) -> list[sqlite3.Row]:
        """Return all rows of a SELECT."""
        return self.db.execute(select, values).fetchall()

    def row(self, select: str, *values: object) -> sqlite3.Row | None:
        """Return the first row of a SELECT, None without any."""
        row: sqlite3.Row | None = self.db.execute(select, values).fetchone()
        return row

    def insert_item(self, table: Literal["articles", "groups"], **values: object) -> int:
        """Insert an article or a group, which is new unless `values` give its dates; return its id."""
        dates = {"created_at": self.now, "updated_at": self.now}
        if "written" not in values:
            values["written"] = self.next_write()
        return self.insert(table, **dates | values)

    def insert(self, table: str, **values: object) -> int:
        """Insert a row; return its id."""
        return self.db.execute(f"INSERT INTO {_row(table, values)}", values).lastrowid or 0

    def save(self, table: str, **values: object) -> None:
        """Insert a row, or replace the one with the same key."""
        self.db.execute(f"INSERT OR REPLACE INTO {_row(table, values)}", values)

    def touch(self, table: str, number: int, written: int | None = None) -> None:
        """Set when an article or a group was updated: now, as the given write or the next one."""
        self.db.execute(
            f"UPDATE {table} SET updated_at = ?, written = ? WHERE id = ?",  # noqa: S608  # the name of a table
            (self.now, self.next_write() if written is None else written, number),
        )

    def next_write(self) -> int:
        """Return a number that grows with every write: it orders equal dates, and makes ids differ."""
        row = self.db.execute("UPDATE meta SET value = value + 1 WHERE key = 'writes' RETURNING value").fetchone()
        return int(row[0])

    def center_paths(self) -> dict[int, str]:
        """Return the path with which the URLs of each help center begin, by its id; it is empty for the default one."""
        rows = self.rows("SELECT id, identifier FROM help_centers ORDER BY id")
        return {row["id"]: f"/{row['identifier']}" if place else "" for place, row in enumerate(rows)}

    def group_centers(self) -> dict[int, int]:
        """Return the id of the help center of every collection and section, by its id."""
        return {row["id"]: row["help_center_id"] for row in self.rows("SELECT id, help_center_id FROM groups")}


class Store:
    """The store of a workspace, for several threads and processes; raises ConfigError for a file that isn't one."""

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self._lock = threading.RLock()
        try:
            self._connection = self._open()
        except sqlite3.Error as error:
            raise ConfigError(
                f"{settings.store} can't be used as the sandbox's store: {error}",
                hint="name another file, or remove it",
            ) from error
        self._prepare()

    def close(self) -> None:
        """Close the connection; the store can't be used any more."""
        with self._lock:
            self._connection.close()

    def reset(self) -> None:
        """Delete everything; the new workspace has a new id, and the admins and help centers of the settings."""
        self._prepare(empty=True)

    @contextmanager
    def reading(self) -> Iterator[Workspace]:
        """Yield the workspace in a transaction that reads: all reads see the same state."""
        with self._transaction("BEGIN") as db:
            yield self._workspace(db)

    @contextmanager
    def writing(self) -> Iterator[Workspace]:
        """Yield the workspace in a transaction that writes: all writes happen, or none if the block raises."""
        with self._transaction("BEGIN IMMEDIATE") as db:
            yield self._workspace(db)

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

    def _workspace(self, db: sqlite3.Connection) -> Workspace:
        meta = dict(db.execute("SELECT key, value FROM meta").fetchall())
        own = db.execute("SELECT id FROM admins WHERE given = ?", (OWN_ADMIN,)).fetchone()["id"]
        now = int(self.settings.clock())
        return Workspace(db, self.settings, str(meta["workspace"]), now, int(own), int(meta["created_at"]))

    def _open(self) -> sqlite3.Connection:
        path = self.settings.store
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            path or ":memory:", timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        try:
            # With a write-ahead log, readers in one process and a writer in another don't block each other.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("BEGIN IMMEDIATE")
            self._create_tables(connection)
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection

    def _create_tables(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == SCHEMA_VERSION:
            return
        if version or connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise ConfigError(
                f"{self.settings.store} is not a sandbox store of this version of helpsync", hint="remove it"
            )
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _prepare(self, *, empty: bool = False) -> None:
        """Add what is missing: a workspace id, and the help centers and admins of the settings.

        With `empty`, delete everything first, in the same transaction.
        """
        now = int(self.settings.clock())
        with self._transaction("BEGIN IMMEDIATE") as db:
            for table in (*_TABLES, "sqlite_sequence") if empty else ():
                db.execute(f"DELETE FROM {table}")  # noqa: S608  # names of the constant above
            if db.execute("SELECT 1 FROM meta WHERE key = 'workspace'").fetchone() is None:
                # Ids start again in a new or emptied store: the new workspace id shows that an old baseline is stale.
                meta = {"workspace": f"sandbox_{secrets.token_hex(4)}", "writes": 0, "created_at": now}
                db.executemany("INSERT INTO meta VALUES (?, ?)", list(meta.items()))
                db.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", list(_FIRST_IDS.items()))
            db.executemany(
                "INSERT INTO help_centers (identifier, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(identifier, now) for identifier in self.settings.help_centers],
            )
            for given in (OWN_ADMIN, *self.settings.admins):
                known = "SELECT 1 FROM admins WHERE ? IN (given, email, name, CAST(id AS TEXT))"
                if db.execute(known, (given,)).fetchone() is None:
                    number, email, name = _teammate(given)
                    db.execute("INSERT INTO admins VALUES (?, ?, ?, ?)", (number, given, email, name))


def _row(table: str, values: Mapping[str, object]) -> str:
    return f"{table} ({', '.join(values)}) VALUES ({', '.join(f':{column}' for column in values)})"


def _teammate(given: str) -> tuple[int | None, str, str]:
    """Return the id (None: not chosen yet), e-mail address and name of a teammate, from any one of them."""
    if given.isdecimal():
        return int(given), f"admin-{given}@example.com", f"Admin {given}"
    if "@" in given:
        return None, given, given.partition("@")[0].replace(".", " ").replace("-", " ").title()
    return None, f"{'.'.join(given.lower().split())}@example.com", given


def page_path(center: str, locale: str, kind: str, number: int, title: str) -> str:
    """Return the path of a readers' page: the path of its help center, and `/{locale}/{kind}/{id}-{slug}`."""
    slug = _slug(title)
    return f"{center}/{locale}/{kind}/{number}{'-' if slug else ''}{slug}"


def _slug(title: str) -> str:
    """Return the slug of a title: small letters, Latin ones without accents, and hyphens; percent-encoded."""
    folded = unicodedata.normalize("NFKD", title.lower())
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter) or ord(letter) > 0x36F)
    words = _NOT_A_WORD.sub("-", unicodedata.normalize("NFC", plain)).strip("-")
    return quote(words[:80].strip("-"))
