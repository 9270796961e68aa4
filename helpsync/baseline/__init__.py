"""The record of the last sync: its values, where they are stored, the journals, and snapshots of what pushes overwrite.

Other packages import from here.
"""

from helpsync.baseline.discarded import RevertedPulls
from helpsync.baseline.durable import write_whole
from helpsync.baseline.file_home import FileStore
from helpsync.baseline.folder import HelpsyncFolder
from helpsync.baseline.git_home import GitStore
from helpsync.baseline.home import BaselineStore, with_records
from helpsync.baseline.journal import Journal
from helpsync.baseline.lease import Timing
from helpsync.baseline.notes import Overwrite, RecordedRun, RestoreGoal, RunEntry, WriteResult
from helpsync.baseline.pictures import LOCAL_PICTURE, KnownPictures, held_pictures, sendable_addresses
from helpsync.baseline.pulled import FileWrite, PulledItem, PullNote
from helpsync.baseline.records import Baseline, HeadingIds, LocaleRecord, Record, digest, fingerprint
from helpsync.baseline.recovery import PendingWrite, fold_journal, pending_writes
from helpsync.baseline.snapshot import Snapshot
from helpsync.baseline.snapshots import INDEX, RunLog, SnapshotStore, goal_to_json, moment_text

__all__ = [
    "INDEX",
    "LOCAL_PICTURE",
    "Baseline",
    "BaselineStore",
    "FileStore",
    "FileWrite",
    "GitStore",
    "HeadingIds",
    "HelpsyncFolder",
    "Journal",
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
    "held_pictures",
    "moment_text",
    "pending_writes",
    "sendable_addresses",
    "with_records",
    "write_whole",
]
