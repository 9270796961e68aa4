"""helpsync.yaml, read strictly: `load_config` returns a Config, and every problem has its line and column."""

from helpsync.settings import fields, strict_yaml
from helpsync.settings.config import (
    FILE_NAME,
    NOT_IN_A_FILE,
    SANDBOX,
    Config,
    Layout,
    Limits,
    Region,
    RemoteConfig,
    bare_config,
    base_url_problem,
    config_schema,
    is_environment_name,
    load_config,
    remote_name_problem,
)
from helpsync.settings.fields import Fields, Key, Kind
from helpsync.settings.strict_yaml import Pair, Problem, YamlNode

__all__ = [
    "FILE_NAME",
    "NOT_IN_A_FILE",
    "SANDBOX",
    "Config",
    "Fields",
    "Key",
    "Kind",
    "Layout",
    "Limits",
    "Pair",
    "Problem",
    "Region",
    "RemoteConfig",
    "YamlNode",
    "bare_config",
    "base_url_problem",
    "config_schema",
    "fields",
    "is_environment_name",
    "load_config",
    "remote_name_problem",
    "strict_yaml",
]
