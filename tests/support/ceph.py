"""A Ceph of our own: one monitor, one disk in memory, and a gateway with S3, IAM and STS.

All of it is on loopback ports and in a folder of its own, knows nothing of the machine's
configuration, and holds no more than a test puts in. There is no manager: it counts and balances,
which nothing here needs.
"""

import contextlib
import http.client
import os
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config

from tests.sdk.support import REGION
from tests.support import processes
from tests.support.exclusions import skip_if_excluded
from tools import machine

START_S: Final = 90.0
DISK_BYTES: Final = 512 * 1024 * 1024
TENANT: Final = "210987654321"
"""Where AWS has an account, the gateway has a tenant; roles of groups must have one of digits."""
KEY: Final = "gateway-administrator"
SECRET: Final = "of-the-tests-only"
CONFIG: Final = """\
[global]
fsid = {fsid}
mon_host = v2:127.0.0.1:{monitor}
public_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
mon_data = {folder}/mon
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
osd_data = {folder}/osd
osd_objectstore = memstore
memstore_device_bytes = {disk}
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
rgw_data = {folder}/rgw
rgw_frontends = beast endpoint=127.0.0.1:{gateway}
rgw_thread_pool_size = 16
rgw_sts_key = sixteen-of-tests
rgw_s3_auth_use_sts = true
keyring = {folder}/keyring
run_dir = {folder}
crash_dir = {folder}
pid_file =
admin_socket = {folder}/$name.$pid.asok
log_file = {folder}/$name.log
"""
"""Authentication `none` is spoken without encryption alone, which a gateway does not offer unasked
(`ms_mon_client_mode`)."""


def programs() -> Path:
    """Return the folder of Ceph's programs; skip when excluded by name, fail when missing."""
    skip_if_excluded("ceph")
    found = machine.ceph_programs()
    if found is None:
        pytest.fail("Ceph's gateway is missing; run: python3 tools/setup.py test")
    return found


class Ceph:
    """A running cluster."""

    def __init__(self, folder: Path, port: int) -> None:
        """Know its folder and the port of its gateway."""
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self._port = port

    def client(self, name: str, key: str = KEY, secret: str = SECRET, token: str = "") -> Any:
        """Return a client of the gateway, of its administrator unless told otherwise."""
        return boto3.Session(key, secret, token or None, region_name=REGION).client(
            name,
            endpoint_url=self.url,
            config=Config(
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def log(self) -> str:
        """Return the end of what its processes said."""
        return "\n".join(
            f"{path.name}:\n{path.read_text(errors='replace')[-2_000:]}"
            for path in sorted(self.folder.glob("*.log"))
        )

    def answers(self) -> bool:
        """Tell whether the gateway is there."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        with (
            contextlib.suppress(OSError, http.client.HTTPException),
            contextlib.closing(connection),
        ):
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        return False


@contextlib.contextmanager
def running(proxy: str) -> Iterator[Ceph]:
    """Run a cluster whose gateway asks everything of the web through a proxy."""
    binaries = programs()
    with (
        tempfile.TemporaryDirectory(prefix="ceph-", ignore_cleanup_errors=True) as name,
        contextlib.ExitStack() as stack,
    ):
        folder = Path(name)
        port = processes.free_port()
        cluster = _Cluster(binaries, folder, proxy)
        cluster.configure(port)
        ceph = Ceph(folder, port)
        for process in cluster.started(stack):
            _wait_unless_ended(ceph, process)
        _wait(ceph)
        cluster.run(
            *("radosgw-admin", "-n", "client.rgw", "user", "create", "--uid=administrator"),
            f"--tenant={TENANT}",
            *("--display-name=administrator", f"--access-key={KEY}", f"--secret-key={SECRET}"),
            "--caps=roles=*;oidc-provider=*",
        )
        yield ceph


class _Cluster:
    """The programs, told where everything is."""

    def __init__(self, binaries: Path, folder: Path, proxy: str) -> None:
        self._binaries = binaries
        self._folder = folder
        self._fsid = str(uuid.uuid4())
        self._monitor = processes.free_port()
        self._environment = {
            **os.environ,
            "CEPH_CONF": str(folder / "ceph.conf"),
            "http_proxy": proxy,
        }

    def configure(self, gateway: int) -> None:
        for place in ("mon", "osd", "rgw"):
            (self._folder / place).mkdir()
        (self._folder / "keyring").touch()
        text = CONFIG.format(
            folder=self._folder, fsid=self._fsid, monitor=self._monitor, gateway=gateway,
            disk=DISK_BYTES,
        )  # fmt: skip
        (self._folder / "ceph.conf").write_text(text)

    def run(self, program: str, *arguments: str) -> None:
        """Run one program to its end."""
        done = subprocess.run(
            [str(self._binaries / program), *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, env=self._environment, cwd=self._folder,
            timeout=START_S, check=False,
        )  # fmt: skip
        if done.returncode:
            said = (done.stdout + done.stderr).decode(errors="replace")
            pytest.fail(f"{program} {' '.join(arguments)}:\n{said[-3_000:]}")

    def started(self, stack: contextlib.ExitStack) -> Iterator[subprocess.Popen[bytes]]:
        """Start one after the other; whoever holds the stack ends them."""
        address = f"v2:127.0.0.1:{self._monitor}"
        self.run("monmaptool", "--create", "--fsid", self._fsid, "--addv", "a", address, "monmap")
        self.run("ceph-mon", "-i", "a", "--mkfs", "--monmap", "monmap")
        yield self._start(stack, "ceph-mon", "-i", "a", "-f")
        disk = str(uuid.uuid4())
        self.run("ceph", "osd", "new", disk)
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk)
        yield self._start(stack, "ceph-osd", "-i", "0", "-f")
        yield self._start(stack, "radosgw", "-n", "client.rgw", "-f")

    def _start(
        self, stack: contextlib.ExitStack, program: str, *arguments: str
    ) -> subprocess.Popen[bytes]:
        log = stack.enter_context((self._folder / f"{program}.out.log").open("wb"))
        process = subprocess.Popen(
            [
                *processes.as_user(None, dies_with_us=signal.SIGKILL),
                *(str(self._binaries / program), *arguments),
            ],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment,
            cwd=self._folder,
        )  # fmt: skip
        # What they hold is in memory, and a gateway takes its time to say goodbye.
        stack.callback(processes.stop, process, first=signal.SIGKILL)
        return process


def _wait_unless_ended(ceph: Ceph, process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=0.1)
        pytest.fail(f"Ceph did not start:\n{ceph.log()}")


def _wait(ceph: Ceph) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if ceph.answers():
            return
        time.sleep(0.1)
    pytest.fail(f"Ceph did not start:\n{ceph.log()}")
