"""The commands as users type them: quick help, plain errors with advice, right exit codes."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner, Result

from poolkeep.base.log import printable
from poolkeep.base.refusal import ResourceNotFound
from poolkeep.base.secret import Secret
from poolkeep.cli import ports
from poolkeep.cli.main import COMMANDS, root
from poolkeep.cli.say import table
from poolkeep.settings import Settings

ROOT = Path(__file__).resolve().parents[3]


class FakeAdmin:
    """Remembers what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def access_keys(self, account: str) -> list[ports.AccessKey]:
        return [
            ports.AccessKey(key_id="AKIA1", account=account, user="root", active=True, created_ms=0)
        ]

    async def create_access_key(self, account: str) -> ports.NewAccessKey:
        return ports.NewAccessKey(key_id="AKIA2", account=account, secret=Secret("s3cret"))

    async def set_access_key_active(self, key_id: str, *, active: bool) -> None:
        if key_id == "AKIA9":
            raise ResourceNotFound("There is no access key AKIA9.")
        self.asked.append(("active", key_id, active))

    async def delete_access_key(self, key_id: str) -> None:
        self.asked.append(("delete", key_id))

    async def signing_keys(self, pool_id: str) -> list[ports.SigningKey]:
        return [
            ports.SigningKey(
                kid="k1",
                use="access",
                state="active",
                created_ms=0,
                signs_from_ms=0,
                gone_at_ms=None,
            )
        ]

    async def rotate_signing_key(self, pool_id: str, *, emergency: bool) -> str:
        self.asked.append(("rotate", pool_id, emergency))
        return "k2"

    async def rotate_master_key(self, new_key_file: Path) -> int:
        self.asked.append(("master", new_key_file.name))
        return 4

    async def migrations(self) -> list[ports.Migration]:
        return [ports.Migration(region="us-east-1", name="0001_foundation", applied=False)]

    async def migrate(self) -> list[ports.Migration]:
        return []

    async def database_facts(self) -> list[ports.DatabaseFacts]:
        return [
            ports.DatabaseFacts(
                region="us-east-1", kind="sqlite", schema_version=1, code_schema_version=2
            )
        ]

    async def close(self) -> None:
        self.asked.append(("close",))


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> FakeAdmin:
    fake = FakeAdmin()
    compose = ModuleType("poolkeep.compose")
    compose.admin = lambda _: fake  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(sys.modules, "poolkeep.compose", compose)
    return fake


@pytest.fixture(autouse=True)
def no_data_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(root, list(arguments), prog_name="poolkeep")


def test_help_imports_no_command() -> None:
    code = (
        "import sys; sys.argv = ['poolkeep', '--help']\n"
        "from poolkeep.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sorted(name for name in sys.modules if name.startswith(('poolkeep', 'uvicorn'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == (
        "poolkeep poolkeep.__main__ poolkeep.cli poolkeep.cli.main"
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_exists_and_explains_itself(name: str) -> None:
    module, attribute, about = COMMANDS[name]
    command = getattr(importlib.import_module(f"poolkeep.cli.{module}"), attribute)
    assert command.name == name
    assert about in run("--help").output.replace("\n           ", " ")
    assert run(name, "--help").exit_code == 0


def test_a_mistyped_command_is_answered_with_the_near_one() -> None:
    result = run("serv")
    assert result.exit_code == 2
    assert "Did you mean serve?" in result.output


@pytest.mark.parametrize(
    "arguments, text",
    [
        (("serve", "--dev", "--host", "0.0.0.0"), "host: --dev takes any signature"),
        (("serve", "--host", "0.0.0.0"), "public_url: "),
        (("serve", "--account", "1"), "account (POOLKEEP_ACCOUNT): "),
        (("serve", "--region", "eu-west-1", "--region", "eu-west-1"), "eu-west-1 is given twice"),
        (("serve", "--config", "/nowhere.toml"), "Give a readable TOML file"),
        (("doctor", "--issuer", "example.org"), "issuer: is not an http or https URL"),
    ],
)  # fmt: skip
def test_wrong_settings_end_with_78(arguments: tuple[str, ...], text: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 78
    assert text in result.output
    assert all(line.startswith("poolkeep: ") for line in result.output.splitlines())


def test_doctor_shows_settings_without_secrets(admin: FakeAdmin, tmp_path: Path) -> None:
    config = tmp_path / "p.toml"
    config.write_text(
        f'data = "{tmp_path}"\ndatabase = "postgresql://u:hunter2@h/d"\n'
        'mail = "smtp://u:hunter2@mail.example"\n'
    )
    result = run("doctor", "--config", str(config), "--port", "0")
    assert result.exit_code == 0, result.output
    assert "hunter2" not in result.output
    assert "postgresql://u:***@h/d" in result.output
    assert "schema 1 of 2; poolkeep migrate brings it up" in result.output
    assert "Production would refuse" in result.output
    assert admin.asked == [("close",)]


def test_keys_are_listed_made_and_switched(admin: FakeAdmin, tmp_path: Path) -> None:
    assert "AKIA1  123456789012  root  active  1970-01-01T00:00:00Z" in run("keys", "list").output
    assert "aws_secret_access_key = s3cret" in run("keys", "create").output
    assert run("keys", "disable", "AKIA1").output == "AKIA1 is off.\n"
    assert run("keys", "enable", "AKIA1").exit_code == 0
    assert run("keys", "delete", "AKIA1").exit_code == 0
    assert "k1" in run("keys", "signing", "us-east-1_A").output
    assert "signs with k2" in run("keys", "rotate", "us-east-1_A", "--emergency").output
    key = tmp_path / "new.key"
    key.write_text("x")
    assert "4 keys are wrapped anew" in run("keys", "rotate-master", str(key)).output
    assert [asked for asked in admin.asked if asked != ("close",)] == [
        ("active", "AKIA1", False),
        ("active", "AKIA1", True),
        ("delete", "AKIA1"),
        ("rotate", "us-east-1_A", True),
        ("master", "new.key"),
    ]


@pytest.mark.usefixtures("admin")
def test_a_refusal_is_said_plainly() -> None:
    result = run("keys", "disable", "AKIA9")
    assert (result.exit_code, result.output) == (1, "poolkeep: There is no access key AKIA9.\n")


@pytest.mark.usefixtures("admin")
def test_migrations_are_shown_and_run() -> None:
    assert "us-east-1  0001_foundation  pending" in run("migrate", "--status").output
    assert run("migrate").output.startswith("Nothing to do")


@pytest.mark.parametrize("command", ["demo", "inbox"])
def test_a_missing_server_is_said_with_what_to_do(command: str) -> None:
    result = run(command, "--url", "http://127.0.0.1:1")
    assert result.exit_code == 1
    assert "Start one with `poolkeep serve`, or give --url." in result.output


def test_where_finds_the_handler_and_its_rules() -> None:
    output = run("where", "global_sign_out").output
    assert "cognito-idp GlobalSignOut" in output
    assert "sign_out.py:" in output
    assert "docs/behaviours/" in output


def test_where_offers_the_near_name() -> None:
    result = run("where", "GlobalSignOuts")
    assert result.exit_code == 1
    assert "Did you mean GlobalSignOut?" in result.output


def test_terminals_are_not_obeyed() -> None:
    assert printable("a\x1b[31m\x9b\u202e\r\nb") == "a\\x1b[31m\\x9b\\u202e\\r\nb"
    assert "\x1b" not in table([("a", "b"), ("\x1b[2J", "c")])


def test_demo_reads_the_key_pair_of_the_data_directory(tmp_path: Path) -> None:
    from poolkeep.cli.client import CallFailed, read_credentials

    path = tmp_path / "credentials"
    path.write_text("[default]\naws_access_key_id = AK\naws_secret_access_key = s%c\n")
    found = read_credentials(path)
    assert (found.key_id, found.secret.reveal()) == ("AK", "s%c")
    for broken in ("", "[default]\n", "[other]\naws_access_key_id = x\n", "garbage"):
        path.write_text(broken)
        with pytest.raises(CallFailed, match="Give the server's --data"):
            read_credentials(path)


@pytest.mark.usefixtures("admin")
def test_production_starts_when_nothing_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from poolkeep.cli import serve
    from poolkeep.http.server import launcher
    from tests.unit.cli.test_production import ENVIRONMENT

    config = tmp_path / "p.toml"
    config.write_text(
        'mode = "production"\nhost = "0.0.0.0"\nadmin_port = 9230\n'
        'public_url = "https://id.example.org"\nallowed_hosts = ["id.example.org"]\n'
        f'master_key_file = "/etc/poolkeep/master.key"\ndata = "{tmp_path}"\n'
        'mail = "smtp://mail.example.org"\nmail_from = "a@example.org"\nsms = "none"\n'
        'trusted_proxies = ["10.0.0.0/8"]\n'
    )
    launched: list[Settings] = []
    monkeypatch.setenv("POOLKEEP_WORKERS", "2")
    monkeypatch.setattr(serve, "environment_facts", lambda _: ENVIRONMENT)

    def launch(settings: Settings, **_: object) -> int:
        launched.append(settings)
        return 0

    monkeypatch.setattr(launcher, "launch", launch)
    result = run("serve", "--config", str(config))
    assert result.exit_code == 0, result.output
    assert "poolkeep: warning: throttle.enabled" in result.output
    assert (launched[0].mode, launched[0].workers) == ("production", 2)
    assert "POOLKEEP_WORKERS" not in os.environ
