"""The record of the last sync: its values, where they are stored, the journals, and snapshots of what pushes overwrite.

Other packages import from here.
"""

from helpsync.baseline.codec import DataError, JsonObject, parse_object
from helpsync.baseline.folder import HelpsyncFolder, write_whole
from helpsync.baseline.git_store import GitStore
from helpsync.baseline.journal import Journal, PendingWrite, fold_journal, pending_writes
from helpsync.baseline.lease import Timing
from helpsync.baseline.pull_note import FileWrite, PulledItem, PullNote, RevertedPulls
from helpsync.baseline.record import (
    LOCAL_PICTURE,
    Baseline,
    HeadingIds,
    KnownPictures,
    LocaleRecord,
    Record,
    digest,
    fingerprint,
    sendable_addresses,
    uploaded_pictures,
    with_records,
)
from helpsync.baseline.snapshots import (
    INDEX,
    Overwrite,
    RecordedRun,
    RestoreGoal,
    RunEntry,
    RunLog,
    Snapshot,
    SnapshotStore,
    WriteResult,
    goal_to_json,
    moment_text,
)
from helpsync.baseline.store import BaselineStore, FileStore

__all__ = [
    "INDEX",
    "LOCAL_PICTURE",
    "Baseline",
    "BaselineStore",
    "DataError",
    "FileStore",
    "FileWrite",
    "GitStore",
    "HeadingIds",
    "HelpsyncFolder",
    "Journal",
    "JsonObject",
    "KnownPictures",
    "LocaleRecord",
    "Overwrite",
    "PendingWrite",
    "PullNote",
    "PulledItem",
    "Record",
    "RecordedRun",
    "RestoreGoal",
    "RevertedPulls",
    "RunEntry",
    "RunLog",
    "Snapshot",
    "SnapshotStore",
    "Timing",
    "WriteResult",
    "digest",
    "fingerprint",
    "fold_journal",
    "goal_to_json",
    "moment_text",
    "parse_object",
    "pending_writes",
    "sendable_addresses",
    "uploaded_pictures",
    "with_records",
    "write_whole",
]
