"""helpsync.yaml: what is read, and what is said about what can't be."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpsync.errors import ConfigError, Exit, HelpsyncError, Problems
from helpsync.settings.config import Config, Limits, RemoteConfig, config_schema, load_config

WHOLE = """\
default_locale: en
locales: [en, fr, de, ja, ar, pt-BR]
author: docs@example.com
state: draft
on_remove: delete
limits: {remove: 12.5%, floor: 3}
rules: {broken-link: warn, no-collection: off}
baseline: file
assets: {url: "https://raw.example.com/acme/help/{commit}/{path}"}
ignore: ["drafts/**"]
ignore_keys: [sidebar_position]
content: ./docs/help/
layout: folder
remotes:
  production: {region: eu, token_env: INTERCOM_ACCESS_TOKEN, help_center: 123, api_version: "2.9"}
  staging: {token_env: INTERCOM_STAGING_TOKEN, base_url: "http://127.0.0.1:8321/"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def load(folder: Path, text: str) -> Config:
    (folder / "helpsync.yaml").write_text(text, encoding="utf-8")
    return load_config(None, cwd=folder, environ={})


def complaints(folder: Path, text: str) -> list[tuple[str, str | None]]:
    with pytest.raises(HelpsyncError) as caught:
        load(folder, text)
    error = caught.value
    errors = error.problems if isinstance(error, Problems) else (error,)
    assert all(isinstance(each, ConfigError) and each.exit_code is Exit.USAGE for each in errors)
    return [(str(each), each.hint) for each in errors]


def complaint(folder: Path, line: str) -> tuple[str, str | None]:
    found = complaints(folder, f"default_locale: en\n{line}\n")
    assert len(found) == 1, found
    return found[0]


def test_every_key_is_read(folder: Path) -> None:
    config = load(folder, WHOLE)
    assert config.root == folder
    assert config.path == folder / "helpsync.yaml"
    assert config.default_locale == "en"
    assert config.locales == ("en", "fr", "de", "ja", "ar", "pt-BR")
    assert config.author == "docs@example.com"
    assert config.on_remove == "delete"
    assert config.limits == Limits(0.125, 3)
    assert config.rules == {"broken-link": "warn", "no-collection": "off"}
    assert config.assets_url == "https://raw.example.com/acme/help/{commit}/{path}"
    assert config.ignore == ("drafts/**",)
    assert config.content == "docs/help"
    assert config.layout == "folder"


def test_remotes_keep_their_order_and_the_sandbox_comes_last(folder: Path) -> None:
    config = load(folder, WHOLE)
    assert list(config.remotes) == ["production", "staging", "sandbox"]
    assert config.default_remote == RemoteConfig(
        "production", region="eu", token_env="INTERCOM_ACCESS_TOKEN", help_center="123"
    )
    assert config.remotes["staging"].base_url == "http://127.0.0.1:8321"


def test_a_sandbox_of_ones_own_keeps_its_place(folder: Path) -> None:
    config = load(folder, "default_locale: en\nremotes:\n  sandbox:\n  production: {}\n")
    assert list(config.remotes) == ["sandbox", "production"]


def test_the_default_locale_alone_is_enough(folder: Path) -> None:
    config = load(folder, "default_locale: fr\n")
    assert config.locales == ("fr",)
    assert config.layout == "suffix"
    assert config.state == "draft"
    assert config.on_remove == "unpublish"
    assert config.limits == Limits(0.30, 10)
    assert list(config.remotes) == ["sandbox"]


def test_it_is_found_in_a_folder_above(folder: Path) -> None:
    load(folder, "default_locale: en\n")
    below = folder / "content" / "billing"
    below.mkdir(parents=True)
    assert load_config(None, cwd=below, environ={}).root == folder


def test_the_environment_can_name_it(folder: Path) -> None:
    (folder / "other.yaml").write_text("default_locale: de\n")
    assert load_config(None, cwd=folder, environ={"HELPSYNC_CONFIG": "other.yaml"}).default_locale == "de"


def test_without_a_file_the_hint_is_how_to_make_one(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no helpsync\.yaml") as caught:
        load_config(None, cwd=folder, environ={})
    assert caught.value.hint == "`helpsync init` writes one; or name another with --config FILE"


def test_a_file_with_the_other_ending_is_named(folder: Path) -> None:
    (folder / "helpsync.yml").write_text("default_locale: en\n")
    with pytest.raises(ConfigError) as caught:
        load_config(None, cwd=folder, environ={})
    assert caught.value.hint == "rename helpsync.yml to helpsync.yaml"


def test_a_named_file_that_does_not_exist_is_an_error(folder: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_config(Path("absent.yaml"), cwd=folder, environ={})


def test_a_file_in_another_encoding_is_an_error_with_its_line(folder: Path) -> None:
    (folder / "helpsync.yaml").write_bytes("default_locale: en\nauthor: Zoë\n".encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        load_config(None, cwd=folder, environ={})
    assert str(caught.value) == "helpsync.yaml:2: the file is not UTF-8 text"


def test_a_byte_order_mark_and_windows_line_ends_are_read(folder: Path) -> None:
    (folder / "helpsync.yaml").write_bytes(b"\xef\xbb\xbfdefault_locale: en\r\nauthor: a@b.c\r\n")
    assert load_config(None, cwd=folder, environ={}).author == "a@b.c"


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_an_empty_file_lacks_the_default_locale(folder: Path, text: str) -> None:
    assert complaints(folder, text) == [
        ("helpsync.yaml:1:1: `default_locale` is missing", "add `default_locale:`"),
    ]


def test_a_list_is_not_a_configuration(folder: Path) -> None:
    message = "helpsync.yaml:1:1: `helpsync.yaml` must be a mapping, not a list"
    assert complaints(folder, "- default_locale: en\n") == [(message, "write `key: value` lines")]


def test_broken_yaml_is_one_message_with_its_place(folder: Path) -> None:
    ((message, hint),) = complaints(folder, "default_locale: en\nauthor: a: b\n")
    assert message.startswith("helpsync.yaml:2:10: the YAML can't be read")
    assert hint == "text that contains `: ` needs quotes"


def test_all_errors_come_at_once_in_the_order_of_the_file(folder: Path) -> None:
    found = complaints(folder, "default_locale: en\nstate: live\nlayout: tree\nauthors: x\n")
    assert [message.split(": ")[0] for message, _ in found] == [
        "helpsync.yaml:2:8",
        "helpsync.yaml:3:9",
        "helpsync.yaml:4:1",
    ]


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("authr: x", "2:1: unknown key `authr`", "did you mean `author`?"),
        ("limits: {flor: 1}", "2:10: unknown key `flor`", "did you mean `floor`?"),
        ("state: publishd", "2:8: `state` must be draft or published, not `publishd`", "did you mean `published`?"),
        ("author: [a]", "2:9: `author` must be an email, a name or an admin id, not a list", None),
        ("author:", "2:8: `author` must be an email, a name or an admin id, not nothing", None),
        ("content: ../help", "2:10: `content` must be a folder below helpsync.yaml, not `../help`", "relative path"),
        ("content: /help", "2:10: `content` must be a folder below helpsync.yaml, not `/help`", "relative path"),
        ("limits: 30%", "2:9: `limits` must be a mapping, not text", "write `key: value` lines"),
        (
            "limits: {remove: 30}",
            "2:18: `remove` must be a percentage from 0% to 100%, not `30`",
            "write `remove: 30%`",
        ),
        ("limits: {remove: 130%}", "2:18: `remove` must be a percentage from 0% to 100%, not `130%`", None),
        ("limits: {floor: -1}", "2:17: `floor` must be a whole number, 0 or more, not `-1`", None),
        ("limits: {floor: true}", "2:17: `floor` must be a whole number, 0 or more, not `true`", None),
        ("rules: {broken-lnk: warn}", "2:9: helpsync has no finding `broken-lnk`", "did you mean `broken-link`?"),
        ("rules: {broken-link: no}", "2:22: `rules.broken-link` must be error, warn or off, not `no`", None),
        (
            "rules: {bad-frontmatter: off}",
            "2:9: the severity of `bad-frontmatter` can't be changed: nothing can be sent before it is fixed",
            "remove the line",
        ),
        ("rules: [broken-link]", "2:8: `rules` must be a mapping of findings to error, warn or off, not a list", None),
        ("ignore: drafts", "2:9: `ignore` must be a list, not `drafts`", "write a list such as [a, b]"),
        ("ignore: [1]", "2:10: `ignore` must be text, not `1`", 'put it in quotes: "1"'),
        ("assets: {}", "2:9: `url` is missing", "add `url:`"),
        ("assets: {url: files}", "2:15: `url` must be a public URL with {path} in it, not `files`", "for example"),
        ('assets: {url: "https://x.y"}', "2:15: `url` needs {path}, the path of the picture", "for example"),
        (
            'assets: {url: "https://x.y/{sha}/{path}"}',
            "2:15: `url` has the unknown placeholder {sha}",
            "{commit}/{path}",
        ),
        ("remotes: {a b: {}}", "2:11: `a b` can't name a remote", "use letters, digits, - and _"),
        ('remotes: {"p\\n": {}}', "2:11: `p\n` can't name a remote", "use letters, digits, - and _"),
        ("remotes: {NUL: {}}", "2:11: `NUL` can't name a remote", "Windows knows no file of that name"),
        ("remotes: {com1: {}}", "2:11: `com1` can't name a remote", "Windows knows no file of that name"),
        ("remotes: {p: {region: uk}}", "2:23: `region` must be us, eu or au, not `uk`", None),
        ("remotes: {p: {api_version: 2.16}}", "2:28: Intercom's API 2.16 is not supported yet", '"2.9"'),
        (
            "remotes: {p: {help_center: main}}",
            "2:28: `help_center` must be a number above 0, Intercom's id, not `main`",
            None,
        ),
        (
            "remotes: {p: {base_url: 'http://api.intercom.io'}}",
            "2:25: plain http would show the token to the network: use https",
            "write a URL such as https://api.intercom.io",
        ),
        ("remotes: {p: {base_url: api.intercom.io}}", "2:25: the URL needs https:// and a host", "write a URL"),
        ("remotes: {p: {base_url: 5}}", "2:25: `base_url` must be a URL such as https://api.intercom.io", "write"),
        ("remotes: {p: {base_url: 'https://x.y/?a=1'}}", "2:25: the URL must not have a query or a fragment", "write"),
        ("remotes: {p: {base_url: 'https://x.y:port'}}", "2:25: the URL can't be read", "write a URL"),
    ],
)
def test_a_wrong_value_is_reported_with_the_expected_kind(
    folder: Path, line: str, message: str, hint: str | None
) -> None:
    said, advice = complaint(folder, line)
    assert said == f"helpsync.yaml:{message}"
    assert (hint is None) == (advice is None)
    assert hint is None or hint in (advice or "")


@pytest.mark.parametrize(("wrong", "right"), [("pt_BR", "pt-BR"), ("zh-cn", "zh-CN"), ("EN", "en")])
def test_a_near_miss_of_a_locale_names_the_right_one(folder: Path, wrong: str, right: str) -> None:
    _, hint = complaint(folder, f"locales: [en, {wrong}]")
    assert hint == f"did you mean `{right}`?"


def test_a_locale_twice_is_an_error(folder: Path) -> None:
    assert complaint(folder, "locales: [en, fr, fr]")[0] == "helpsync.yaml:2:19: `fr` appears twice in `locales`"


def test_the_default_locale_must_be_among_the_locales(folder: Path) -> None:
    assert complaint(folder, "locales: [fr]") == (
        "helpsync.yaml:1:17: the default locale en is not among the locales",
        "add en to locales",
    )


def test_a_misspelt_required_key_is_one_error_not_two(folder: Path) -> None:
    assert complaints(folder, "default_local: en\n") == [
        ("helpsync.yaml:1:1: unknown key `default_local`", "did you mean `default_locale`?")
    ]


@pytest.mark.parametrize("key", ["token", "access_token"])
def test_a_token_in_the_file_is_refused_and_not_repeated(folder: Path, key: str) -> None:
    message, hint = complaint(folder, f"remotes: {{p: {{{key}: dG9rOnNlY3JldA}}}}")
    assert "dG9r" not in f"{message}{hint}"
    assert hint == "tokens come from the environment only: name the variable with `token_env:`"


@pytest.mark.parametrize("token", ["dG9rOnNlY3JldA==", "dG9rOnNlY3JldA", "a1b2c3", "TOKEN=1", "$TOKEN"])
def test_a_token_where_a_variable_belongs_is_not_repeated(folder: Path, token: str) -> None:
    message, hint = complaint(folder, f'remotes: {{p: {{token_env: "{token}"}}}}')
    assert message == (
        "helpsync.yaml:2:26: `token_env` must be the name of an environment variable, in capitals, digits and _"
    )
    assert token not in f"{message}{hint}"


@pytest.mark.parametrize("line", ["remotes: dG9rOnNlY3JldA", "remotes: {p: dG9rOnNlY3JldA}"])
def test_a_token_where_a_remote_belongs_is_not_repeated(folder: Path, line: str) -> None:
    message, hint = complaint(folder, line)
    assert "dG9r" not in f"{message}{hint}"
    assert message.endswith(", not text")


def test_a_password_in_a_url_is_refused_and_not_repeated(folder: Path) -> None:
    message, hint = complaint(folder, "remotes: {p: {base_url: 'https://me:secret@x.y'}}")
    assert message == "helpsync.yaml:2:25: the URL must not contain a user or password"
    assert "secret" not in f"{message}{hint}"


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.1", "http://[::1]:8", "https://intercom.test"])
def test_plain_http_is_for_loopback(folder: Path, url: str) -> None:
    config = load(folder, f"default_locale: en\nremotes: {{p: {{base_url: '{url}'}}}}\n")
    assert config.remotes["p"].base_url == url


def test_the_version_may_be_written_without_quotes(folder: Path) -> None:
    assert load(folder, "default_locale: en\nremotes: {p: {api_version: 2.9}}\n").remotes["p"].api_version == "2.9"


lines = st.lists(
    st.tuples(st.sampled_from([line.split(":")[0] for line in WHOLE.splitlines()]), st.text(max_size=12)), max_size=6
)


@given(pairs=lines, rest=st.text(max_size=20))
def test_any_file_is_a_configuration_or_its_errors(pairs: list[tuple[str, str]], rest: str) -> None:
    with tempfile.TemporaryDirectory() as root:
        text = "".join(f"{key}: {value}\n" for key, value in pairs) + rest
        (Path(root) / "helpsync.yaml").write_text(text, encoding="utf-8", newline="")
        try:
            ends_with = Exit.OK if load_config(None, cwd=Path(root), environ={}).locales else None
        except HelpsyncError as error:
            ends_with = error.exit_code
    assert ends_with in (Exit.OK, Exit.USAGE)


def test_the_schema_describes_the_floor() -> None:
    floor = config_schema()["properties"]["limits"]["properties"]["floor"]
    assert floor["description"] == "Below this many published articles the share does not apply."


def test_the_schema_knows_every_key_and_no_other() -> None:
    schema = config_schema()
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["default_locale"]
    assert set(schema["properties"]) == {line.split(":")[0] for line in WHOLE.splitlines() if line[0].isalpha()}
    remote = schema["properties"]["remotes"]["additionalProperties"]
    assert set(remote["properties"]) == {"region", "token_env", "help_center", "api_version", "base_url"}
    assert all(each["description"] for each in schema["properties"].values())


def test_a_name_that_only_begins_as_one_of_windows_devices_is_good(folder: Path) -> None:
    config = load(folder, "default_locale: en\nremotes: {console: {}, com10: {}, nul-eu: {}}\n")
    assert list(config.remotes) == ["console", "com10", "nul-eu", "sandbox"]


def test_a_token_variable_with_the_end_of_a_line_in_it_is_refused(folder: Path) -> None:
    said, _ = complaint(folder, 'remotes: {p: {token_env: "TOKEN\\n"}}')
    assert "`token_env` must be the name of an environment variable" in said
