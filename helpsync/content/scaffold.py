"""The files of a new project: a commented helpsync.yaml, and a sample if there is no content yet."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from helpsync.content.paths import Place, file_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpsync.settings import Config, RemoteConfig

_PLAIN = re.compile(r"[A-Za-z][\w.+-]*@[A-Za-z0-9.-]*[A-Za-z0-9]", re.ASCII)

_CONFIG = """\
# What helpsync has to know about this help center. `helpsync schema` prints a JSON Schema of this file, for editors
# that check and complete YAML.

# The locale that every article has, and all those that articles may have.
default_locale: {default_locale}
locales: [{locales}]

# Who new articles belong to: a teammate's email, name or id in Intercom. Later only frontmatter changes an author.
{author}

# How new articles begin: draft or published. Later only frontmatter changes a state.
state: draft

# The folder of the files, and where a translation says its locale: suffix (refunds.fr.md) or folder (fr/refunds.md).
content: content
layout: {layout}

# What happens to an article whose file is removed: unpublish, delete or keep.
on_remove: unpublish

# A push that would take more from readers stops before its first write.
limits: {{remove: 30%, floor: 10}}

# Where the record of the last sync is kept: file (.helpsync/baseline, which is committed) or git (a ref in the git
# remote, which also is the lock between several who push).
baseline: {baseline}

# Where Intercom can fetch the pictures of this repository, which have to be public for that.
# assets: {{url: "https://raw.githubusercontent.com/OWNER/REPOSITORY/{{commit}}/{{path}}"}}

# The workspaces. The first is the default one; `sandbox`, an Intercom on this machine, is always there. A token comes
# from the environment: token_env names the variable.
remotes:
{remotes}
"""

_SAMPLE = "getting-started/write-an-article"

_COLLECTION = """\
---
name: Getting started
description: What everyone needs first
---
"""

_ARTICLE = """\
---
title: Write an article
description: A sample, to be changed or removed
state: published
---

Every article is a file like this one, and every folder with a `_collection.md` is a collection.

1. Change the text
2. Look at what would change in Intercom: `helpsync diff`
3. Send it: `helpsync push`

> [!TIP]
> With `--remote sandbox` both speak to an Intercom on your own machine, which needs no account.

## Add a translation

A translation is a file of its own, `{path}`.
Its locale must be among the `locales` of `helpsync.yaml`.
"""


def config_text(config: Config) -> str:
    """Return a helpsync.yaml with comments that reads back as these settings.

    It has what a new project decides about: locales, author, layout, baseline and the default remote.
    """
    author = "# author: docs@example.com" if config.author is None else f"author: {_scalar(config.author)}"
    return _CONFIG.format(
        default_locale=config.default_locale,
        locales=", ".join(config.locales),
        author=author,
        layout=config.layout,
        baseline=config.baseline,
        remotes=f"  {config.default_remote.name}: {_remote(config.default_remote)}",
    )


def sample(config: Config) -> Mapping[str, str]:
    """Return the files of a collection with one article, by their paths below the content folder."""
    own = config.default_locale
    return {_path(config, "getting-started/", own): _COLLECTION, _path(config, _SAMPLE, own): _article(config)}


def _article(config: Config) -> str:
    other = "en" if config.default_locale == "fr" else "fr"
    return _ARTICLE.format(path=f"{config.content}/{_path(config, _SAMPLE, other)}")


def _path(config: Config, address: str, locale: str) -> str:
    return file_of(Place(address, locale), config)


def _remote(remote: RemoteConfig) -> str:
    fields = [
        f"region: {remote.region}" if remote.token_env and not remote.base_url else "",
        f"token_env: {remote.token_env}" if remote.token_env else "",
        f"help_center: {remote.help_center}" if remote.help_center else "",
        f"base_url: {_scalar(remote.base_url)}" if remote.base_url else "",
    ]
    return f"{{{', '.join(filter(None, fields))}}}"


def _scalar(text: str) -> str:
    """Return text as YAML: an e-mail address as it is, other text in quotes, which JSON and YAML share."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
