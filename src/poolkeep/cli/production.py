"""What production refuses to start with, and what it only warns of.

The rules are pure: they judge settings and facts. Facts about this process and machine are
gathered by `environment_facts`; facts about the databases come from the administration.
Source: docs/operating, "Going to production".
"""

import base64
import binascii
import os
import ssl
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from poolkeep.base.hosts import is_loopback
from poolkeep.cli.ports import DatabaseFacts
from poolkeep.cli.sources import Loaded, Source
from poolkeep.function_settings import ANY, HttpTarget, LocalTarget
from poolkeep.settings import Settings
from poolkeep.transport_settings import Console, HttpGateway, Inbox, Smtp

CLOCK_DRIFT_MS_MAX: Final = 60_000
KEY_BYTES: Final = 32
KEY_DISTINCT_BYTES_MIN: Final = 12  # 32 random bytes have fewer once in 10^19 keys
NETWORK_FILE_SYSTEMS: Final = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre", "afs",
     "fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse.rclone")
)  # fmt: skip


class Refusal(msgspec.Struct, frozen=True):
    """One reason not to start."""

    setting: str
    why: str
    how_to_fix: str

    @property
    def line(self) -> str:
        """Return the reason as one line."""
        return f"{self.setting}: {self.why}. {self.how_to_fix}"


class KeyFileFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the master key file is."""

    exists: bool = False
    readable: bool = True
    is_symlink: bool = False
    mode: int = 0
    owned_by_us: bool = False
    well_formed: bool = False
    distinct_bytes: int = 0


class EnvironmentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What this process and machine are."""

    effective_user: int
    optimised: bool
    python: tuple[int, int]
    openssl: tuple[int, int]
    data_mode: int | None
    data_file_system: str
    key_file: KeyFileFacts
    sources: dict[str, Source]


def environment_facts(loaded: Loaded) -> EnvironmentFacts:
    """Look at this process and machine."""
    settings = loaded.settings
    data = settings.data_dir
    return EnvironmentFacts(
        effective_user=os.geteuid(),
        optimised=sys.flags.optimize > 0,
        python=sys.version_info[:2],
        openssl=ssl.OPENSSL_VERSION_INFO[:2],
        data_mode=stat.S_IMODE(data.stat().st_mode) if data.is_dir() else None,
        data_file_system=_file_system(data),
        key_file=_key_file(settings.key_file),
        sources=loaded.sources,
    )


def production_refusals(
    settings: Settings,
    environment: EnvironmentFacts,
    databases: Sequence[DatabaseFacts] = (),
) -> list[Refusal]:
    """Return every reason not to start, none when production may."""
    return [
        *_about_key(settings, environment.key_file),
        *_about_addresses(settings),
        *_about_signed_operations(settings),
        *_about_messages(settings, databases),
        *_about_process(settings, environment),
        *_about_secrets_in_sight(settings, environment),
        *_about_functions(settings),
        *_about_storage(settings, environment),
        *(refusal for facts in databases for refusal in _about_database(facts)),
    ]


def production_warnings(settings: Settings, databases: Sequence[DatabaseFacts] = ()) -> list[str]:
    """Return what is allowed but deserves a thought."""
    warnings = []
    if not settings.throttle.enabled:
        warnings.append("throttle.enabled: is off; any caller may use all capacity. Turn it on.")
    if any(facts.kind == "sqlite" for facts in databases):
        warnings.append("database: SQLite serves one machine; a second node needs PostgreSQL.")
    if settings.durability != "full":
        warnings.append("durability: a power cut may lose the last commits. Use full.")
    if settings.functions.user is None and any(
        isinstance(target, LocalTarget) for target in settings.functions.targets.values()
    ):
        warnings.append(
            "functions.user: local functions run as the server's user, and may read what it reads, "
            "the master key too. Name another user, or run them elsewhere."
        )
    return warnings


def _about_key(settings: Settings, key: KeyFileFacts) -> Iterator[Refusal]:
    name = "master_key_file"
    path = settings.key_file
    if settings.master_key_file is None or path.is_relative_to(settings.data_dir):
        yield Refusal(
            name,
            "the master key is in the data directory, so a backup would hold data and key together",
            "Keep it elsewhere, such as /etc/poolkeep/master.key.",
        )
    if not key.exists:
        yield Refusal(
            name,
            f"{path} does not exist, and production makes no key in silence",
            f"Make one: (umask 077; openssl rand -base64 32 > {path}).",
        )
        return
    if not key.readable:
        yield Refusal(
            name,
            f"{path} cannot be read by the server's user",
            "Let that user own it, with mode 0400, in a directory that it may enter.",
        )
        return
    if key.is_symlink:
        yield Refusal(name, f"{path} is a symbolic link", "Name the file itself.")
    if key.mode & 0o077:
        yield Refusal(name, f"{path} has mode {key.mode:04o}", f"Run chmod 0400 {path}.")
    if not key.owned_by_us:
        yield Refusal(name, f"{path} belongs to another user", "Let the server's user own it.")
    if not key.well_formed:
        yield Refusal(
            name,
            f"{path} does not hold 32 bytes as base64",
            f"Restore it from your backup, or for a new installation make one: "
            f"openssl rand -base64 32 > {path}.",
        )
    elif key.distinct_bytes < KEY_DISTINCT_BYTES_MIN:
        yield Refusal(
            name, f"the key in {path} is not random", "Make one: openssl rand -base64 32."
        )


def _about_addresses(settings: Settings) -> Iterator[Refusal]:
    public = settings.public_url
    if public is None or not _is_public_https(public):
        yield Refusal(
            "public_url",
            "is not an https URL that clients elsewhere can reach",
            "Set it, such as https://id.example.org.",
        )
    if settings.issuer not in {None, "aws"} and not _is_public_https(settings.issuer or ""):
        yield Refusal("issuer", "is not a public https URL", "Set an https URL, or leave it out.")
    if settings.tls.development:
        yield Refusal(
            "tls.development",
            "makes certificates that only this machine trusts",
            "Set tls.certificate_file and tls.key_file to your own.",
        )
    elif settings.tls.certificate_file is None and not settings.trusted_proxies:
        yield Refusal(
            "tls.certificate_file",
            "connections would be in the clear: there is neither a certificate nor a trusted proxy",
            "Set tls.certificate_file and tls.key_file, or name the proxy in trusted_proxies.",
        )
    if any(network in {"*", "0.0.0.0/0", "::/0"} for network in settings.trusted_proxies):
        yield Refusal(
            "trusted_proxies",
            "trusts everybody's X-Forwarded-For",
            "Name the proxy's own network, such as 10.0.3.0/24.",
        )
    if not settings.allowed_hosts or "*" in settings.allowed_hosts:
        yield Refusal(
            "allowed_hosts",
            "does not say which host names are ours",
            "List them, such as id.example.org.",
        )


def _about_signed_operations(settings: Settings) -> Iterator[Refusal]:
    if settings.admin_port is None and not settings.admin_sources:
        yield Refusal(
            "admin_port",
            "signed operations are open on the public port to every address",
            "Set admin_port, or list the networks that may call them in admin_sources.",
        )
    if (
        settings.admin_port is not None
        and not is_loopback(settings.admin_host)
        and not settings.admin_sources
    ):
        yield Refusal(
            "admin_sources",
            f"the admin port listens on {settings.admin_host} and takes every address",
            "List the networks that may call it, or set admin_host to 127.0.0.1.",
        )
    if any(network in {"*", "0.0.0.0/0", "::/0"} for network in settings.admin_sources):
        yield Refusal("admin_sources", "lets every address in", "Name your own networks.")


def _about_messages(settings: Settings, databases: Sequence[DatabaseFacts]) -> Iterator[Refusal]:
    mail, sms = settings.mail_transport, settings.sms_transport
    for name, transport in (("mail", mail), ("sms", sms)):
        if isinstance(transport, (Inbox, Console)):
            form = {"mail": "smtps://mail.example.org", "sms": "https://sms.example.org"}
            yield Refusal(
                name,
                "goes to a development transport",
                f'Set a real one, such as {form[name]}, or "none" if no pool needs it.',
            )
    if isinstance(mail, Smtp):
        if mail.security == "none":
            yield Refusal(
                "mail", "SMTP without TLS shows codes to the network", "Use smtp:// or smtps://."
            )
        if settings.mail_from.rpartition("@")[2] in {"", "localhost"}:
            yield Refusal(
                "mail_from", "is no sender that others accept", "Set an address of yours."
            )
    elif databases and any(facts.pools_need_email for facts in databases):
        yield Refusal(
            "mail", "is none, but a pool sends codes by e-mail", "Set an smtp:// address."
        )
    if isinstance(sms, HttpGateway) and sms.url.startswith("http://"):
        yield Refusal("sms", "the gateway is called without TLS", "Use an https:// address.")
    elif settings.sms.reveal() == "none" and any(facts.pools_need_sms for facts in databases):
        yield Refusal("sms", "is none, but a pool sends codes by SMS", "Set a gateway.")


def _about_functions(settings: Settings) -> Iterator[Refusal]:
    functions = settings.functions
    for name, target in functions.targets.items():
        if isinstance(target, LocalTarget):
            continue
        url = urlsplit(target.url)
        if url.scheme == "http" and not is_loopback(url.hostname or ""):
            yield Refusal("functions.map", f"{name} is called without TLS", "Use https://.")
        if isinstance(target, HttpTarget) and not {name, ANY} & functions.signing_keys.keys():
            yield Refusal(
                "functions.signing_keys",
                f"nothing proves to {name} that its events come from here",
                "Give it a key, or one for all as *.",
            )


def _about_process(settings: Settings, environment: EnvironmentFacts) -> Iterator[Refusal]:
    if settings.log_level == "debug":
        yield Refusal("log_level", "debug says more than a log should keep", "Use info.")
    if environment.effective_user == 0:
        yield Refusal("user", "the server runs as root", "Run it as a user of its own.")
    if environment.optimised:
        yield Refusal(
            "python", "runs with -O, which drops checks", "Leave -O and PYTHONOPTIMIZE out."
        )
    if environment.python < (3, 11):
        yield Refusal("python", "is too old", "Use Python 3.11 or newer.")
    if environment.openssl < (3, 0):
        yield Refusal("openssl", "is no longer maintained", "Use a Python built with OpenSSL 3.")


def _about_secrets_in_sight(settings: Settings, environment: EnvironmentFacts) -> Iterator[Refusal]:
    for name, urls in (
        ("database", [settings.database] if settings.database else []),
        ("regions", list(settings.regions.values())),
    ):
        if environment.sources.get(name) == "flag" and any(
            "password=" in url.reveal()
            or ":" in url.reveal().partition("://")[2].rpartition("@")[0]
            for url in urls
        ):
            yield Refusal(
                name,
                "a password on the command line is seen by every user of the machine",
                "Put it into the --config file or the environment.",
            )


def _about_storage(settings: Settings, environment: EnvironmentFacts) -> Iterator[Refusal]:
    if environment.data_mode is not None and environment.data_mode & 0o077:
        yield Refusal(
            "data",
            f"{settings.data_dir} has mode {environment.data_mode:04o}",
            f"Run chmod 0700 {settings.data_dir}.",
        )
    on_sqlite = any(
        not url.reveal().startswith(("postgresql://", "postgres://"))
        for url in settings.region_databases.values()
    )
    if on_sqlite and environment.data_file_system in NETWORK_FILE_SYSTEMS:
        yield Refusal(
            "data",
            f"SQLite on a network file system ({environment.data_file_system}) loses data",
            "Use a local disk, or PostgreSQL.",
        )
    if on_sqlite and settings.durability != "full":
        yield Refusal("durability", "SQLite would lose commits in a power cut", "Use full.")


def _about_database(facts: DatabaseFacts) -> Iterator[Refusal]:
    name = f"database ({facts.region})"
    if facts.master_key_fits is False:
        yield Refusal(
            "master_key_file",
            f"the key does not open the data of {facts.region}",
            "Give the key that this database was made with.",
        )
    if facts.clock_drift_ms is not None and abs(facts.clock_drift_ms) > CLOCK_DRIFT_MS_MAX:
        yield Refusal(
            name,
            f"its clock and ours are {abs(facts.clock_drift_ms) // 1000} s apart",
            "Let both machines keep time by NTP.",
        )
    if facts.tls is False:
        yield Refusal(name, "is reached without TLS", "Add sslmode=verify-full to its URL.")
    if facts.superuser:
        yield Refusal(name, "is used as superuser", "Make a role that owns only this database.")
    for setting in ("fsync", "full_page_writes"):
        if getattr(facts, setting) is False:
            yield Refusal(name, f"has {setting} off", f"Turn {setting} on in postgresql.conf.")
    if facts.schema_version > facts.code_schema_version:
        yield Refusal(
            name, "was written by a newer release", "Upgrade poolkeep, or restore a backup."
        )
    elif 0 < facts.schema_version < facts.code_schema_version - 1:
        yield Refusal(name, "is more than one release behind", "Run poolkeep migrate.")
    if facts.weak_signing_keys:
        yield Refusal(
            name, f"has {facts.weak_signing_keys} signing keys below 2048 bits", "Rotate them."
        )
    if facts.unfinished:
        yield Refusal(name, f"has unfinished work: {facts.unfinished}", "Finish or undo it.")


def _is_public_https(url: str) -> bool:
    host = url.removeprefix("https://").split("/")[0]
    return url.startswith("https://") and not is_loopback(host.rpartition(":")[0] or host)


def _key_file(path: Path) -> KeyFileFacts:
    try:
        status = path.lstat()
        target = path.stat()
        text = path.read_bytes()[:1024].strip()
    except PermissionError:
        return KeyFileFacts(exists=True, readable=False)
    except OSError:
        return KeyFileFacts()
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    return KeyFileFacts(
        exists=True,
        is_symlink=stat.S_ISLNK(status.st_mode),
        mode=stat.S_IMODE(target.st_mode),
        owned_by_us=target.st_uid == os.geteuid(),
        well_formed=len(key) == KEY_BYTES,
        distinct_bytes=len(set(key)),
    )


def _file_system(path: Path) -> str:
    """Return the type of the file system that holds (or would hold) `path`; empty if unknown."""
    try:
        lines = Path("/proc/self/mounts").read_text().splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    for line in lines:
        _, mount, found, *_ = line.split()
        place = mount.encode().decode("unicode_escape")
        if path.is_relative_to(place) and len(place) >= len(best):
            best, kind = place, found
    return kind
