"""`helpsync init`: a helpsync.yaml that is right, made without questions where nobody can be asked."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import httpx
import pytest

from fake_intercom import FakeIntercom, error, refused
from helpsync.cli.program import run
from helpsync.intercom import REGIONS, open_reader
from helpsync.sandbox import SandboxSettings, running
from helpsync.settings import Config, load_config

if TYPE_CHECKING:
    from pathlib import Path

    from workspace import MakeWorkspace, Workspace

    Capture: TypeAlias = pytest.CaptureFixture[str]
    Patch: TypeAlias = pytest.MonkeyPatch


class Folder:
    """A folder without a helpsync.yaml, and the command line in it."""

    def __init__(self, root: Path, capsys: Capture) -> None:
        self.root = root
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        code = run(arguments)
        out, err = self._capsys.readouterr()
        assert "Traceback" not in out + err
        assert "bug" not in err
        return code, out, err

    @property
    def config(self) -> Config:
        return load_config(None, cwd=self.root, environ={})

    @property
    def files(self) -> set[str]:
        return {path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def folder(tmp_path: Path, capsys: Capture, monkeypatch: Patch) -> Folder:
    monkeypatch.chdir(tmp_path)
    for name in ("GLOBAL", "SYSTEM"):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", os.devnull)
    return Folder(tmp_path, capsys)


@pytest.fixture
def regions(monkeypatch: Patch) -> dict[str, FakeIntercom]:
    """Give the Intercom of each region, none of which takes the token before a test says so."""
    servers = {region: FakeIntercom() for region in REGIONS}
    for server in servers.values():
        server.faults.append(lambda _: error(401, "unauthorized", "Access Token Invalid"))
    hosts = {httpx.URL(url).host: servers[region] for region, url in REGIONS.items()}

    async def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer t0ken"
        return await hosts[request.url.host](request)

    timing = servers["us"].time.timing
    opened = partial(open_reader, timing=timing, transport=httpx.MockTransport(answer))
    monkeypatch.setattr("helpsync.sync.connection.open_reader", opened)
    monkeypatch.setenv("INTERCOM_ACCESS_TOKEN", "t0ken")
    return servers


def at_home(server: FakeIntercom) -> None:
    """Let the server take the token, and have something to begin from."""
    server.faults.clear()
    server.collections = [{"id": "1", "name": "Billing"}]
    server.articles = [{"id": "9", "title": "Refunds", "author_id": 7, "parent_id": 1, "parent_type": "collection"}]


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True)


# By itself -----------------------------------------------------------------------------------------------------------


def test_what_is_written_has_no_findings_and_is_pushed_as_it_is(folder: Folder) -> None:
    assert folder("init")[0] == 0
    assert folder("lint")[1] == "2 files: 0 errors, 0 warnings\n"
    assert folder("push", "--yes", "--remote", "sandbox")[1].splitlines()[-1].startswith("2 applied")
    assert folder("diff", "--exit-code", "--remote", "sandbox")[0] == 0


def test_every_file_that_is_written_is_named(folder: Folder) -> None:
    _, out, _ = folder("init")
    assert {line.removeprefix("wrote ") for line in out.splitlines()} == folder.files


def test_options_stand_in_the_file(folder: Folder) -> None:
    options = ["--region", "eu", "--remote", "staging", "--token-env", "STAGING", "--help-center", "12"]
    assert folder("init", *options, "--default-locale", "pt-BR")[0] == 0
    remote = folder.config.default_remote
    assert (remote.name, remote.region, remote.token_env, remote.help_center) == ("staging", "eu", "STAGING", "12")
    assert (folder.config.default_locale, folder.config.locales) == ("pt-BR", ("pt-BR",))


def test_the_sample_lies_where_the_layout_wants_it(folder: Folder) -> None:
    assert folder("init", "--layout", "folder", "--default-locale", "de")[0] == 0
    assert "content/de/getting-started/_collection.md" in folder.files
    assert folder("lint")[0] == 0


def test_the_author_is_whom_git_knows(folder: Folder) -> None:
    git(folder.root, "init", "-q")
    git(folder.root, "config", "user.email", "ada@example.com")
    folder("init")
    assert folder.config.author == "ada@example.com"


def test_the_sandbox_can_be_the_remote(folder: Folder) -> None:
    assert folder("init", "--remote", "sandbox")[0] == 0
    assert list(folder.config.remotes) == ["sandbox"]


def test_the_baseline_is_kept_in_git_where_there_is_a_git_remote(folder: Folder) -> None:
    git(folder.root, "init", "-q")
    git(folder.root, "remote", "add", "origin", "https://git.example/help.git")
    folder("init")
    assert folder.config.baseline == "git"


def test_the_baseline_is_kept_in_a_file_where_git_has_no_remote(folder: Folder) -> None:
    git(folder.root, "init", "-q")
    folder("init")
    assert folder.config.baseline == "file"


def test_init_lists_files_to_commit_that_git_ignores(folder: Folder) -> None:
    git(folder.root, "init", "-q")
    (folder.root / ".gitignore").write_text(".helpsync/\n")
    code, _, err = folder("init")
    assert code == 0
    assert "warning: git ignores .helpsync/baseline/production.json, which belongs in the repository" in err
    assert "git ignores content" not in err


def test_content_that_is_there_stays_and_gets_no_sample(folder: Folder) -> None:
    (folder.root / "content").mkdir()
    (folder.root / "content/mine.md").write_text("mine")
    code, _, err = folder("init")
    assert (code, folder.files) == (0, {"helpsync.yaml", "content/mine.md"})
    assert "content/mine.md" in err


@pytest.mark.parametrize("arguments", [[], ["--from-remote", "--remote", "sandbox"]])
def test_a_helpsync_yaml_is_never_overwritten(folder: Folder, arguments: list[str]) -> None:
    (folder.root / "helpsync.yaml").write_text("mine")
    code, _, err = folder("init", *arguments)
    assert code == 2
    assert "hint:" in err
    assert (folder.root / "helpsync.yaml").read_text() == "mine"
    assert folder.files == {"helpsync.yaml"}


def test_a_link_that_leads_nowhere_is_never_written_through(folder: Folder) -> None:
    (folder.root / "helpsync.yaml").symlink_to(folder.root / "elsewhere.yaml")
    assert folder("init")[0] == 2
    assert folder.files == set()


def test_a_folder_of_another_project_gets_no_file_unasked(folder: Folder, monkeypatch: Patch) -> None:
    assert folder("init")[0] == 0
    monkeypatch.chdir(folder.root / "content")
    code, _, err = folder("init")
    assert code == 2
    assert f"belongs to {folder.root / 'helpsync.yaml'}" in err
    assert folder("init", "--config", "helpsync.yaml")[0] == 0
    assert "content/helpsync.yaml" in folder.files


def test_a_helpsync_yml_is_to_be_renamed(folder: Folder) -> None:
    (folder.root / "helpsync.yml").write_text("default_locale: en\n")
    code, _, err = folder("init")
    assert (code, folder.files) == (2, {"helpsync.yml"})
    assert "rename it to helpsync.yaml" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--default-locale", "pt_BR"], "did you mean pt-BR?"),
        (["--default-locale", "xx"], "zh-TW"),
        (["--remote", "a/b"], "letters, digits"),
        (["--remote", "nul"], "Windows"),
        (["--token-env", "dG9rOjEyMzQ1"], "never from a file"),
        (["--help-center", "0"], "--help-center"),
    ],
)
def test_a_wrong_option_is_told_and_nothing_is_written(folder: Folder, arguments: list[str], said: str) -> None:
    code, _, err = folder("init", *arguments)
    assert (code, folder.files) == (2, set())
    assert said in err
    assert "dG9rOjEyMzQ1" not in err


def test_another_name_and_folder_can_be_chosen_for_the_file(folder: Folder) -> None:
    assert folder("init", "--config", "docs/help.yaml")[0] == 0
    assert "docs/content/getting-started/_collection.md" in folder.files
    assert folder("lint", "--config", "docs/help.yaml")[0] == 0


# From a help center that is there ------------------------------------------------------------------------------------


@pytest.fixture
def filled(make_workspace: MakeWorkspace) -> Workspace:
    """Give an empty folder whose sandbox holds a help center in three locales."""
    workspace = make_workspace(admins=("ann@example.com",))
    workspace.collection("billing/_collection.md", "Billing")
    workspace.collection("billing/invoices/_collection.md", "Invoices")
    for locale, title in (("", "Refunds"), (".fr", "Remboursements"), (".de", "Rückerstattungen")):
        workspace.article(f"billing/refunds{locale}.md", title)
    workspace.article("billing/invoices/paying.md", "Paying")
    workspace.article("billing/invoices/paying.fr.md", "Payer")
    workspace.article("billing/old.md", "Old", state="draft", author="ann@example.com")
    assert workspace.push().code == 0
    lost(workspace, "content", ".helpsync")
    return workspace


def lost(workspace: Workspace, *folders: str) -> None:
    """Remove helpsync.yaml and these folders: Intercom alone knows of the help center by now."""
    (workspace.root / "helpsync.yaml").unlink()
    for name in folders:
        shutil.rmtree(workspace.root / name)


def found(workspace: Workspace) -> Config:
    return load_config(None, cwd=workspace.root, environ={})


def test_locales_and_author_are_those_of_the_help_center(filled: Workspace) -> None:
    ran = filled("init", "--from-remote", "--remote", "sandbox")
    assert ran.code == 0, ran.err
    config = found(filled)
    assert (config.default_locale, config.locales) == ("en", ("en", "fr", "de"))
    assert config.author == "docs@example.com"
    assert list(config.remotes) == ["sandbox"]


def test_what_was_found_is_told_with_its_numbers(filled: Workspace) -> None:
    out = filled("init", "--from-remote", "--remote", "sandbox").out
    assert "    3 articles (1 draft), 1 collection, 1 section\n" in out
    assert "    articles per locale: en 3, fr 2, de 1\n" in out
    assert "    articles per author: docs@example.com 2, ann@example.com 1\n" in out


def test_files_are_made_of_what_is_there_and_the_next_diff_is_empty(filled: Workspace) -> None:
    ran = filled("init", "--from-remote", "--remote", "sandbox")
    assert "+ new       billing/: 8 files\n8 new (6 reads)\n" in ran.out
    assert (filled.root / "content/billing/invoices/paying.fr.md").read_text().startswith("---\ntitle: Payer\n")
    assert filled.diff("--exit-code").code == 0


def test_with_verbose_each_new_file_is_named(filled: Workspace) -> None:
    out = filled("init", "--from-remote", "--remote", "sandbox", "-v").out
    assert "+ new       content/billing/invoices/paying.fr.md\n" in out


def test_a_pull_that_fails_leaves_the_settings_for_the_next_one(filled: Workspace, monkeypatch: Patch) -> None:
    (filled.root / "content").write_text("in the way")
    assert filled("init", "--from-remote", "--remote", "sandbox").code != 0
    (filled.root / "content").unlink()
    assert filled("pull").code == 0
    assert filled.diff("--exit-code").code == 0


def test_a_baseline_of_before_is_not_mixed_with_a_beginning(filled: Workspace) -> None:
    assert filled("init", "--from-remote", "--remote", "sandbox").code == 0
    lost(filled, "content")
    ran = filled("init", "--from-remote", "--remote", "sandbox")
    assert ran.code == 2
    assert ".helpsync/sandbox/baseline.json" in ran.err
    assert (ran.calls, (filled.root / "helpsync.yaml").exists()) == ([], False)


def test_git_sees_what_belongs_into_the_repository_and_nothing_else(filled: Workspace) -> None:
    git(filled.root, "init", "-q")
    assert filled("init", "--from-remote", "--remote", "sandbox").code == 0
    seen = subprocess.run(
        ["git", "-C", str(filled.root), "status", "--porcelain"], check=True, capture_output=True, text=True
    )
    assert seen.stdout.splitlines() == ["?? content/", "?? helpsync.yaml"]


def test_looking_at_intercom_writes_nothing_to_it(filled: Workspace) -> None:
    ran = filled("init", "--from-remote", "--remote", "sandbox")
    assert ran.calls
    assert ran.writes == []


def test_a_help_center_in_one_language_is_known_by_its_addresses(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(
        "default_locale: fr\nauthor: docs@example.com\nstate: published\n", monolingual=True, default_locale="fr"
    )
    workspace.collection("aide/_collection.md", "Aide")
    workspace.article("aide/payer.md", "Payer")
    assert workspace.push().code == 0
    lost(workspace, "content", ".helpsync")
    assert workspace("init", "--from-remote", "--remote", "sandbox").code == 0
    assert (found(workspace).default_locale, found(workspace).locales) == ("fr", ("fr",))


def test_a_default_locale_that_nothing_names_can_be_given(folder: Folder, regions: dict[str, FakeIntercom]) -> None:
    at_home(regions["us"])
    code, out, _ = folder("init", "--from-remote", "--default-locale", "sv")
    assert (code, folder.config.default_locale) == (0, "sv")
    assert "default locale: sv, as Intercom names none" in out


def test_another_default_locale_than_the_help_centers_is_refused(filled: Workspace) -> None:
    ran = filled("init", "--from-remote", "--remote", "sandbox", "--default-locale", "fr")
    assert ran.code == 2
    assert "is en, not fr" in ran.err
    assert "leave out --default-locale" in ran.err
    assert not (filled.root / "helpsync.yaml").exists()


def test_a_locale_that_helpsync_does_not_know_is_left_out_and_told(
    folder: Folder, regions: dict[str, FakeIntercom]
) -> None:
    at_home(regions["us"])
    blocks = {"fr": {"title": "Remboursements"}, "tlh": {"title": "Huch"}}
    regions["us"].articles[0] |= {"default_locale": "en", "translated_content": blocks}
    code, out, _ = folder("init", "--from-remote")
    assert (code, folder.config.locales) == (0, ("en", "fr"))
    assert "left out: tlh" in out


def test_an_author_whose_name_and_address_mean_others_too_is_named_by_id(
    folder: Folder, regions: dict[str, FakeIntercom]
) -> None:
    at_home(regions["us"])
    regions["us"].admins = [
        {"id": 7, "name": "Ada", "email": None},
        {"id": 8, "name": "Ada", "email": "ada@example.com"},
    ]
    assert folder("init", "--from-remote")[0] == 0
    assert folder.config.author == "7"


def test_a_name_that_needs_quotes_gets_them(folder: Folder, regions: dict[str, FakeIntercom]) -> None:
    at_home(regions["us"])
    regions["us"].admins = [{"id": 7, "name": 'Ada: "the" # first \\ 👩🏽', "email": None}]
    assert folder("init", "--from-remote")[0] == 0
    assert folder.config.author == 'Ada: "the" # first \\ 👩🏽'


def test_authors_who_have_left_are_none_for_new_articles(folder: Folder, regions: dict[str, FakeIntercom]) -> None:
    at_home(regions["us"])
    regions["us"].admins = [{"id": 8, "name": "Ben"}, {"id": 9, "name": "Cy"}]
    assert folder("init", "--from-remote")[0] == 0
    assert folder.config.author is None


@pytest.mark.parametrize("home", REGIONS)
def test_the_region_is_the_one_that_takes_the_token(
    folder: Folder, regions: dict[str, FakeIntercom], home: str
) -> None:
    at_home(regions[home])
    code, out, _ = folder("init", "--from-remote")
    assert (code, folder.config.default_remote.region) == (0, home)
    assert f"(region {home})" in out
    before = list(REGIONS)[: list(REGIONS).index(home)]
    assert [region for region in REGIONS if regions[region].requests] == [*before, home]


def test_a_region_that_is_given_is_the_only_one_that_sees_the_token(
    folder: Folder, regions: dict[str, FakeIntercom]
) -> None:
    at_home(regions["au"])
    assert folder("init", "--from-remote", "--region", "au")[0] == 0
    assert regions["us"].requests == regions["eu"].requests == []
    assert folder.config.default_remote.region == "au"


def test_a_token_that_no_region_takes_is_told_as_such(folder: Folder, regions: dict[str, FakeIntercom]) -> None:
    code, _, err = folder("init", "--from-remote")
    assert (code, folder.files) == (2, set())
    assert "refused the token in every region: us, eu, au" in err
    assert "t0ken" not in err


def test_a_region_that_is_down_hides_no_other(folder: Folder, regions: dict[str, FakeIntercom]) -> None:
    regions["us"].faults.extend([refused] * 9)
    regions["us"].faults.popleft()
    at_home(regions["eu"])
    assert folder("init", "--from-remote")[0] == 0
    assert folder.config.default_remote.region == "eu"


def test_a_region_that_is_down_is_told_where_no_other_takes_the_token(
    folder: Folder, regions: dict[str, FakeIntercom]
) -> None:
    regions["eu"].faults.extend([refused] * 9)
    regions["eu"].faults.popleft()
    code, _, err = folder("init", "--from-remote")
    assert (code, folder.files) == (1, set())
    assert "api.eu.intercom.io can't be reached" in err


def test_without_a_token_nobody_is_asked(folder: Folder, regions: dict[str, FakeIntercom], monkeypatch: Patch) -> None:
    monkeypatch.delenv("INTERCOM_ACCESS_TOKEN")
    code, _, err = folder("init", "--from-remote")
    assert code == 2
    assert "INTERCOM_ACCESS_TOKEN is not set" in err
    assert not any(server.requests for server in regions.values())


# Help centers --------------------------------------------------------------------------------------------------------


@pytest.fixture
def brands(regions: dict[str, FakeIntercom]) -> FakeIntercom:
    """Give a workspace with two help centers: one in English and French, one in English."""
    server = regions["us"]
    at_home(server)
    server.brands = [{"id": "5", "display_name": "Acme"}, {"id": "6", "display_name": "Acme Pro"}]
    server.collections = [
        {"id": "1", "name": "Billing", "help_center_id": 5},
        {"id": "2", "name": "Pro", "help_center_id": 6},
    ]
    french = {"default_locale": "en", "translated_content": {"fr": {"title": "F"}}, "author_id": 7}
    server.articles = [
        {"id": "9", "title": "Refunds", "parent_id": 1, "parent_type": "collection", **french},
        {"id": "10", "title": "More", "parent_id": 2, "parent_type": "collection", "author_id": 7},
        {"id": "11", "title": "Even more", "parent_id": 2, "parent_type": "collection", "author_id": 7},
    ]
    return server


@pytest.mark.usefixtures("brands")
def test_where_nobody_can_be_asked_all_help_centers_are_taken_and_that_is_told(folder: Folder) -> None:
    code, out, err = folder("init", "--from-remote")
    assert (code, folder.config.default_remote.help_center) == (0, None)
    assert "    6 “Acme Pro”: 2 articles\n" in err
    assert "all are taken; --help-center ID takes one of them" in err
    assert "3 articles" in out


@pytest.mark.usefixtures("brands")
def test_a_help_center_that_is_named_is_all_that_counts(folder: Folder) -> None:
    code, out, _ = folder("init", "--from-remote", "--help-center", "6")
    assert (code, folder.config.default_remote.help_center) == (0, "6")
    assert folder.config.locales == ("en",)
    assert "2 articles, 1 collection" in out
    assert "Billing" not in out


@pytest.mark.usefixtures("brands")
def test_a_help_center_that_is_not_there_names_those_that_are(folder: Folder) -> None:
    code, _, err = folder("init", "--from-remote", "--help-center", "7")
    assert (code, folder.files) == (2, set())
    assert "5 (Acme), 6 (Acme Pro)" in err


@pytest.mark.usefixtures("brands")
@pytest.mark.parametrize(("answer", "help_center"), [("5", "5"), ("6", "6"), ("all", None), ("", None), ("7\n6", "6")])
def test_on_a_terminal_one_help_center_is_asked_for(
    folder: Folder, monkeypatch: Patch, answer: str, help_center: str | None
) -> None:
    monkeypatch.setattr("helpsync.cli.init.is_terminal", lambda _: True)
    answers = iter(answer.split("\n"))
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: next(answers))
    assert folder("init", "--from-remote")[0] == 0
    assert folder.config.default_remote.help_center == help_center


def test_a_help_center_whose_id_is_no_number_can_not_be_chosen(
    folder: Folder, brands: FakeIntercom, monkeypatch: Patch
) -> None:
    brands.brands.append({"id": "7}\nx: {", "display_name": "\x1b[31mRed"})
    monkeypatch.setattr("helpsync.cli.init.is_terminal", lambda _: True)
    answers = iter(["7}\nx: {", "6"])
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: next(answers))
    code, _, err = folder("init", "--from-remote")
    assert (code, folder.config.default_remote.help_center) == (0, "6")
    assert "\x1b" not in err


@pytest.mark.usefixtures("brands")
def test_yes_asks_nothing_on_a_terminal_either(folder: Folder, monkeypatch: Patch) -> None:
    monkeypatch.setattr("helpsync.cli.init.is_terminal", lambda _: True)
    assert folder("init", "--from-remote", "--yes")[0] == 0
    assert folder.config.default_remote.help_center is None


# What stands in the way ----------------------------------------------------------------------------------------------


def test_an_empty_help_center_is_nothing_to_begin_from(folder: Folder) -> None:
    code, _, err = folder("init", "--from-remote", "--remote", "sandbox")
    assert code == 2
    assert "helpsync sandbox --demo" in err
    assert "helpsync.yaml" not in folder.files


def test_content_that_is_there_is_not_mixed_with_that_of_intercom(filled: Workspace) -> None:
    filled.write("content/mine.md", "mine")
    ran = filled("init", "--from-remote", "--remote", "sandbox")
    assert ran.code == 2
    assert "helpsync adopt" in ran.err
    assert (ran.calls, (filled.root / "helpsync.yaml").exists()) == ([], False)


# A server of one's own -----------------------------------------------------------------------------------------------


def serve(settings: SandboxSettings, work: Folder, monkeypatch: Patch, *arguments: str) -> str:
    """Run init against a served sandbox with one collection; return its base URL."""
    with running(settings) as (_, url):
        httpx.post(
            f"{url}/help_center/collections", json={"name": "Billing"}, headers={"Authorization": "Bearer t"}
        ).raise_for_status()
        monkeypatch.setenv("HELPSYNC_BASE_URL", url)
        monkeypatch.setenv("INTERCOM_ACCESS_TOKEN", "t")
        code, _, err = work("init", "--from-remote", *arguments)
    assert code == 0, err
    return url


def test_the_server_of_the_environment_is_written_down(folder: Folder, monkeypatch: Patch) -> None:
    url = serve(SandboxSettings(), folder, monkeypatch)
    assert folder.config.default_remote.base_url == url


def test_a_served_sandbox_is_the_sandbox(folder: Folder, monkeypatch: Patch) -> None:
    serve(SandboxSettings(), folder, monkeypatch, "--remote", "sandbox")
    assert folder.config.default_remote.name == "sandbox"
    assert folder.config.default_remote.base_url is None


@pytest.mark.parametrize("leads", ["outside", "nowhere"])
def test_no_sample_is_written_where_a_link_leads_out(folder: Folder, leads: str) -> None:
    outside = folder.root.with_name(f"{folder.root.name}-outside")
    outside.mkdir()
    (folder.root / "content").mkdir()
    (folder.root / "content/getting-started").symlink_to(outside if leads == "outside" else outside / "nowhere")
    code, _, err = folder("init")
    assert (code, folder.files, list(outside.iterdir())) == (2, set(), [])
    assert err.startswith("content/getting-started: error: the symbolic link ")


def test_a_file_called_content_is_told_before_anything_is_written(folder: Folder) -> None:
    (folder.root / "content").touch()
    code, _, err = folder("init")
    assert (code, folder.files) == (2, {"content"})
    assert "this is not a folder" in err
