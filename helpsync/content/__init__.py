"""The content tree: Markdown files ⇄ values, without git and without a baseline.

`discover` finds the files, `page` reads one of them, and `tree` puts them together as a HelpCenter. `page_edits`
changes a page, `merge` merges two versions of it, and `rewrite` adapts its links after files have moved. A problem in a
file is a finding, never an exception; a problem in helpsync.yaml is a ConfigError.
"""

from helpsync.content.assets import Commit, PictureResolver, public_url
from helpsync.content.discover import (
    Found,
    blob_at,
    blob_id,
    blob_of,
    blobs_below,
    discover,
    is_ignored,
    write_conflicts,
)
from helpsync.content.links import Links
from helpsync.content.merge import merge_pages
from helpsync.content.page import INTERCOM, MAX_BYTES, Page, PageReader, TextReader, body_of
from helpsync.content.page_edits import Value, new_page, readable, split_page, with_body, with_fields
from helpsync.content.paths import FileNames, Place, file_of, followed, is_device, nfc, path_of, place_of, slug_of
from helpsync.content.rewrite import FormerTexts, LastPushed, Moving, moved_files
from helpsync.content.rules import source_digest
from helpsync.content.scaffold import config_text, sample
from helpsync.content.tree import Tree, read_tree

__all__ = [
    "INTERCOM",
    "MAX_BYTES",
    "Commit",
    "FileNames",
    "FormerTexts",
    "Found",
    "LastPushed",
    "Links",
    "Moving",
    "Page",
    "PageReader",
    "PictureResolver",
    "Place",
    "TextReader",
    "Tree",
    "Value",
    "blob_at",
    "blob_id",
    "blob_of",
    "blobs_below",
    "body_of",
    "config_text",
    "discover",
    "file_of",
    "followed",
    "is_device",
    "is_ignored",
    "merge_pages",
    "moved_files",
    "new_page",
    "nfc",
    "path_of",
    "place_of",
    "public_url",
    "read_tree",
    "readable",
    "sample",
    "slug_of",
    "source_digest",
    "split_page",
    "with_body",
    "with_fields",
    "write_conflicts",
]
