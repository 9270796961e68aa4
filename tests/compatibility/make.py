"""Makes the fixtures of this folder with an earlier version of helpsync: what it left on the disk and in Intercom.

They were made with commit 5f615d0 (helpsync 0.1.0), the last one before the packages were rebuilt. To make them again:

    git worktree add ../earlier 5f615d0
    python tests/compatibility/make.py ../earlier

An archive has the project under `project/`, the store of the embedded Intercom as SQL in `intercom.sql` and, where git
keeps the baseline, the git remote as `git fast-export` writes it. Clock, host and user are made up, so nothing in an
archive depends on the machine or gets too old.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import getpass
import json
import os
import platform
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

HERE = Path(__file__).parent
sys.path[0:0] = [str(HERE.parent / "support")]

from archive import packed, write_archive  # noqa: E402  # the path comes first

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMIT = "5f615d0"
FIXTURES = HERE / "fixtures"
KILLED = 137
START = 1_740_992_400.0  # 3 March 2025, 9:00 UTC

CONFIG = """\
default_locale: en
locales: [en, fr, de]
author: docs@example.com
state: published
baseline: {home}
assets: {{url: "https://pictures.example/{{path}}"}}
remotes:
  production: {{region: eu, token_env: INTERCOM_ACCESS_TOKEN}}
"""

# A GIF of one pixel of which every byte is ASCII, so that archives stay text.
PICTURE = "GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\0;"


def page(body: str = "", **fields: str) -> str:
    lines = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in fields.items())
    return f"---\n{lines}---\n{body}"


CONTENT = {
    "billing/_collection.md": page(name="Billing", description="Money matters"),
    "billing/_collection.fr.md": page(name="Facturation", description="Questions d'argent"),
    "billing/images/refund.gif": PICTURE,
    "billing/refunds.md": page(
        "# How long\n\nThree days.\n\n![The button](images/refund.gif)\n\n"
        "> [!NOTE]\n> See [paying](invoices/paying.md#by-card) first.\n\n"
        "# Partly\n\nHalf of it, too.\n",
        title="Refunds",
        description="How to get money back",
    ),
    "billing/refunds.fr.md": page(
        "# Combien de temps\n\nTrois jours.\n\n![Le bouton](images/refund.gif)\n", title="Remboursements"
    ),
    "billing/refunds.de.md": page("# Wie lange\n\nDrei Tage, auch für Rückgaben.\n", title="Rückerstattungen"),
    "billing/prices.md": page("| Plan | Price |\n|---|---|\n| Small | 10 |\n| Large | 20 |\n", title="Prices"),
    "billing/prices.de.md": page("- Klein: 10\n- Groß: 20\n", title="Preise"),
    "billing/invoices/_collection.md": page(name="Invoices"),
    "billing/invoices/paying.md": page(
        "Pay as in [refunds](../refunds.md#how-long).\n\n# By card\n\nType its number.\n\n# By bank\n\nWait a week.\n",
        title="Paying",
    ),
    "billing/invoices/paying.fr.md": page(
        "Voir [remboursements](../refunds.md#combien-de-temps).\n\n# Par carte\n\nTapez le numéro.\n", title="Payer"
    ),
    "billing/invoices/vat.md": page("Your number stands on [each invoice](paying.md).\n", title="VAT"),
    "account/_collection.md": page(name="Account"),
    "account/sign-in.md": page(
        "1. Open the page\n2. Type your password, or [reset it](password.md#by-mail)\n\n```\nGET /sign-in\n```\n",
        title="Signing in",
    ),
    "account/sign-in.fr.md": page("Ouvrez la page.\n", title="Se connecter"),
    "account/password.md": page("# By mail\n\nWe send you a link.\n", title="Resetting your password"),
    "account/password.fr.md": page(
        "# Par courriel\n\nNous envoyons un lien.\n", title="Réinitialiser votre mot de passe"
    ),
    "account/closing.md": page("Write to us.\n", title="Closing your account", state="draft"),
    "account/old.md": page("From before.\n", title="The old sign-in"),
    "account/two-steps.md": page("Take your phone.\n", title="Signing in with two steps"),
}


@dataclass
class Machine:
    """A project, an Intercom, and a clock that the program reads: all that one run after another works on."""

    root: Path
    now: float = START
    runs: int = 0
    remote: tuple[str, ...] = ("--remote", "production")
    project: Path = field(init=False)

    def __post_init__(self) -> None:
        self.project = self.root / "project"

    @property
    def store(self) -> Path:
        return self.root / "intercom.db"

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            target = self.project / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.project / name).read_text(encoding="utf-8")
        assert old in text
        self.write({name: text.replace(old, new)})

    def run(self, *arguments: str, code: int = 0, kill: Kill | None = None) -> str:
        """Run the command line in a process of its own; return what it says."""
        return self._apart(lambda: _run(self, arguments, kill), KILLED if kill else code, arguments)

    def as_teammate(self, act: Callable[[Any], object]) -> None:
        """Do something with the sandbox, as a teammate in Intercom's editor would."""

        def acting() -> int:
            app = _app(self)
            act(app.state.sandbox)
            app.state.sandbox.close()
            return 0

        self._apart(acting, 0, ())

    def _apart(self, act: Callable[[], int], code: int, arguments: tuple[str, ...]) -> str:
        self.now += 3600
        self.runs += 1
        said = self.root / "said.txt"
        child = os.fork()
        if child == 0:
            try:
                with said.open("w") as file:
                    os.dup2(file.fileno(), 1)
                    os.dup2(file.fileno(), 2)
                _made_up(self)
                ended = act()
            except BaseException as error:  # noqa: BLE001  # a child must end here, whatever happened
                print(f"{type(error).__name__}: {error}", flush=True)  # noqa: T201
                ended = 99
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(ended)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        text = said.read_text(encoding="utf-8")
        said.unlink()
        assert status == code, f"{arguments}: {status}\n{text}"
        return text

    def save(self, name: str, *, based_on: str | None = None, only: tuple[str, ...] = ("",)) -> None:
        """Write the archive of what there is now; `only` are the beginnings of the paths to take."""
        files = {
            path: data
            for path, data in packed(self.root).items()
            if not path.startswith(
                ("intercom.db", "origin.git/", "project/.git/", "project/.helpsync/sandbox/store.db")
            )
            and not path.endswith((".lock", ".lease", "/lock"))
        }
        if self.store.exists():
            files["intercom.sql"] = _as_sql(self.store)
        own = self.project / ".helpsync/sandbox/store.db"
        if own.exists():
            files["sandbox.sql"] = _as_sql(own)
        if (self.root / "origin.git").exists():
            files["origin.fast-export"] = _git(self.root / "origin.git", "fast-export", "--all")
        files = {path: data for path, data in files.items() if path.startswith(only)}
        text = b"".join(files.values())
        for private in (tempfile.gettempdir(), str(Path.home()), str(HERE), platform.node()):
            assert private.encode() not in text, f"{name} names {private} of this machine"
        write_archive(
            FIXTURES / f"{name}.json", files, based_on=based_on and f"{based_on}.json", made_with=f"helpsync, {COMMIT}"
        )
        print(name)  # noqa: T201


@dataclass(frozen=True)
class Kill:
    """When a process ends: at its n-th write to Intercom (from 0), or at its n-th file of content.

    That is before it, or, when `done`, after it and before a word of the reply.
    """

    at: int
    done: bool
    what: str = "request"


def _app(machine: Machine) -> Any:
    from helpsync.sandbox import SandboxSettings, create_app  # noqa: PLC0415  # the earlier one, once its path is known

    return create_app(SandboxSettings(store=machine.store))


def _run(machine: Machine, arguments: tuple[str, ...], kill: Kill | None) -> int:
    from helpsync.cli.program import run  # noqa: PLC0415  # the earlier one, once its path is known

    os.chdir(machine.project)
    app = _app(machine)
    inner = httpx.ASGITransport(app)
    writes = iter(range(10_000))

    async def answer(_: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        number = next(writes) if request.method != "GET" else -1
        if kill and kill.what == "request" and number == kill.at:
            if kill.done:
                await inner.handle_async_request(request)
            os._exit(KILLED)
        return await inner.handle_async_request(request)

    httpx.AsyncHTTPTransport.handle_async_request = answer  # type: ignore[assignment,method-assign]
    if kill and kill.what == "file":
        os.replace = _deadly(kill, os.replace)
    return int(run([*arguments, *machine.remote]))


def _deadly(kill: Kill, replace: Callable[..., None]) -> Callable[..., None]:
    files: Iterator[int] = iter(range(10_000))

    def replacing(source: Any, target: Any) -> None:
        dies = "content" in Path(target).parts and next(files) == kill.at
        if dies and not kill.done:
            os._exit(KILLED)
        replace(source, target)
        if dies:
            os._exit(KILLED)

    return replacing


def _made_up(machine: Machine) -> None:
    """Let this process believe in another time, host and user, and take turns and chances as it always does."""
    passed = iter(range(1_000_000_000))
    time.time = lambda: machine.now + next(passed) / 1000
    chance = random.Random(machine.runs)
    uuid.uuid4 = lambda: uuid.UUID(int=chance.getrandbits(128), version=4)
    import secrets  # noqa: PLC0415  # only to be made up

    secrets.token_hex = lambda nbytes=None: chance.randbytes(nbytes or 16).hex()
    platform.node = lambda: "laptop"
    getpass.getuser = lambda: "writer"
    os.getpid = lambda: 4242
    at = dt.datetime.fromtimestamp(machine.now, dt.UTC).isoformat()
    os.environ |= _NEUTRAL | {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at, "TZ": "UTC"}
    time.tzset()

    wait = asyncio.wait

    async def in_order(tasks: Any, **more: Any) -> Any:
        done, pending = await wait(tasks, **more)
        return [task for task in tasks if task in done], pending

    asyncio.wait = in_order  # type: ignore[assignment]

    class Moment(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Moment:
            return cls.fromtimestamp(time.time(), tz)

    dt.datetime = Moment  # type: ignore[misc]


_NEUTRAL = {
    **{f"GIT_{role}_NAME": "writer" for role in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{role}_EMAIL": "writer@example.com" for role in ("AUTHOR", "COMMITTER")},
    "GIT_AUTHOR_DATE": "2025-03-03T08:00:00Z",
    "GIT_COMMITTER_DATE": "2025-03-03T08:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "INTERCOM_ACCESS_TOKEN": "t",
}


def _git(root: Path, *arguments: str) -> bytes:
    return subprocess.run(
        ["git", "-C", str(root), *arguments], env={**os.environ, **_NEUTRAL}, capture_output=True, check=True
    ).stdout


def _as_sql(store: Path) -> bytes:
    connection = sqlite3.connect(store)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    lines = [*connection.iterdump(), f"PRAGMA user_version = {version};"]
    connection.close()
    return "".join(f"{line}\n" for line in lines).encode()


def _number(sandbox: Any, title: str) -> str:
    return next(str(item["id"]) for item in sandbox.articles() if item["title"] == title)


def _group(sandbox: Any, name: str) -> str:
    groups = [*sandbox.groups("collection"), *sandbox.groups("section")]
    return next(str(item["id"]) for item in groups if item["name"] == name)


# The archives ----------------------------------------------------------------------------------------------------


def _pushed(root: Path, *, home: str = "file") -> Machine:
    """Return a help center after two pushes: the second one removed an article, moved one and changed two."""
    machine = Machine(root)
    machine.write({"helpsync.yaml": CONFIG.format(home=home)})
    machine.write({f"content/{name}": text for name, text in CONTENT.items()})
    _commit(machine, home, "Begin")
    machine.run("push", "--yes")
    (machine.project / "content/account/old.md").unlink()
    for old in ("password.md", "password.fr.md"):
        (machine.project / "content/account" / old).rename(machine.project / "content/account" / f"reset-{old}")
    machine.edit("content/account/sign-in.md", "password.md#by-mail", "reset-password.md#by-mail")
    machine.edit("content/billing/prices.md", "| 20 |", "| 25 |")
    machine.edit("content/billing/refunds.fr.md", "Trois jours", "Quatre jours")
    _commit(machine, home, "Move, remove and change articles")
    machine.run("push", "--yes")
    return machine


def _commit(machine: Machine, home: str, message: str) -> None:
    if home != "git":
        return
    origin = machine.root / "origin.git"
    if not origin.exists():
        _git(machine.root, "init", "-q", "--bare", "-b", "main", str(origin))
        _git(machine.root, "init", "-q", "-b", "main", str(machine.project))
        _git(machine.project, "remote", "add", "origin", f"file://{origin}")
    _git(machine.project, "add", "-A")
    _git(machine.project, "commit", "-qm", message)
    _git(machine.project, "push", "-q", "origin", "main")


def _edit_tree(machine: Machine) -> None:
    """Add a collection and two articles, change two, move one and remove one: seven writes."""
    machine.write(
        {
            "content/team/_collection.md": page(name="Team"),
            "content/team/inviting.md": page(
                "Ask them for [their address](../account/sign-in.md).\n", title="Inviting people"
            ),
            "content/team/inviting.fr.md": page("Demandez leur adresse.\n", title="Inviter des gens"),
            "content/billing/discounts.md": page("For [teams](../team/inviting.md) only.\n", title="Discounts"),
        }
    )
    machine.edit("content/billing/refunds.md", "Three days", "Five days")
    machine.edit("content/billing/invoices/vat.md", "stands on", "is on")
    (machine.project / "content/account/two-steps.md").unlink()
    for name in ("prices.md", "prices.de.md"):
        (machine.project / "content/billing" / name).rename(machine.project / "content/account" / name)


KILLS = {
    "before-the-first-write": Kill(0, done=False),
    "after-a-collection-without-its-reply": Kill(0, done=True),
    "in-the-middle": Kill(3, done=False),
    "after-an-article-without-its-reply": Kill(4, done=True),
    "after-the-last-write": Kill(6, done=True),
}


def _edits_by_teammates(sandbox: Any) -> None:
    sandbox.edit_article(_number(sandbox, "Prices"), title="Our prices")
    sandbox.edit_article(_number(sandbox, "Signing in"), locale="fr", body="<p>Ouvrez notre page.</p>")
    paying = sandbox.article(_number(sandbox, "Paying"))["body"]
    sandbox.edit_article(_number(sandbox, "Paying"), body=paying.replace("Wait a week", "Wait ten days"))


def _move_by_teammates(sandbox: Any) -> None:
    sandbox.edit_article(_number(sandbox, "Prices"), title="Our prices")
    sandbox.move_article(_number(sandbox, "VAT"), _group(sandbox, "Account"))


def _again(machine: Machine) -> Machine:
    """Return a copy that goes on a day later."""
    copy = Path(tempfile.mkdtemp(dir=machine.root.parent)) / "copy"
    shutil.copytree(machine.root, copy)
    if (copy / "origin.git").exists():
        _git(copy / "project", "remote", "set-url", "origin", f"file://{copy / 'origin.git'}")
    return Machine(copy, now=START + 86_400, runs=100)


def _make_pushes(pushed: Machine) -> None:
    """Push killed and not killed, and save a plan."""
    for name, kill in KILLS.items():
        machine = _again(pushed)
        _edit_tree(machine)
        machine.run("push", "--yes", kill=kill)
        machine.save(f"push-killed-{name}", based_on="pushed")

    machine = _again(pushed)
    _edit_tree(machine)
    machine.run("push", "--yes")
    machine.save("push-that-ended", only=("project/.helpsync/baseline/production.json",))

    machine = _again(pushed)
    _edit_tree(machine)
    machine.run("diff", "--out", "plan.json")
    machine.save("saved-plan", based_on="pushed")


def _make_pulls_and_restores(pushed: Machine) -> None:
    """Pull killed and not killed, and kill a restore."""
    machine = _again(pushed)
    machine.edit("content/billing/invoices/paying.md", "Type its number", "Type its number and its date")
    machine.as_teammate(_edits_by_teammates)
    machine.run("pull", kill=Kill(1, done=True, what="file"))
    machine.save("pull-killed-between-files", based_on="pushed")

    machine = _again(pushed)
    machine.as_teammate(_move_by_teammates)
    machine.run("pull", kill=Kill(0, done=True, what="file"))
    machine.save("pull-killed-moving-a-file", based_on="pushed")

    machine = _again(pushed)
    machine.as_teammate(_edits_by_teammates)
    machine.run("pull")
    machine.save("pulled", based_on="pushed")

    machine = _again(pushed)
    machine.edit("content/billing/prices.md", "| 10 |", "| 1000 |")
    machine.edit("content/billing/refunds.md", "Three days", "Three years")
    machine.edit("content/billing/invoices/vat.md", "stands on", "is not on")
    machine.run("push", "--yes")
    machine.run("restore", "--yes", kill=Kill(1, done=False))
    machine.save("restore-killed", based_on="pushed")


def _make_in_git(root: Path) -> None:
    """Keep the baseline in git."""
    (root / "git").mkdir()
    pushed = _pushed(root / "git", home="git")
    pushed.save("git-pushed", only=("intercom.sql", "origin"))

    machine = _again(pushed)
    _edit_tree(machine)
    _commit(machine, "git", "Add, move and remove articles")
    machine.run("push", "--yes", kill=Kill(4, done=True))
    machine.save("git-push-killed", only=("intercom.sql", "origin", "project/.helpsync/journal"))

    machine = _again(pushed)
    machine.as_teammate(_edits_by_teammates)
    machine.run("pull")
    _commit(machine, "git", "Pull from Intercom")
    machine.save("git-pulled", only=("intercom.sql", "origin"))


def _make_sandbox(root: Path) -> None:
    """Push to the sandbox of the project itself."""
    (root / "sandbox").mkdir()
    machine = Machine(root / "sandbox", remote=("--remote", "sandbox"))
    machine.write({"helpsync.yaml": CONFIG.format(home="file")})
    machine.write({f"content/{name}": text for name, text in CONTENT.items() if name.startswith("account/")})
    machine.run("push", "--yes")
    machine.edit("content/account/closing.md", "Write to us", "Call us")
    machine.run("push", "--yes")
    machine.save("sandbox", only=("project", "sandbox.sql"))


def make(root: Path) -> None:
    """Write all archives; `root` is an empty folder to work in."""
    (root / "pushed").mkdir()
    pushed = _pushed(root / "pushed")
    pushed.save("pushed")
    _make_pushes(pushed)
    _make_pulls_and_restores(pushed)
    _make_in_git(root)
    _make_sandbox(root)


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # else the order of what is created may differ
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})
    sys.path[0:0] = [str(Path(sys.argv[1]).resolve())]
    import helpsync

    assert Path(helpsync.__file__).is_relative_to(Path(sys.argv[1]).resolve()), helpsync.__file__
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
