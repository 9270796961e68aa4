"""The helpsync.yaml that is written reads back as what it was made of."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from helpsync.content.scaffold import config_text
from helpsync.locales import LOCALES
from helpsync.settings import Config, Layout, RemoteConfig, load_config

ROOT = Path(tempfile.gettempdir())
LAYOUTS: tuple[Layout, ...] = ("suffix", "folder")

# No spaces around a setting: reading takes them away.
names = st.text(st.characters(codec="utf-8")).map(str.strip).filter(lambda name: name and name.isprintable())
locales = st.lists(st.sampled_from(sorted(LOCALES)), min_size=1, max_size=9, unique=True)
ids = st.integers(min_value=1).map(str)
remotes = st.builds(
    RemoteConfig,
    st.sampled_from(["production", "staging-2"]),
    region=st.sampled_from(["us", "eu", "au"]),
    token_env=st.just("TOKEN"),
    help_center=st.none() | ids,
    base_url=st.none(),
) | st.builds(
    RemoteConfig,
    st.just("sandbox"),
    help_center=st.none() | ids,
    base_url=st.none() | st.just("http://localhost:8321"),
)


@given(
    author=st.none() | names | ids | st.sampled_from(["no", "12:30", "a@b.example", "a: b", "# a", "null", "~"]),
    codes=locales,
    layout=st.sampled_from(LAYOUTS),
    remote=remotes,
)
def test_the_file_reads_back_as_the_settings_that_it_was_made_of(
    author: str | None, codes: list[str], layout: Layout, remote: RemoteConfig
) -> None:
    settings = Config(
        root=ROOT,
        path=ROOT,
        default_locale=codes[0],
        locales=tuple(codes),
        layout=layout,
        author=author,
        baseline="git" if layout == "folder" else "file",
        remotes=MappingProxyType({remote.name: remote}),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "helpsync.yaml"
        path.write_text(config_text(settings), encoding="utf-8")
        read = load_config(None, cwd=path.parent, environ={})
    assert (read.default_locale, read.locales, read.author) == (codes[0], tuple(codes), author)
    assert (read.layout, read.baseline, read.default_remote) == (layout, settings.baseline, remote)
