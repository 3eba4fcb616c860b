"""An Apache of our own, whose mod_auth_openidc lets nobody in whom the pool does not vouch for.

It runs in the foreground under a configuration that knows nothing of the machine's, on a loopback
port; as root it runs as a user without rights.
"""

import contextlib
import http.client
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.relying.registration import Registration
from tests.support import processes
from tests.support.exclusions import skip_if_excluded
from tools import machine

USER: Final = "www-data"
START_S: Final = 20.0
PASSPHRASE: Final = "a passphrase of the tests"
MODULES: Final = (
    "mpm_event", "authn_core", "authz_core", "authz_user", "headers", "auth_openidc",
)  # fmt: skip
CONFIG: Final = """\
ServerName localhost
ServerRoot {folder}
PidFile {folder}/pid
DefaultRuntimeDir {folder}
ErrorLog {folder}/error.log
LogLevel warn auth_openidc:info
Listen 127.0.0.1:{port}
DocumentRoot {folder}/site
StartServers 1
ThreadsPerChild 8
MaxRequestWorkers 8
ServerLimit 1
{modules}

OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client}
OIDCClientSecret {secret}
OIDCProviderTokenEndpointAuth {authentication}
OIDCRedirectURI http://localhost:{port}/site/callback
OIDCDefaultLoggedOutURL http://localhost:{port}/out.txt
OIDCCryptoPassphrase "{passphrase}"
OIDCScope "openid email profile"
OIDCPKCEMethod S256
OIDCRemoteUserClaim email
OIDCCABundlePath {folder}/authority.pem
OIDCCacheType file
OIDCCacheDir {folder}/cache

<Location /site>
    AuthType openid-connect
    Require valid-user
    Header always set X-Remote-User "expr=%{{REMOTE_USER}}"
    Header always set X-Name "expr=%{{req:OIDC_CLAIM_name}}"
</Location>
<Location /others>
    AuthType openid-connect
    Require claim email:somebody-else@example.com
</Location>
{api}
"""
API: Final = """\
OIDCOAuthIntrospectionEndpoint {introspection}
OIDCOAuthClientID {client}
OIDCOAuthClientSecret {secret}
OIDCOAuthRemoteUserClaim username
<Location /api>
    AuthType oauth20
    Require valid-user
    Header always set X-Remote-User "expr=%{{REMOTE_USER}}"
</Location>
"""


def program() -> Path:
    """Return Apache; skip when excluded by name, fail when missing."""
    skip_if_excluded("apache")
    found = machine.apache_program()
    if found is None:
        pytest.fail("Apache or mod_auth_openidc is missing; run: python3 tools/setup.py test")
    return found


class Apache:
    """A running Apache."""

    def __init__(self, folder: Path, port: int) -> None:
        """Know its folder and its port."""
        self.folder = folder
        self.origin = f"http://localhost:{port}"
        self._port = port

    def log(self) -> str:
        """Return what it has complained about."""
        path = self.folder / "error.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def answers(self) -> bool:
        """Tell whether it is there."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        with (
            contextlib.suppress(OSError, http.client.HTTPException),
            contextlib.closing(connection),
        ):
            connection.request("GET", "/out.txt")
            return connection.getresponse().status == 200
        return False


@contextlib.contextmanager
def guarding(
    party: Registration,
    port: int,
    authority: Path,
    *,
    authentication: str = "client_secret_basic",
    introspection: str = "",
) -> Iterator[Apache]:
    """Run an Apache that is this relying party, on this port."""
    binary = program()
    with tempfile.TemporaryDirectory(prefix="apache-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for place in ("site/site", "site/others", "site/api", "cache"):
            (folder / place).mkdir(parents=True)
        (folder / "site" / "site" / "index.txt").write_text("let in")
        (folder / "site" / "others" / "index.txt").write_text("for somebody else")
        (folder / "site" / "api" / "index.txt").write_text("answered")
        (folder / "site" / "out.txt").write_text("signed out")
        shutil.copy(authority, folder / "authority.pem")
        known = {
            "folder": folder,
            "port": port,
            "issuer": party.issuer,
            "client": party.app.client_id,
            "secret": party.app.secret,
            "authentication": authentication,
            "passphrase": PASSPHRASE,
            "introspection": introspection,
            "modules": "\n".join(
                f"LoadModule {module}_module {machine.APACHE_MODULES}/mod_{module}.so"
                for module in MODULES
            ),
        }
        api = API.format(**known) if introspection else ""
        (folder / "apache.conf").write_text(CONFIG.format(**known, api=api))
        _give(folder)
        process = subprocess.Popen(
            [
                *processes.as_user(USER, dies_with_us=signal.SIGTERM),
                str(binary), "-D", "FOREGROUND", "-f", str(folder / "apache.conf"),
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        apache = Apache(folder, port)
        try:
            _wait(apache, process)
            yield apache
        finally:
            processes.stop(process)
            assert process.stdout is not None
            process.stdout.close()


def _give(folder: Path) -> None:
    """Let the user without rights have the folder."""
    if os.geteuid() != 0:
        return
    account = pwd.getpwnam(USER)
    for path in [folder, *folder.rglob("*")]:
        shutil.chown(path, account.pw_uid, account.pw_gid)


def _wait(apache: Apache, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        if apache.answers():
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.05)
    processes.stop(process)
    assert process.stdout is not None
    said = process.stdout.read().decode(errors="replace")
    pytest.fail(f"Apache did not start:\n{said}\n{apache.log()[-3000:]}")
