"""What the measurements ran on, without the name of the machine."""

import os
import platform
import sqlite3
import sys
from pathlib import Path

import psycopg
from cryptography.hazmat.backends.openssl import backend

from poolkeep.crypto import modexp
from tests.support.postgres import Cluster


def description(cluster: Cluster | None) -> list[str]:
    """Return lines about processor, memory and software."""
    postgres = _postgres_version(cluster) if cluster else "not installed"
    uvloop = _version("uvloop")
    return [
        f"processor: {_processor()}, {os.cpu_count()} CPUs, {_memory_gb():.0f} GB",
        f"system: {platform.system()} {platform.release().partition('-')[0]}",
        f"Python {platform.python_version()} ({platform.python_compiler()}), uvloop {uvloop}",
        f"{backend.openssl_version_text()} (signatures), arithmetic tier {modexp.warm()}",
        f"SQLite {sqlite3.sqlite_version}, PostgreSQL {postgres}",
        f"optimised build of Python: {'yes' if _is_optimised() else 'no'}",
    ]


def load() -> float:
    """Return the load average of the last minute, ours included."""
    return os.getloadavg()[0]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _postgres_version(cluster: Cluster) -> str:
    with psycopg.connect(cluster.url()) as connection:
        number = connection.info.server_version
    return f"{number // 10_000}.{number % 10_000}"


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def _is_optimised() -> bool:
    import sysconfig  # noqa: PLC0415

    flags = sysconfig.get_config_var("CONFIG_ARGS") or ""
    return "--enable-optimizations" in flags and sys.version_info >= (3, 11)
