"""Read the settings: TOML file, then environment, then flags; the later one wins.

An unknown key is an error that names the nearest known one, because a misspelt security setting
that is silently ignored is worse than a server that does not start.
"""

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from poolkeep.base.hosts import is_loopback
from poolkeep.base.secret import Secret
from poolkeep.settings import ENVIRONMENT_PREFIX, QUOTA_PER_S, Leaf, Settings, leaves

Source = Literal["default", "file", "environment", "flag"]

CONFIG_VARIABLE: Final = "POOLKEEP_CONFIG"
FILE_BYTES_MAX: Final = 1_048_576
_AT: Final = re.compile(r"^(?P<what>.*?)(?: - at `(?P<where>[^`]*)`)?$", re.DOTALL)
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]{1,2}")


class SettingsError(Exception):
    """What is wrong with the settings, one line a fault, each saying what to do."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class Loaded(msgspec.Struct, frozen=True):
    """The settings, and where each that is not a default came from (by dotted name)."""

    settings: Settings
    sources: dict[str, Source]


def load(config: Path | None, environ: Mapping[str, str], *, flags: Mapping[str, object]) -> Loaded:
    """Return the effective settings. Raises SettingsError.

    `flags` maps dotted names to values; None means "not given".
    """
    known = {leaf.name: leaf for leaf in leaves()}
    values: dict[str, object] = {}
    sources: dict[str, Source] = {}
    config = config or (Path(environ[CONFIG_VARIABLE]) if environ.get(CONFIG_VARIABLE) else None)
    layers: list[tuple[Source, dict[str, object]]] = [
        ("file", _from_file(config, known) if config else {}),
        ("environment", _from_environment(environ, known)),
        ("flag", {name: value for name, value in flags.items() if value is not None}),
    ]
    for source, layer in layers:
        values |= layer
        sources |= dict.fromkeys(layer, source)
    return Loaded(_settled(_convert(values, known), sources), sources)


def _from_file(path: Path, known: Mapping[str, Leaf]) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            text = file.read(FILE_BYTES_MAX).decode()
        tree = tomllib.loads(text)
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise SettingsError(f"--config {path}: {reason}. Give a readable TOML file.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"--config {path}: not UTF-8. Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"--config {path}: {error}. Correct the TOML.") from error
    values: dict[str, object] = {}
    faults: list[str] = []
    _flatten(tree, "", known=known, values=values, faults=faults)
    if faults:
        raise SettingsError(*(f"{path}: {fault}" for fault in faults))
    return values


def _flatten(
    tree: Mapping[str, object],
    prefix: str,
    *,
    known: Mapping[str, Leaf],
    values: dict[str, object],
    faults: list[str],
) -> None:
    sections = {name.rpartition(".")[0] for name in known}
    for key, value in tree.items():
        name = prefix + key
        if name in known:
            values[name] = value
        elif name in sections and isinstance(value, dict):
            _flatten(value, f"{name}.", known=known, values=values, faults=faults)
        else:
            faults.append(_unknown(name, known))


def _from_environment(environ: Mapping[str, str], known: Mapping[str, Leaf]) -> dict[str, object]:
    by_variable = {leaf.environment: leaf for leaf in known.values()}
    values: dict[str, object] = {}
    faults: list[str] = []
    for variable, text in environ.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable == CONFIG_VARIABLE:
            continue
        leaf = by_variable.get(variable)
        if leaf is None:
            faults.append(_unknown(variable, by_variable))
            continue
        try:
            values[leaf.name] = _from_text(leaf, text)
        except ValueError as error:
            faults.append(f"{variable}: {error}")
    if faults:
        raise SettingsError(*faults)
    return values


def _from_text(leaf: Leaf, text: str) -> object:
    """Return lists and tables from their one-line form; everything else stays text."""
    if isinstance(leaf.default, tuple):
        return [part.strip() for part in text.split(",") if part.strip()]
    if isinstance(leaf.default, dict):
        return pairs(part.strip() for part in text.split(",") if part.strip())
    return None if text == "" and leaf.default is None else text


def pairs(parts: Iterable[str]) -> dict[str, object]:
    """Return `NAME=VALUE` texts as a dictionary; a bare NAME has an empty value."""
    result: dict[str, object] = {}
    for part in parts:
        name, _, value = part.partition("=")
        if name in result:
            raise ValueError(f"{name} is given twice. Give each name once.")
        result[name] = value
    return result


def _unknown(name: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    advice = f"Did you mean {near[0]}?" if near else "See `poolkeep doctor` for every setting."
    return f"unknown setting {name}. {advice}"


def _convert(values: Mapping[str, object], known: Mapping[str, Leaf]) -> Settings:
    tree: dict[str, Any] = {}
    for name, value in values.items():
        node = tree
        *sections, last = known[name].path
        for section in sections:
            node = node.setdefault(section, {})
        node[last] = value
    try:
        return msgspec.convert(tree, Settings, strict=False, dec_hook=_custom)
    except msgspec.ValidationError as error:
        match = _AT.match(str(error))
        where = (match["where"] or "$" if match else "$").removeprefix("$").lstrip(".")
        what = match["what"] if match else "is wrong"
        leaf = known.get(where) or known.get(re.sub(r"[\[.][^.]*$", "", where))
        variable = f" ({leaf.environment})" if leaf else ""
        doc = f" {leaf.doc}" if leaf else ""
        raise SettingsError(f"{where or 'settings'}{variable}: {what}.{doc}") from error


def _custom(kind: object, value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("Expected `str`")  # noqa: TRY004  msgspec names the place of a ValueError
    return Path(value) if kind is Path else Secret(value)


def _settled(settings: Settings, sources: dict[str, Source]) -> Settings:
    """Return `settings` with what follows from others made explicit, or refuse contradictions."""
    faults = list(_contradictions(settings, sources))
    if faults:
        raise SettingsError(*faults)
    mode = settings.mode
    hosts = [settings.host, *([] if settings.admin_port is None else [settings.admin_host])]
    if mode == "local" and not all(map(is_loopback, hosts)):
        mode = "production"
    return msgspec.structs.replace(
        settings, mode=mode, data=msgspec.structs.replace(settings, mode=mode).data_dir
    )


def _contradictions(settings: Settings, sources: Mapping[str, Source]) -> list[str]:
    faults: list[str] = []
    if settings.mode == "dev":
        faults += [
            f"{name}: --dev takes any signature, so it listens on this machine only, not on "
            f"{host}. Leave {name} at 127.0.0.1, or drop --dev."
            for name, host in (("host", settings.host), ("admin_host", settings.admin_host))
            if not is_loopback(host)
        ]
    if settings.regions and sources.get("database"):
        faults.append(
            "database: given together with regions. Give each region its database: "
            "--region NAME=DATABASE."
        )
    faults += [
        f"regions: {name!r} is not a region name. Use a form such as eu-west-1."
        for name in settings.regions
        if not _REGION.fullmatch(name)
    ]
    faults += [
        f"throttle.per_s: {_unknown(category, QUOTA_PER_S).replace('setting', 'category')}"
        for category in settings.throttle.per_s
        if category not in QUOTA_PER_S
    ]
    faults += [
        "throttle.provisioned_max_per_s: "
        f"{_unknown(category, QUOTA_PER_S).replace('setting', 'category')}"
        for category in settings.throttle.provisioned_max_per_s
        if category not in QUOTA_PER_S
    ]
    faults += _double_databases(settings)
    if settings.admin_port is not None and settings.admin_port == settings.port != 0:
        faults.append("admin_port: is the same as port. Choose another, or leave it out.")
    if (settings.tls.certificate_file is None) != (settings.tls.key_file is None):
        faults.append("tls: certificate_file and key_file belong together. Give both or neither.")
    if settings.tls.certificates and settings.tls.certificate_file is None:
        faults.append("tls.certificates: needs tls.certificate_file for all other names. Give it.")
    if settings.tls.development and settings.tls.certificate_file is not None:
        faults.append("tls.development: there is a certificate. Leave out one of them.")
    faults += settings.functions.faults
    faults += settings.identity_sts.faults(settings.identity_issuer)
    faults += _bad_urls(settings)
    faults += _bad_networks(settings)
    return faults


def _double_databases(settings: Settings) -> list[str]:
    seen: dict[str, str] = {}
    faults = []
    for name, database in settings.region_databases.items():
        first = seen.setdefault(database.reveal(), name)
        if first != name:
            faults.append(
                f"regions: {first} and {name} share one database. User data of a region never "
                "leaves it: give each region a database of its own."
            )
    return faults


def _bad_urls(settings: Settings) -> list[str]:
    faults = []
    for name, value in (("issuer", settings.issuer), ("public_url", settings.public_url)):
        if value is None or (name == "issuer" and value == "aws"):
            continue
        if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value):
            faults.append(
                f"{name}: is not an http or https URL. Use a form such as https://id.example.org."
            )
    for region, database in settings.region_databases.items():
        scheme, mark, _ = database.reveal().partition("://")
        if mark and scheme not in {"sqlite", "postgresql", "postgres"}:
            faults.append(
                f"database: of {region} is on {scheme}, which is not supported. "
                "Use sqlite:////path or postgresql://user:password@host/name."
            )
    for name in ("mail", "sms"):
        try:
            getattr(settings, f"{name}_transport")
        except ValueError as error:
            faults.append(f"{name}: is no address of a transport; {error}.")
    return faults


def _bad_networks(settings: Settings) -> list[str]:

    faults = []
    for name in ("trusted_proxies", "admin_sources"):
        for network in getattr(settings, name):
            try:
                if network != "*":
                    ipaddress.ip_network(network, strict=False)
            except ValueError:
                faults.append(f"{name}: {network!r} is no network. Use a form such as 10.0.0.0/8.")
    return faults
