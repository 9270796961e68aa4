"""Folders as one JSON file of text: a list of lines for each file, base64 for what is not text."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Files = dict[str, bytes]


def read_archive(path: Path) -> Files:
    """Return the files by path; those of the archive that it is based on are among them."""
    value = json.loads(path.read_text(encoding="utf-8"))
    files = read_archive(path.with_name(value["based_on"])) if "based_on" in value else {}
    for name, lines in value["files"].items():
        if lines is None:
            del files[name]
        else:
            files[name] = base64.b64decode(lines) if isinstance(lines, str) else "".join(lines).encode()
    return files


def write_archive(path: Path, files: Mapping[str, bytes], *, based_on: str | None = None, **about: str) -> None:
    """Write the files; what the archive that it is based on has already is left out."""
    base = read_archive(path.with_name(based_on)) if based_on else {}
    changed: dict[str, Any] = {
        name: _lines(data) for name, data in sorted(files.items()) if base.get(name) != data
    } | dict.fromkeys(sorted(base.keys() - files.keys()))
    value = {**about, **({"based_on": based_on} if based_on else {}), "files": changed}
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def _lines(data: bytes) -> list[str] | str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()
    return [line + "\n" for line in text.split("\n")[:-1]] + [line for line in text.split("\n")[-1:] if line]


def unpack(files: Mapping[str, bytes], root: Path) -> None:
    """Write the files below a folder."""
    for name, data in files.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def packed(root: Path) -> Files:
    """Return all files below a folder, by their paths in it."""
    paths = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
