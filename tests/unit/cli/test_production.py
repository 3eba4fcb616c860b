"""Production refuses each forbidden setting, by name; and starts when all is well."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from poolkeep.base.secret import Secret
from poolkeep.cli.ports import DatabaseFacts
from poolkeep.cli.production import (
    EnvironmentFacts,
    KeyFileFacts,
    environment_facts,
    production_refusals,
    production_warnings,
)
from poolkeep.cli.sources import Loaded
from poolkeep.function_settings import Functions
from poolkeep.settings import Settings, Tls

GOOD = Settings(
    mode="production",
    host="0.0.0.0",
    admin_port=9230,
    data=Path("/var/lib/poolkeep"),
    database=Secret("postgresql://poolkeep@db.example/poolkeep?sslmode=verify-full"),
    public_url="https://id.example.org",
    master_key_file=Path("/etc/poolkeep/master.key"),
    mail=Secret("smtp://user:password@mail.example.org"),
    mail_from="no-reply@example.org",
    sms=Secret("none"),
    trusted_proxies=("10.0.3.0/24",),
    allowed_hosts=("id.example.org",),
)
ENVIRONMENT = EnvironmentFacts(
    effective_user=1000,
    optimised=False,
    python=(3, 11),
    openssl=(3, 0),
    data_mode=0o700,
    data_file_system="ext4",
    key_file=KeyFileFacts(
        exists=True, mode=0o400, owned_by_us=True, well_formed=True, distinct_bytes=30
    ),
    sources={},
)
FACTS = DatabaseFacts(
    region="us-east-1", kind="postgresql", schema_version=3, code_schema_version=3,
    master_key_fits=True, clock_drift_ms=20, tls=True, superuser=False, fsync=True,
    full_page_writes=True, pools_need_email=True,
)  # fmt: skip


def functions(address: str, *, key: str = "a key") -> Functions:
    keys = {"f": Secret(key)} if key else {}
    return Functions(map={"f": Secret(address)}, signing_keys=keys)


def refused(
    settings: dict[str, Any] | None = None,
    environment: dict[str, Any] | None = None,
    key: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
) -> set[str]:
    """Return the settings that are refused after one change to what is good."""
    changed = msgspec.structs.replace(ENVIRONMENT, **(environment or {}))
    if key:
        changed = msgspec.structs.replace(
            changed, key_file=msgspec.structs.replace(changed.key_file, **key)
        )
    refusals = production_refusals(
        msgspec.structs.replace(GOOD, **(settings or {})),
        changed,
        [msgspec.structs.replace(FACTS, **(facts or {}))],
    )
    for refusal in refusals:
        assert "\n" not in refusal.line
        assert refusal.how_to_fix.endswith((".", ")."))
        assert "password" not in refusal.line.replace("a password on the command line", "")
    return {refusal.setting for refusal in refusals}


def test_a_good_installation_starts() -> None:
    assert refused() == set()
    assert production_warnings(GOOD, [FACTS]) == [
        "throttle.enabled: is off; any caller may use all capacity. Turn it on."
    ]


def test_functions_at_safe_addresses_start() -> None:
    for address in ("https://hooks.example.org", "http://127.0.0.1:8080", "node:/srv/f.mjs:run"):
        assert refused({"functions": functions(address)}) == set()
    local = msgspec.structs.replace(GOOD, functions=functions("python:/srv/f.py:run"))
    assert any(text.startswith("functions.user: ") for text in production_warnings(local))


@pytest.mark.parametrize(
    "change, name",
    [
        ({"master_key_file": None}, "master_key_file"),
        ({"master_key_file": Path("/var/lib/poolkeep/keys/master.key")}, "master_key_file"),
        ({"public_url": None}, "public_url"),
        ({"public_url": "http://id.example.org"}, "public_url"),
        ({"public_url": "https://localhost:9229"}, "public_url"),
        ({"public_url": "https://127.0.0.1"}, "public_url"),
        ({"issuer": "http://id.example.org"}, "issuer"),
        ({"trusted_proxies": ()}, "tls.certificate_file"),
        ({"tls": Tls(development=True)}, "tls.development"),
        ({"trusted_proxies": ("*",)}, "trusted_proxies"),
        ({"trusted_proxies": ("10.0.0.0/8", "0.0.0.0/0")}, "trusted_proxies"),
        ({"allowed_hosts": ()}, "allowed_hosts"),
        ({"allowed_hosts": ("*",)}, "allowed_hosts"),
        ({"admin_port": None}, "admin_port"),
        ({"admin_host": "0.0.0.0"}, "admin_sources"),
        ({"admin_sources": ("0.0.0.0/0",)}, "admin_sources"),
        ({"mail": Secret("inbox")}, "mail"),
        ({"mail": Secret("console")}, "mail"),
        ({"mail": Secret("none")}, "mail"),
        ({"mail": Secret("smtp+insecure://mail.example.org")}, "mail"),
        ({"mail_from": "no-reply@localhost"}, "mail_from"),
        ({"sms": Secret("inbox")}, "sms"),
        ({"sms": Secret("http://gateway.example.org")}, "sms"),
        ({"functions": functions("http://hooks.example.org")}, "functions.map"),
        ({"functions": functions("lambda+http://K:S@lambda.example.org")}, "functions.map"),
        ({"functions": functions("https://hooks.example.org", key="")}, "functions.signing_keys"),
        ({"log_level": "debug"}, "log_level"),
    ],
)
def test_a_forbidden_setting_is_named(change: dict[str, Any], name: str) -> None:
    assert refused(change) == {name}


@pytest.mark.parametrize(
    "change",
    [
        {"admin_port": None, "admin_sources": ("10.0.0.0/8",)},
        {"admin_host": "10.0.0.1", "admin_sources": ("10.0.0.0/8",)},
        {"trusted_proxies": (), "tls": Tls(certificate_file=Path("c"), key_file=Path("k"))},
        {"issuer": "aws"},
        {"issuer": "https://login.example.org"},
        {"mail": Secret("smtps://mail.example.org")},
        {"sms": Secret("https://gateway.example.org")},
    ],
)
def test_what_is_as_good_starts_too(change: dict[str, Any]) -> None:
    assert refused(change) == set()


@pytest.mark.parametrize(
    "change",
    [
        {"exists": False}, {"readable": False}, {"is_symlink": True}, {"mode": 0o440},
        {"mode": 0o604}, {"owned_by_us": False}, {"well_formed": False}, {"distinct_bytes": 1},
    ],
)  # fmt: skip
def test_a_doubtful_master_key_is_refused(change: dict[str, Any]) -> None:
    assert refused(key=change) == {"master_key_file"}


@pytest.mark.parametrize(
    "change, name",
    [
        ({"effective_user": 0}, "user"),
        ({"optimised": True}, "python"),
        ({"python": (3, 10)}, "python"),
        ({"openssl": (1, 1)}, "openssl"),
        ({"data_mode": 0o755}, "data"),
    ],
)
def test_a_doubtful_process_is_refused(change: dict[str, Any], name: str) -> None:
    assert refused(environment=change) == {name}


def test_sqlite_needs_a_local_disk_and_full_durability() -> None:
    sqlite = {"database": None, "durability": "normal"}
    assert refused(sqlite, {"data_file_system": "nfs4"}) == {"data", "durability"}
    assert refused({"database": None}, {"data_file_system": "ext4"}) == set()


def test_a_password_on_the_command_line_is_refused() -> None:
    seen = {"database": Secret("postgresql://u:p@h/d")}
    assert refused(seen, {"sources": {"database": "flag"}}) == {"database"}
    assert refused(seen, {"sources": {"database": "file"}}) == set()
    assert refused(None, {"sources": {"database": "flag"}}) == set()


@pytest.mark.parametrize(
    "change, name",
    [
        ({"master_key_fits": False}, "master_key_file"),
        ({"clock_drift_ms": -61_000}, "database (us-east-1)"),
        ({"tls": False}, "database (us-east-1)"),
        ({"superuser": True}, "database (us-east-1)"),
        ({"fsync": False}, "database (us-east-1)"),
        ({"full_page_writes": False}, "database (us-east-1)"),
        ({"schema_version": 4}, "database (us-east-1)"),
        ({"schema_version": 1}, "database (us-east-1)"),
        ({"weak_signing_keys": 1}, "database (us-east-1)"),
        ({"unfinished": "a key rotation"}, "database (us-east-1)"),
        ({"pools_need_sms": True}, "sms"),
    ],
)
def test_a_doubtful_database_is_refused(change: dict[str, Any], name: str) -> None:
    assert refused(facts=change) == {name}


@pytest.mark.parametrize("schema_version", [0, 2, 3])
def test_an_empty_or_slightly_older_database_is_brought_up(schema_version: int) -> None:
    assert refused(facts={"schema_version": schema_version}) == set()


def test_facts_about_this_machine(tmp_path: Path) -> None:
    key = tmp_path / "master.key"
    key.write_text("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
    key.chmod(0o600)
    link = tmp_path / "link.key"
    link.symlink_to(key)
    facts = environment_facts(Loaded(Settings(data=tmp_path, master_key_file=link), {}))
    assert facts.key_file == KeyFileFacts(
        exists=True, is_symlink=True, mode=0o600, owned_by_us=True, well_formed=True,
        distinct_bytes=32,
    )  # fmt: skip
    assert facts.data_file_system
    missing = Settings(data=tmp_path / "none", master_key_file=tmp_path / "none.key")
    facts = environment_facts(Loaded(missing, {}))
    assert (facts.key_file, facts.data_mode) == (KeyFileFacts(), None)
