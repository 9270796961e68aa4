"""helpsync.yaml: read strictly, with all errors at once, each with its line and column."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from helpsync.errors import ConfigError, Location, Problems
from helpsync.findings import RULES
from helpsync.settings import fields, strict_yaml
from helpsync.settings.fields import Key, Kind
from helpsync.settings.strict_yaml import Problem, YamlNode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from helpsync.model import LocaleCode, Severity, State
    from helpsync.settings.fields import Fields
    from helpsync.settings.strict_yaml import Pair

FILE_NAME = "helpsync.yaml"
_MISNAMED = "helpsync.yml"
SANDBOX = "sandbox"
SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"

Region = Literal["us", "eu", "au"]
Layout = Literal["suffix", "folder"]
OnRemove = Literal["unpublish", "delete", "keep"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How many readers' pages one push may remove: a share (0 to 1), which does not apply under `floor` of them."""

    remove: float = 0.30
    floor: int = 10


@dataclass(frozen=True, slots=True)
class RemoteConfig:
    """A workspace of Intercom; `base_url` replaces the server of the region, `help_center` limits what is managed."""

    name: str
    region: Region = "us"
    token_env: str | None = None
    help_center: str | None = None
    api_version: str = "2.9"
    base_url: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """helpsync.yaml, checked; `root` is its folder. The first of `remotes` is the default one."""

    root: Path
    path: Path
    default_locale: LocaleCode
    locales: tuple[LocaleCode, ...]
    content: str = "content"
    layout: Layout = "suffix"
    author: str | None = None
    state: State = "draft"
    on_remove: OnRemove = "unpublish"
    limits: Limits = Limits()
    rules: Mapping[str, Severity] = field(default_factory=lambda: MappingProxyType({}))
    baseline: Literal["file", "git"] = "file"
    assets_url: str | None = None
    ignore: tuple[str, ...] = ()
    ignore_keys: tuple[str, ...] = ()
    remotes: Mapping[str, RemoteConfig] = field(
        default_factory=lambda: MappingProxyType({SANDBOX: RemoteConfig(SANDBOX)})
    )

    @property
    def default_remote(self) -> RemoteConfig:
        """Return the first remote of the file, or the sandbox if it names none."""
        return next(iter(self.remotes.values()))


def load_config(path: Path | None, *, cwd: Path, environ: Mapping[str, str], otherwise: Config | None = None) -> Config:
    """Return the checked configuration in `path`, in `HELPSYNC_CONFIG`, or in the nearest helpsync.yaml above `cwd`.

    Returns `otherwise` if no file is named and there is none. Raises ConfigError, or Problems with a ConfigError for
    each thing that is wrong.
    """
    if path is None and environ.get("HELPSYNC_CONFIG"):
        path = cwd / environ["HELPSYNC_CONFIG"]
    path = _find(cwd) if path is None else cwd / path
    if path is None:
        if otherwise is not None and not (cwd / _MISNAMED).is_file():
            return otherwise
        raise _missing(cwd)
    text = _text_of(path)
    problems: list[Problem] = []
    root = strict_yaml.load(text, path.name, problems)
    config = None
    if root is not None:
        found = FILE.read(root, FILE_NAME, problems)
        config = _build(found, path, problems) if found is not None else None
    if problems:
        problems.sort(key=lambda problem: (problem.location.line or 0, problem.location.column or 0))
        errors = [ConfigError(each.message, location=each.location, hint=each.hint) for each in problems]
        raise errors[0] if len(errors) == 1 else Problems(errors)
    if config is None:
        raise ConfigError("the file can't be read", location=Location(path.name, 1))
    return config


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema of helpsync.yaml, which comes from the same table as the reader."""
    return {"$schema": SCHEMA_DIALECT, "title": FILE_NAME, **FILE.schema}


def bare_config(folder: Path) -> Config:
    """Return the settings of a folder without helpsync.yaml: English, all defaults, and only the sandbox."""
    return Config(root=folder, path=folder / FILE_NAME, default_locale="en", locales=("en",))


def _find(cwd: Path) -> Path | None:
    return next((folder / FILE_NAME for folder in (cwd, *cwd.parents) if (folder / FILE_NAME).is_file()), None)


def _missing(cwd: Path) -> ConfigError:
    hint = "`helpsync init` writes one; or name another with --config FILE"
    if (cwd / _MISNAMED).is_file():
        hint = f"rename {_MISNAMED} to {FILE_NAME}"
    return ConfigError(f"there is no {FILE_NAME} in {cwd} or a folder above it", hint=hint)


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        hint = "save the file as UTF-8"
        raise ConfigError("the file is not UTF-8 text", location=Location(path.name, line), hint=hint) from error
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}", hint="check the path after --config") from error


def _build(found: Fields, path: Path, problems: list[Problem]) -> Config | None:
    default, locales = found["default_locale"], found["locales"]
    if default is not None and locales is None and "locales" not in found.keys:
        locales = (default,)
    if default is not None and locales is not None and default not in locales:
        place = found.nodes["default_locale"].location
        hint = f"add {default} to locales"
        problems.append(Problem(f"the default locale {default} is not among the locales", place, hint))
    if problems or default is None or locales is None:
        return None
    assets = found["assets"]
    limits = found["limits"]
    remotes = {
        # The keys of a remote are the fields of a RemoteConfig.
        name: RemoteConfig(name, **remote.values)
        for name, remote in (found["remotes"] or {}).items()
    }
    remotes.setdefault(SANDBOX, RemoteConfig(SANDBOX))
    return Config(
        root=path.parent,
        path=path,
        default_locale=default,
        locales=locales,
        content=found["content"],
        layout=found["layout"],
        author=found["author"],
        state=found["state"],
        on_remove=found["on_remove"],
        limits=Limits(limits["remove"], limits["floor"]) if limits else Limits(),
        rules=MappingProxyType(dict(found["rules"] or {})),
        baseline=found["baseline"],
        assets_url=assets["url"] if assets else None,
        ignore=found["ignore"],
        ignore_keys=found["ignore_keys"],
        remotes=MappingProxyType(remotes),
    )


_PERCENTAGE = re.compile(r"^(100(?:\.0+)?|[0-9]{1,2}(?:\.[0-9]+)?) ?%$")
_REMOTE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_WINDOWS_DEVICE = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]", re.IGNORECASE)
_ENVIRONMENT_NAME = re.compile(r"^[A-Z_][A-Z0-9_]*$")


def _share() -> Kind[float]:
    def accept(node: YamlNode) -> float | None:
        match = _PERCENTAGE.match(node.text.strip())
        return float(match[1]) / 100 if match else None

    def hint(node: YamlNode, name: str) -> str | None:
        return f"write `{name}: {node.text}%`" if isinstance(node.value, int) else None

    schema = {"type": "string", "pattern": _PERCENTAGE.pattern}
    return fields.single("a percentage from 0% to 100%", schema, accept, hint)


def _folder() -> Kind[str]:
    expects = "a folder below helpsync.yaml"
    plain = fields.text()

    def read(node: YamlNode, name: str, problems: list[Problem]) -> str | None:
        value = plain.read(node, name, problems)
        if value is None:
            return None
        parts = value.replace("\\", "/").split("/")
        if value.startswith(("/", "~")) or ".." in parts or ":" in parts[0]:
            problems.append(fields.wrong(node, name, expects, "write a relative path such as docs/help"))
            return None
        return "/".join(part for part in parts if part not in ("", ".")) or "."

    return Kind(expects, plain.schema, read)


NOT_IN_A_FILE = "tokens come from the environment, never from a file"


def is_environment_name(text: str) -> bool:
    """Return whether the text can be the name of the variable with a token, and not a token."""
    return bool(_ENVIRONMENT_NAME.fullmatch(text))


def _token_env() -> Kind[str]:
    expects = "the name of an environment variable, in capitals, digits and _"

    def read(node: YamlNode, name: str, problems: list[Problem]) -> str | None:
        if isinstance(node.value, str) and is_environment_name(node.value):
            return node.value
        # The message does not repeat the value: it may be a token.
        problems.append(Problem(f"`{name}` must be {expects}", node.location, NOT_IN_A_FILE))
        return None

    return Kind(expects, {"type": "string", "pattern": _ENVIRONMENT_NAME.pattern}, read)


def _api_version() -> Kind[str]:
    plain = fields.as_written('"2.9"')

    def read(node: YamlNode, name: str, problems: list[Problem]) -> str | None:
        value = plain.read(node, name, problems)
        if value not in (None, "2.9"):
            message = f"Intercom's API {value} is not supported yet"
            problems.append(Problem(message, node.location, 'write `api_version: "2.9"`'))
        return value

    return Kind(plain.expects, {"enum": ["2.9", 2.9]}, read)


def _base_url() -> Kind[str]:
    expects = "a URL such as https://api.intercom.io"

    def read(node: YamlNode, name: str, problems: list[Problem]) -> str | None:
        complaint = base_url_problem(node.text) if isinstance(node.value, str) else f"`{name}` must be {expects}"
        if complaint is None:
            return node.text.rstrip("/")
        problems.append(Problem(complaint, node.location, f"write {expects}"))
        return None

    return Kind(expects, {"type": "string", "format": "uri"}, read)


def base_url_problem(url: str) -> str | None:
    """Return what is wrong with a server URL, or None; plain http shows the token, so it is for loopback only."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "the URL can't be read"
    if parts.scheme not in ("http", "https") or not host:
        return "the URL needs https:// and a host"
    if parts.username is not None or parts.password is not None:
        return "the URL must not contain a user or password"
    if parts.query or parts.fragment:
        return "the URL must not have a query or a fragment"
    if parts.scheme == "http" and not _is_loopback(host):
        return "plain http would show the token to the network: use https"
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def _assets_url() -> Kind[str]:
    expects = "a public URL with {path} in it"

    def read(node: YamlNode, name: str, problems: list[Problem]) -> str | None:
        hint = 'for example "https://raw.githubusercontent.com/acme/help/{commit}/{path}"'
        value = node.value
        if not isinstance(value, str) or not value.startswith(("https://", "http://")):
            problems.append(fields.wrong(node, name, expects, hint))
            return None
        unknown = [word for word in _PLACEHOLDER.findall(value) if word not in ("commit", "path")]
        if unknown:
            problems.append(Problem(f"`{name}` has the unknown placeholder {{{unknown[0]}}}", node.location, hint))
            return None
        if "{path}" not in value:
            problems.append(Problem(f"`{name}` needs {{path}}, the path of the picture", node.location, hint))
            return None
        return value

    return Kind(expects, {"type": "string", "format": "uri-template"}, read)


def _rule_named(name: str, pair: Pair, problems: list[Problem]) -> bool:
    rule = RULES.get(name)
    if rule is None:
        changeable = [code for code, each in RULES.items() if not each.fixed]
        hint = fields.did_you_mean(name, changeable)
        problems.append(Problem(f"helpsync has no finding `{name}`", pair.key, hint))
    elif rule.fixed:
        message = f"the severity of `{name}` can't be changed: nothing can be sent before it is fixed"
        problems.append(Problem(message, pair.key, "remove the line"))
    return rule is not None


def _remote_named(name: str, pair: Pair, problems: list[Problem]) -> bool:
    if hint := remote_name_problem(name):
        problems.append(Problem(f"`{name}` can't name a remote", pair.key, hint))
    return hint is None


def remote_name_problem(name: str) -> str | None:
    """Return what is wrong with the name of a remote, or None; it is part of a file name and of a git ref."""
    if not _REMOTE_NAME.fullmatch(name):
        return "use letters, digits, - and _"
    return "Windows knows no file of that name" if _WINDOWS_DEVICE.fullmatch(name) else None


REMOTE = fields.table(
    (
        Key("region", fields.choice("us", "eu", "au"), "Where the workspace is hosted.", "us"),
        Key("token_env", _token_env(), "The environment variable that holds the access token."),
        Key("help_center", fields.identifier(), "Limits helpsync to one help center of the workspace, by id."),
        Key("api_version", _api_version(), "The version of Intercom's API.", "2.9"),
        Key("base_url", _base_url(), "Replaces the region's server; plain http on loopback only."),
    ),
    hints=dict.fromkeys(
        ("token", "access_token", "api_token", "api_key"),
        "tokens come from the environment only: name the variable with `token_env:`",
    ),
)

FILE = fields.table(
    (
        Key(
            "default_locale",
            fields.locale(),
            "The locale that every article has, and the others translate.",
            required=True,
        ),
        Key("locales", fields.several(fields.locale(), unique=True), "All locales of the help center."),
        Key("content", _folder(), "The folder of the content tree.", "content"),
        Key("layout", fields.choice("suffix", "folder"), "refunds.fr.md or fr/refunds.md.", "suffix"),
        Key("author", fields.as_written("an email, a name or an admin id"), "Who new articles belong to."),
        Key("state", fields.choice("draft", "published"), "How new articles begin.", "draft"),
        Key(
            "on_remove",
            fields.choice("unpublish", "delete", "keep"),
            "What happens to an article whose file leaves the tree.",
            "unpublish",
        ),
        Key(
            "limits",
            fields.table(
                (
                    Key("remove", _share(), "The share of published articles that one push may remove.", 0.30),
                    Key("floor", fields.integer(0), "Below this many published articles the share does not apply.", 10),
                )
            ),
            "How much one push may take from readers.",
        ),
        Key(
            "rules",
            fields.mapping_of(
                fields.choice("error", "warn", "off"), of="of findings to error, warn or off", named=_rule_named
            ),
            "Severities of findings; errors stop a push before it starts.",
        ),
        Key("baseline", fields.choice("file", "git"), "Where the record of the last sync is kept.", "file"),
        Key(
            "assets",
            fields.table((Key("url", _assets_url(), "Where Intercom can fetch the tree's pictures.", required=True),)),
            "Where local pictures are on the web.",
        ),
        Key(
            "ignore", fields.several(fields.text()), "Patterns of files in the content folder that are not content.", ()
        ),
        Key(
            "ignore_keys",
            fields.several(fields.as_written("the name of a key"), unique=True),
            "Keys of other tools in frontmatter, which helpsync reads over.",
            (),
        ),
        Key(
            "remotes",
            fields.mapping_of(REMOTE, of="of names to remotes", named=_remote_named),
            "Workspaces; the first is the default one, and `sandbox` is always there.",
        ),
    )
)
