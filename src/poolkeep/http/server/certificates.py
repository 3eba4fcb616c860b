"""Which certificate a connection gets: by the name that it asks for (SNI).

Production brings files: one certificate for all, and others by name; a file that was replaced
counts from the next minute on, without a restart. Development has an authority of its own, made
once into the data directory, which signs for every name that is asked for.

    <data>/tls/authority.pem    its key and certificate, for this server alone
    <data>/tls/ca.pem           its certificate, for browsers and clients to trust
"""

import os
import re
import ssl
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.log import Log
from poolkeep.crypto.authority import LEAF_LIFE, LEAF_RENEWED, Authority, AuthorityUnusable, new_key
from poolkeep.http.server.ports import CannotStart
from poolkeep.settings import Settings

PRIVATE_MODE: Final = 0o600
PUBLIC_MODE: Final = 0o644
LOOKED_AT_MS: Final = 60_000
"""How long a certificate's file is taken to be unchanged."""
NAMES_MAX: Final = 256
ALWAYS: Final = ("localhost", "127.0.0.1", "::1")
UNREADABLE: Final = (
    "tls: the certificate or its key cannot be read. Give PEM files that belong together."
)

_KEPT_MS: Final = int((LEAF_LIFE - LEAF_RENEWED).total_seconds() * 1_000)
_NAME: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*", re.ASCII)

Choose = Callable[[str], ssl.SSLContext]


def tls_context(
    settings: Settings, *, clock: Clock, entropy: Entropy, log: Log
) -> ssl.SSLContext | None:
    """Return the context of connections, None for plain HTTP. Raises CannotStart."""
    tls = settings.tls
    if not tls.is_on:
        return None
    choose: Choose
    if tls.development:
        choose = Issued(settings, clock=clock, entropy=entropy).context
    else:
        choose = Files(settings, clock=clock, log=log).context
    first = choose("")

    def by_name(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        connection.context = choose((name or "").lower().rstrip("."))

    first.sni_callback = by_name
    return first


def ensure_authority(settings: Settings, *, clock: Clock, entropy: Entropy) -> Authority:
    """Return the development authority, made at the first start. Raises CannotStart."""
    secret = settings.data_dir / "tls" / "authority.pem"
    try:
        secret.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not secret.exists():
            _place(secret, Authority.made(entropy, clock.now_ms()).private, over=False)
        mode = secret.stat().st_mode & 0o777
        if mode & 0o077:
            raise CannotStart(
                f"tls.development: {secret} has mode {mode:04o}, so others may sign with it. "
                f"Run chmod 600 {secret}."
            )
        authority = Authority.read(secret.read_bytes())
        if authority.ends_soon(clock.now_ms()):
            authority = Authority.made(entropy, clock.now_ms())
            _place(secret, authority.private, over=True)
        public = settings.ca_file
        if not public.exists() or public.read_bytes() != authority.public:
            _place(public, authority.public, over=True, mode=PUBLIC_MODE)
    except AuthorityUnusable as error:
        raise CannotStart(
            f"tls.development: {secret} is unusable: {error}. Remove it, and another is made."
        ) from error
    except OSError as error:
        raise CannotStart(
            f"tls.development: {secret.parent} cannot be used ({error.strerror}). "
            "Choose another --data."
        ) from error
    return authority


class Issued:
    """Certificates of the development authority, by name."""

    def __init__(self, settings: Settings, *, clock: Clock, entropy: Entropy) -> None:
        self._authority = ensure_authority(settings, clock=clock, entropy=entropy)
        self._folder = settings.data_dir / "tls"
        self._minimum = settings.tls.minimum
        self._host = settings.host
        self._clock = clock
        self._entropy = entropy
        self._key = new_key()
        self._known: dict[str, tuple[int, ssl.SSLContext]] = {}

    def context(self, name: str) -> ssl.SSLContext:
        """Return the context of a name; the same one for whoever asks for none."""
        name = name if _NAME.fullmatch(name) else ""
        now_ms = self._clock.now_ms()
        known = self._known.get(name)
        if known is not None and 0 <= now_ms - known[0] < _KEPT_MS:
            return known[1]
        if len(self._known) >= NAMES_MAX:
            self._known.clear()
        names = [name] if name else list(dict.fromkeys([*ALWAYS, self._host]))
        made = self._made(names, now_ms)
        self._known[name] = (now_ms, made)
        return made

    def _made(self, names: list[str], now_ms: int) -> ssl.SSLContext:
        pem = self._authority.issue(names, self._key, entropy=self._entropy, now_ms=now_ms)
        # OpenSSL's binding reads certificates from files alone.
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".pem") as file:
            file.write(pem)
            file.flush()
            return _context(Path(file.name), None, self._minimum)


class _Kept(NamedTuple):
    context: ssl.SSLContext
    looked_ms: int
    stamp: tuple[int, ...]


class Files:
    """Certificates in files, by name."""

    def __init__(self, settings: Settings, *, clock: Clock, log: Log) -> None:
        tls = settings.tls
        self._clock = clock
        self._log = log
        self._minimum = tls.minimum
        self._paths = {name.lower(): paths for name, paths in tls.by_name.items()}
        if tls.certificate_file is not None:
            self._paths[""] = (tls.certificate_file, tls.key_file)
        self._kept: dict[str, _Kept] = {}
        for name, paths in self._paths.items():
            try:
                self._kept[name] = self._loaded(paths)
            except (OSError, ssl.SSLError) as error:
                where = f"tls.certificates: {name}" if name else "tls"
                raise CannotStart(UNREADABLE.replace("tls", where, 1)) from error

    def context(self, name: str) -> ssl.SSLContext:
        """Return the context of a name: its own, that of its siblings, or the one for all."""
        for called in (name, f"*.{name.partition('.')[2]}", ""):
            if called in self._kept:
                return self._fresh(called).context
        raise AssertionError  # there is always the one for all

    def _fresh(self, name: str) -> _Kept:
        """Return what is loaded, or what has replaced it on the disk."""
        kept = self._kept[name]
        now_ms = self._clock.now_ms()
        if 0 <= now_ms - kept.looked_ms < LOOKED_AT_MS:
            return kept
        fresh = kept._replace(looked_ms=now_ms)
        try:
            if self._stamp(self._paths[name]) != kept.stamp:
                fresh = self._loaded(self._paths[name])
        except (OSError, ssl.SSLError) as error:
            # Half replaced, perhaps: the old one does until the next look.
            self._log.warning("certificate_unreadable", name=name, why=type(error).__name__)
        if name == "" and fresh.context is not kept.context:
            fresh.context.sni_callback = kept.context.sni_callback
        self._kept[name] = fresh
        return fresh

    def _loaded(self, paths: tuple[Path, Path | None]) -> _Kept:
        stamp = self._stamp(paths)
        return _Kept(_context(*paths, self._minimum), self._clock.now_ms(), stamp)

    @staticmethod
    def _stamp(paths: tuple[Path, Path | None]) -> tuple[int, ...]:
        found = [path.stat() for path in paths if path is not None]
        return tuple(number for stat in found for number in (stat.st_mtime_ns, stat.st_ino))


def _context(certificate: Path, key: Path | None, minimum: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3 if minimum == "1.3" else ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(certificate, key)
    return context


def _place(path: Path, content: bytes, *, over: bool, mode: int = PRIVATE_MODE) -> None:
    """Write a file whole or not at all; one that is there stays unless it is to go `over`."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        fresh = Path(file.name)
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if over:
        fresh.replace(path)
        return
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass  # another start was first; its authority counts
    finally:
        fresh.unlink()
