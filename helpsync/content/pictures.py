"""Resolves the pictures of articles: public ones by URL, local ones by the digest of their bytes."""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from helpsync.content.frontmatter import blob_id
from helpsync.content.links import without_scheme
from helpsync.content.picture_addresses import not_fetched
from helpsync.content.picture_files import no_picture
from helpsync.content.places import file_of, followed, nfc
from helpsync.markdown import Broken, PublicImage, is_public_address

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from helpsync.content.places import Place
    from helpsync.markdown import ImageTarget
    from helpsync.settings.config import Config

COMMIT = "{commit}"


def public_url(template: str, path: str, commit: str | None) -> str:
    """Return where the file at `path` can be fetched: the template of `assets.url`, filled; without a commit, HEAD."""
    return template.replace(COMMIT, quote(commit or "HEAD")).replace("{path}", quote(path))


class Pictures:
    """Resolves pictures; `copies` has, by the key of each local one, the paths at which it lies and git's ids there.

    The paths are relative to helpsync.yaml. A key is `sha256:` and the digest of the bytes, so that moving a picture,
    or a new commit, changes no body. `is_held` says of a key whether Intercom holds that picture already; it is asked
    only where the picture has no public URL.
    """

    def __init__(self, config: Config, is_held: Callable[[str], bool] = lambda _: False) -> None:
        self.config = config
        self._is_held = is_held
        self._own_hosts = {urlsplit(each.base_url).netloc.lower() for each in config.remotes.values() if each.base_url}
        self.root = config.root / config.content
        self.copies: dict[str, dict[str, str]] = {}
        self._keys: dict[str, str | None] = {}
        self._wrong: dict[str, tuple[str, str]] = {}
        self._listings: dict[Path, dict[str, str]] = {}
        self._real_root = os.path.realpath(self.root) + os.sep

    def resolve(self, src: str, here: Place) -> ImageTarget:
        """Return the picture that `src` in the file of `here` names; a Broken one says what is missing."""
        if src.startswith("//"):
            src = f"https:{src}"
        if is_public_address(src):
            return not_fetched(src, self._own_hosts) or PublicImage(src)
        return self._local(src, here)

    def _local(self, src: str, here: Place) -> ImageTarget:
        if not src.strip():
            return Broken("missing-image", "the picture has no address", "write its path, or remove it")
        path = nfc(unquote(re.split(r"[?#]", src, maxsplit=1)[0]))
        relative = self._relative(path, here)
        if relative is None:
            hint = "move it into the content folder"
            return Broken("missing-image", f"the picture `{src}` lies outside the content folder", hint)
        if relative not in self._keys:
            self._keys[relative] = self._key(relative)
        key = self._keys[relative]
        if key is None:
            hint = f"there is no file {self._shown(relative)}; names must match in upper and lower case"
            if whole := without_scheme(src):
                hint = f"did you mean `{whole}`?"
            return Broken("missing-image", f"the picture `{src}` can't be found", hint)
        if (wrong := self._wrong.get(key)) and not self._is_held(key):
            return Broken("bad-image", f"the picture `{src}` is {wrong[0]}", wrong[1])
        if self.config.assets_url is None and not self._is_held(key):
            message = f"the picture `{src}` has no public URL that Intercom could fetch it from"
            return Broken("no-public-url", message, "set `assets: {url: …}` in helpsync.yaml")
        return PublicImage(key)

    def _relative(self, path: str, here: Place) -> str | None:
        default = self.config.default_locale
        parts = file_of(here, layout=self.config.layout, default_locale=default).split("/")[:-1]
        if path.startswith("/"):
            parts = []
        return followed(parts, path)

    def _shown(self, relative: str) -> str:
        return relative if self.config.content == "." else f"{self.config.content}/{relative}"

    def _key(self, relative: str) -> str | None:
        """Return the key of the file, None where there is none; its name must match exactly, as it does on the web."""
        disk = self.root
        for part in relative.split("/"):
            actual = self._listing(disk).get(part)
            if actual is None:
                return None
            disk = disk / actual
        if not disk.is_file() or not os.path.realpath(disk).startswith(self._real_root):
            return None
        try:
            data = disk.read_bytes()
        except OSError:
            return None
        key = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if wrong := no_picture(data):
            self._wrong[key] = wrong
        path = disk.relative_to(self.config.root).as_posix()
        self.copies.setdefault(key, {})[path] = blob_id(data)
        return key

    def _listing(self, folder: Path) -> dict[str, str]:
        if folder not in self._listings:
            try:
                self._listings[folder] = {nfc(each.name): each.name for each in folder.iterdir()}
            except OSError:
                self._listings[folder] = {}
        return self._listings[folder]
