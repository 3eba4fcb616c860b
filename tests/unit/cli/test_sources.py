"""Settings: sources, their order, and what is refused with which advice."""

import re
from pathlib import Path

import pytest

from poolkeep.base.hosts import is_loopback
from poolkeep.base.secret import Secret
from poolkeep.cli.sources import Loaded, SettingsError, load
from poolkeep.settings import (
    QUOTA_PER_S,
    Settings,
    leaves,
    redacted_url,
)
from poolkeep.transport_settings import HttpGateway, Inbox, Nowhere, Smtp, SnsEndpoint


def loaded(
    environ: dict[str, str] | None = None, toml: Path | None = None, **flags: object
) -> Loaded:
    return load(toml, environ or {}, flags=flags)


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    path = tmp_path / "poolkeep.toml"
    path.write_text(
        'port = 1001\naccount = "000000000001"\nworkers = 2\n'
        "[http]\nbody_bytes_max = 5\n[throttle.per_s]\nUserRead = 7\n"
    )
    return path


def test_every_setting_has_a_doc_and_a_variable_of_its_own() -> None:
    found = list(leaves())
    assert len(found) > 50
    assert all(leaf.doc.endswith((".", "`")) for leaf in found)
    assert len({leaf.environment for leaf in found}) == len(found)


def test_defaults_work_on_a_laptop() -> None:
    settings = loaded().settings
    assert (settings.mode, settings.host, settings.port) == ("local", "127.0.0.1", 9229)
    assert list(settings.region_databases) == ["us-east-1"]
    assert settings.base_url == "http://127.0.0.1:9229"
    assert settings.key_file.parent == settings.credentials_file.parent == settings.data_dir


def test_flags_win_over_the_environment_and_that_over_the_file(toml: Path) -> None:
    result = loaded({"POOLKEEP_PORT": "1002", "POOLKEEP_WORKERS": "3"}, toml, port=1003, host=None)
    assert (result.settings.port, result.settings.workers) == (1003, 3)
    assert result.settings.http.body_bytes_max == 5
    assert result.settings.throttle.quota_per_s("UserRead") == 7
    assert result.settings.throttle.quota_per_s("UserList") == QUOTA_PER_S["UserList"]
    assert result.sources["port"] == "flag"
    assert result.sources["workers"] == "environment"
    assert result.sources["account"] == "file"
    assert "host" not in result.sources


def test_the_environment_can_name_the_file_and_say_everything(toml: Path) -> None:
    settings = loaded(
        {
            "POOLKEEP_CONFIG": str(toml),
            "POOLKEEP_TIERS_ENFORCED": "true",
            "POOLKEEP_REGIONS": "eu-west-1=sqlite:///a.db, us-east-1",
            "POOLKEEP_TRUSTED_PROXIES": "10.0.0.0/8,192.0.2.1",
            "POOLKEEP_HTTP_HEADER_S": "2.5",
            "POOLKEEP_ISSUER": "",
            "OTHER_VARIABLE": "ignored",
        }
    ).settings
    assert settings.account == "000000000001"
    assert settings.tiers_enforced is True
    assert settings.default_region == "eu-west-1"
    assert settings.region_databases["us-east-1"].reveal().endswith("/us-east-1.db")
    assert settings.trusted_proxies == ("10.0.0.0/8", "192.0.2.1")
    assert (settings.http.header_s, settings.issuer) == (2.5, None)


@pytest.mark.parametrize(
    "text, advice",
    [
        ("prot = 1", "unknown setting prot. Did you mean port?"),
        ("[http]\nbody_bytes = 1", "Did you mean http.body_bytes_max?"),
        ("[htpt]\nx = 1", "unknown setting htpt."),
        ("port = 1.5", "port (POOLKEEP_PORT): "),
        ("port = 70000", "port (POOLKEEP_PORT): "),
        ("workers = 0", "workers (POOLKEEP_WORKERS): "),
        ('account = "12"', "account (POOLKEEP_ACCOUNT): "),
        ('mode = "test"', "mode (POOLKEEP_MODE): "),
        ("[throttle.per_s]\nUserReads = 3", "unknown category UserReads. Did you mean UserRead?"),
        ("port =", "Correct the TOML."),
        ('issuer = "id.example.org"', "issuer: is not an http or https URL."),
        ('mail = "smpt://x"', "mail: is no address of a transport;"),
        ('sms = "sns+https://sns.example"', "sms: is no address of a transport;"),
        ('database = "mysql://h/x"', "database: of us-east-1 is on mysql"),
        ('trusted_proxies = ["10.0.0.0/99"]', "trusted_proxies: '10.0.0.0/99' is no network."),
        ('[regions]\nmars = ""', "regions: 'mars' is not a region name."),
        ('database = "x"\n[regions]\n"eu-west-1" = ""', "database: given together with regions."),
        ('[regions]\n"eu-west-1" = "x"\n"eu-west-2" = "x"', "share one database."),
        ("port = 9\nadmin_port = 9", "admin_port: is the same as port."),
        ('[tls]\ncertificate_file = "x"', "tls: certificate_file and key_file belong together."),
        ('mode = "dev"\nhost = "0.0.0.0"', "host: --dev takes any signature"),
        ('mode = "dev"\nadmin_host = "10.0.0.1"', "admin_host: --dev takes any signature"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused_with_advice(tmp_path: Path, text: str, advice: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=re.escape(advice)):
        loaded(None, path)


def test_an_unknown_variable_is_refused() -> None:
    with pytest.raises(SettingsError, match="Did you mean POOLKEEP_WORKERS"):
        loaded({"POOLKEEP_WORKRES": "3"})


def test_a_missing_file_is_refused() -> None:
    with pytest.raises(SettingsError, match="Give a readable TOML file"):
        loaded(None, Path("/nowhere/at.toml"))


@pytest.mark.parametrize(
    "settings, mode",
    [
        ({"host": "127.0.0.2"}, "local"), ({"host": "::1"}, "local"),
        ({"host": "localhost"}, "local"),
        ({"host": "0.0.0.0"}, "production"), ({"host": "::"}, "production"),
        ({"host": "id.example.org"}, "production"), ({"mode": "production"}, "production"),
        ({"admin_port": 1, "admin_host": "10.0.0.1"}, "production"), ({"mode": "dev"}, "dev"),
    ],
)  # fmt: skip
def test_another_bind_than_loopback_means_production(
    settings: dict[str, object], mode: str
) -> None:
    assert loaded(None, None, **settings).settings.mode == mode


def test_development_keeps_its_data_apart() -> None:
    local, dev = loaded().settings, loaded(None, None, mode="dev").settings
    assert dev.data_dir == local.data_dir / "dev"


def test_transports_are_taken_apart() -> None:
    mail = Settings(mail=Secret("smtp://us%40er:p%3Aw@mail.example:2525")).mail_transport
    assert isinstance(mail, Smtp)
    assert (mail.host, mail.port, mail.security) == ("mail.example", 2525, "starttls")
    assert mail.username == "us@er"
    assert mail.password is not None
    assert mail.password.reveal() == "p:w"
    assert Settings(mail=Secret("smtps://m")).mail_transport == Smtp(
        host="m", port=465, security="tls", username=None, password=None
    )
    sms = Settings(sms=Secret("https://u:p@gateway.example/send?x=1")).sms_transport
    assert isinstance(sms, HttpGateway)
    assert (sms.url, sms.username) == ("https://gateway.example/send?x=1", "u")
    sns = Settings(sms=Secret("sns+https://AK:SK@sns.example/?region=eu-west-1")).sms_transport
    assert isinstance(sns, SnsEndpoint)
    assert (sns.url, sns.region, sns.access_key) == ("https://sns.example/", "eu-west-1", "AK")
    assert isinstance(Settings().mail_transport, Inbox)
    assert isinstance(Settings(sms=Secret("none")).sms_transport, Nowhere)


@pytest.mark.parametrize(
    "url, shown",
    [
        ("postgresql://u:p@h/d", "postgresql://u:***@h/d"),
        ("postgresql://u:p@ss@h/d", "postgresql://u:***@h/d"),
        ("postgresql://u@h/d?password=p&x=1", "postgresql://u@h/d?password=***&x=1"),
        ("sqlite:///x.db", "sqlite:///x.db"),
    ],
)
def test_passwords_in_urls_are_hidden(url: str, shown: str) -> None:
    assert redacted_url(url) == shown


@pytest.mark.parametrize(
    "host, expected",
    [("127.9.9.9", True), ("[::1]", True), ("a.localhost", True), ("0.0.0.0", False),
     ("localhost.example", False), ("10.0.0.1", False), ("", False)],
)  # fmt: skip
def test_loopback_is_recognised(host: str, *, expected: bool) -> None:
    assert is_loopback(host) is expected
