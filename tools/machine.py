"""Find the programs of the machine that tests need. Standard library only."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NODE_OLDEST = 20
POSTGRES_OLDEST = 12
APACHE_MODULES = Path("/usr/lib/apache2/modules")
POSTGRES_USER = "poolkeep-pg"  # PostgreSQL refuses to run as root


def postgres_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL with initdb and postgres, or None."""
    found: list[tuple[int, Path]] = []
    for folder in Path("/usr/lib/postgresql").glob("*/bin"):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            version = re.match(r"\d+", folder.parent.name)
            found.append((int(version.group()) if version else 0, folder))
    on_path = shutil.which("initdb")
    if on_path and (Path(on_path).parent / "postgres").exists():
        found.append((_version_of(on_path), Path(on_path).parent))
    good = [entry for entry in found if entry[0] >= POSTGRES_OLDEST]
    return max(good)[1] if good else None


def node_program() -> Path | None:
    """Return a Node that is new enough: the machine's, or the one in `.tools`; or None."""
    ours = (ROOT / ".tools" / "node" / "node_modules").glob("node-linux-*/bin/node")
    for candidate in [shutil.which("node"), *map(str, ours)]:
        if candidate and _version_of(candidate) >= NODE_OLDEST:
            return Path(candidate)
    return None


def browser_program() -> Path | None:
    """Return a Chromium, or None."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return Path(found)
    return None


def apache_program() -> Path | None:
    """Return an Apache that has mod_auth_openidc, or None."""
    for name in ("/usr/sbin/apache2", "/usr/sbin/httpd"):
        if Path(name).exists() and (APACHE_MODULES / "mod_auth_openidc.so").exists():
            return Path(name)
    return None


def nginx_program() -> Path | None:
    """Return an nginx: the machine's, or the one in `.tools`; or None."""
    for place in (Path("/usr/sbin/nginx"), ROOT / ".tools" / "nginx" / "usr" / "sbin" / "nginx"):
        if place.exists():
            return place
    return None


def ceph_programs() -> Path | None:
    """Return the folder with Ceph's daemons and its gateway, or None."""
    place = Path("/usr/bin")
    needed = ("ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
    return place if all((place / name).exists() for name in needed) else None


def _version_of(program: str) -> int:
    """Return the major version that a program tells of itself; 0 when it does not run."""
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    number = re.search(r"(\d+)", told.stdout)
    return int(number.group(1)) if number else 0
