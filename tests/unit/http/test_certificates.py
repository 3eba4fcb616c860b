"""Which certificate a connection gets."""

import ssl
from pathlib import Path
from typing import Final

import pytest

from poolkeep.base.clock import ManualClock, SystemClock
from poolkeep.base.entropy import SeededEntropy, SystemEntropy
from poolkeep.base.log import Log
from poolkeep.crypto.authority import Authority, new_key
from poolkeep.http.server.certificates import ensure_authority, tls_context
from poolkeep.http.server.ports import CannotStart
from poolkeep.settings import Settings, Tls
from tests.sdk.support import holds

DAY_MS: Final = 86_400_000


class Shop:
    """An authority, and the certificates that a test needs of it."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self.folder = folder
        self.clock = clock
        self.authority = Authority.made(SeededEntropy(), clock.now_ms())
        self.trusted = folder / "trusted.pem"
        self.trusted.write_bytes(self.authority.public)

    def certificate(self, file: str, *names: str) -> Path:
        """Write a file with key and certificate."""
        pem = self.authority.issue(
            names, new_key(), entropy=SystemEntropy(), now_ms=self.clock.now_ms()
        )
        path = self.folder / file
        path.write_bytes(pem)
        path.chmod(0o600)
        return path


def shown(server: ssl.SSLContext, trusted: Path, name: str) -> set[str]:
    """Shake hands in memory as a client for `name`; return the names in the certificate."""
    client = ssl.create_default_context(cafile=str(trusted))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    visitor = client.wrap_bio(to_client, to_server, server_hostname=name)
    host = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (visitor, host):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    certificate = visitor.getpeercert() or {}
    return {str(entry[1]) for entry in certificate.get("subjectAltName", ())}


def context_of(settings: Settings, clock: ManualClock | SystemClock) -> ssl.SSLContext:
    log = Log(clock, write=lambda _: None)
    made = tls_context(settings, clock=clock, entropy=SystemEntropy(), log=log)
    assert made is not None
    return made


def development(folder: Path) -> Settings:
    return Settings(mode="dev", data=folder, tls=Tls(development=True))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now_ms())


@pytest.fixture
def shop(tmp_path: Path, clock: ManualClock) -> Shop:
    return Shop(tmp_path, clock)


def test_without_tls_there_is_no_context() -> None:
    clock = ManualClock()
    log = Log(clock, write=lambda _: None)
    assert tls_context(Settings(), clock=clock, entropy=SeededEntropy(), log=log) is None


@holds("HOST-14")
@pytest.mark.parametrize(
    "name", ["localhost", "a.auth.localhost", "b.auth.eu-west-1.localhost", "login.example.org"]
)
def test_the_authority_signs_for_every_name(tmp_path: Path, clock: ManualClock, name: str) -> None:
    settings = development(tmp_path)
    context = context_of(settings, clock)
    assert shown(context, settings.ca_file, name) == {name}


@holds("HOST-14")
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_addresses_have_a_certificate_too(tmp_path: Path, clock: ManualClock, address: str) -> None:
    settings = development(tmp_path)
    names = shown(context_of(settings, clock), settings.ca_file, address)
    assert {"localhost", "127.0.0.1"} < names


@holds("HOST-14")
def test_another_start_keeps_the_authority_and_its_key_to_itself(tmp_path: Path) -> None:
    settings, clock, entropy = development(tmp_path), SystemClock(), SystemEntropy()
    first = ensure_authority(settings, clock=clock, entropy=entropy)
    secret = tmp_path / "tls" / "authority.pem"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE" not in settings.ca_file.read_bytes()
    settings.ca_file.unlink()
    assert ensure_authority(settings, clock=clock, entropy=entropy).public == first.public
    assert settings.ca_file.read_bytes() == first.public
    assert sorted(path.name for path in secret.parent.iterdir()) == ["authority.pem", "ca.pem"]


@holds("HOST-14")
@pytest.mark.parametrize("fault", ["mode", "content", "other key"])
def test_an_unsafe_or_broken_authority_keeps_the_server_from_starting(
    tmp_path: Path, fault: str
) -> None:
    settings, clock, entropy = development(tmp_path), SystemClock(), SystemEntropy()
    ensure_authority(settings, clock=clock, entropy=entropy)
    secret = tmp_path / "tls" / "authority.pem"
    other = Authority.made(entropy, clock.now_ms())
    if fault == "mode":
        secret.chmod(0o644)
    elif fault == "content":
        secret.write_bytes(b"nothing")
    else:
        key = secret.read_bytes().partition(b"-----BEGIN CERTIFICATE")[0]
        secret.write_bytes(key + other.public)
    with pytest.raises(CannotStart, match=r"tls\.development"):
        ensure_authority(settings, clock=clock, entropy=entropy)


@holds("HOST-14")
def test_an_authority_is_replaced_before_it_ends(tmp_path: Path, clock: ManualClock) -> None:
    settings, entropy = development(tmp_path), SystemEntropy()
    first = ensure_authority(settings, clock=clock, entropy=entropy)
    clock.advance(ms=3_580 * DAY_MS)
    assert ensure_authority(settings, clock=clock, entropy=entropy).public == first.public
    clock.advance(ms=20 * DAY_MS)
    second = ensure_authority(settings, clock=clock, entropy=entropy)
    assert second.public != first.public
    assert settings.ca_file.read_bytes() == second.public


@holds("HOST-14")
def test_certificates_are_renewed_before_they_end(tmp_path: Path) -> None:
    settings, entropy = development(tmp_path), SystemEntropy()
    # The handshake judges by the machine's time, so the first certificate is of the past.
    clock = ManualClock(SystemClock().now_ms() - 31 * DAY_MS)
    ensure_authority(settings, clock=clock, entropy=entropy)
    context = context_of(settings, clock)
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        shown(context, settings.ca_file, "a.localhost")
    clock.advance(ms=31 * DAY_MS)
    assert shown(context, settings.ca_file, "a.localhost") == {"a.localhost"}


@holds("HOST-14")
def test_an_authority_signs_for_servers_only(tmp_path: Path, clock: ManualClock) -> None:
    settings = development(tmp_path)
    context_of(settings, clock)
    strict = ssl.create_default_context(cafile=str(settings.ca_file))
    strict.verify_flags |= ssl.VerifyFlags.VERIFY_X509_STRICT
    (told,) = strict.get_ca_certs()
    assert "poolkeep development authority" in str(told["subject"])


@holds("HOST-14")
def test_certificates_come_by_name(shop: Shop) -> None:
    main = shop.certificate("main.pem", "id.example.org")
    named = {
        "login.example.net": str(shop.certificate("login.pem", "login.example.net")),
        "*.auth.example.org": str(shop.certificate("wild.pem", "*.auth.example.org")),
    }
    tls = Tls(certificate_file=main, key_file=main, certificates=named)
    context = context_of(Settings(tls=tls), shop.clock)
    assert shown(context, shop.trusted, "id.example.org") == {"id.example.org"}
    assert shown(context, shop.trusted, "LOGIN.example.net") == {"login.example.net"}
    assert shown(context, shop.trusted, "a.auth.example.org") == {"*.auth.example.org"}
    for nobody in ("b.example.net", "a.b.auth.example.org", "auth.example.org"):
        with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
            shown(context, shop.trusted, nobody)


@holds("HOST-14")
def test_a_replaced_file_counts_from_the_next_minute(shop: Shop) -> None:
    main = shop.certificate("main.pem", "id.example.org", "old.example.org")
    context = context_of(Settings(tls=Tls(certificate_file=main, key_file=main)), shop.clock)
    fresh = shop.certificate("fresh.pem", "id.example.org", "new.example.org")
    fresh.replace(main)
    assert "old.example.org" in shown(context, shop.trusted, "id.example.org")
    shop.clock.advance(s=61)
    assert "new.example.org" in shown(context, shop.trusted, "id.example.org")
    main.write_bytes(b"half of a fi")
    shop.clock.advance(s=61)
    assert "new.example.org" in shown(context, shop.trusted, "id.example.org")


@holds("HOST-14")
def test_a_file_that_cannot_be_read_keeps_the_server_from_starting(shop: Shop) -> None:
    main = shop.certificate("main.pem", "id.example.org")
    for tls in (
        Tls(certificate_file=shop.folder / "absent.pem"),
        Tls(certificate_file=main, certificates={"a.example.org": "/absent.pem"}),
        Tls(certificate_file=shop.trusted),
    ):
        with pytest.raises(CannotStart, match=r"^tls"):
            context_of(Settings(tls=tls), shop.clock)


@pytest.mark.parametrize("minimum, spoken", [("1.2", "TLSv1.2"), ("1.3", None)])
def test_the_oldest_version_is_a_setting(shop: Shop, minimum: str, spoken: str | None) -> None:
    main = shop.certificate("main.pem", "id.example.org")
    tls = Tls(certificate_file=main, minimum=minimum)  # type: ignore[arg-type]  # parametrized
    context = context_of(Settings(tls=tls), shop.clock)
    client = ssl.create_default_context(cafile=str(shop.trusted))
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    visitor = client.wrap_bio(to_client, to_server, server_hostname="id.example.org")
    host = context.wrap_bio(to_server, to_client, server_side=True)
    failed = False
    for _ in range(4):
        for side in (visitor, host):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError:
                failed = True
    assert (None if failed else visitor.version()) == spoken
