"""Every setting, typed, with a default that works on a laptop.

One tree of frozen structs. Each struct carries `DOCS`: one sentence per field, with its unit;
the reference page is generated from them, and `poolkeep doctor` prints the effective values.
Where values come from (a TOML file, the environment, flags) is `poolkeep.cli.sources`.
This module decides nothing at run time; it only names, types, bounds and reads values.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, get_type_hints

import msgspec

from poolkeep.base.secret import Secret
from poolkeep.function_settings import Functions
from poolkeep.identity_settings import IdentitySts
from poolkeep.transport_settings import (
    Console,
    HttpGateway,
    Inbox,
    Nowhere,
    Smtp,
    SnsEndpoint,
    mail_transport,
    sms_transport,
)

DEFAULT_REGION: Final = "us-east-1"
ENVIRONMENT_PREFIX: Final = "POOLKEEP_"

ProxyHeaders = Literal["x-forwarded", "forwarded"]
Mode = Literal["dev", "local", "production"]
Positive = Annotated[int, msgspec.Meta(ge=1)]
NotNegative = Annotated[int, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]

# Requests per second, account and region. Source: Cognito's quota page, November 2026.
QUOTA_PER_S: Final[dict[str, int]] = {
    "UserAuthentication": 120, "UserCreation": 50, "UserFederation": 25,
    "UserAccountRecovery": 30, "UserRead": 120, "UserUpdate": 25, "UserToken": 120,
    "UserResourceRead": 50, "UserResourceUpdate": 25, "UserList": 30,
    "UserPoolRead": 15, "UserPoolUpdate": 15,
    "UserPoolResourceRead": 20, "UserPoolResourceUpdate": 15,
    "UserPoolClientRead": 15, "UserPoolClientUpdate": 15,
    "ClientAuthentication": 150, "LimitManagement": 1,
}  # fmt: skip


class Http(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection may do, and for how long."""

    header_s: Seconds = 10.0
    body_progress_s: Seconds = 15.0
    write_progress_s: Seconds = 30.0
    keep_alive_s: Seconds = 75.0
    drain_s: Seconds = 30.0
    header_bytes_max: Positive = 65_536
    header_lines_max: Positive = 100
    url_bytes_max: Positive = 16_384
    body_bytes_max: Positive = 2_097_152
    connections_per_ip_max: NotNegative = 1_000
    backlog: Positive = 2_048

    DOCS: ClassVar[dict[str, str]] = {
        "header_s": "Seconds from the first byte (or the connection) to the last header line.",
        "body_progress_s": "Seconds within which a body must grow by 1 KiB or end.",
        "write_progress_s": "Seconds within which a reader must take 16 KiB of a waiting answer.",
        "keep_alive_s": "Seconds that an idle connection stays open after an answer.",
        "drain_s": "Seconds that requests under way get to finish after SIGTERM.",
        "header_bytes_max": "Bytes of all header lines together; more is answered 431.",
        "header_lines_max": "Number of header lines; more is answered 431.",
        "url_bytes_max": "Bytes of path and query; more is answered 414.",
        "body_bytes_max": "Bytes of a request body, declared or chunked; more is answered 413.",
        "connections_per_ip_max": "Open connections of one address per worker; 0 is no limit. "
        "Trusted proxies are not counted.",
        "backlog": "Connections that may wait to be accepted, per worker.",
    }


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """The server's own certificate; leave empty behind a proxy that ends TLS."""

    certificate_file: Path | None = None
    key_file: Path | None = None
    certificates: dict[str, str] = {}
    minimum: Literal["1.2", "1.3"] = "1.2"
    development: bool = False

    DOCS: ClassVar[dict[str, str]] = {
        "certificate_file": "PEM file with the certificate and its chain.",
        "key_file": "PEM file with the private key of the certificate.",
        "certificates": "Certificates by host name (`login.example.org`, `*.auth.example.org`), "
        "where the one above does not cover it: `certificate.pem:key.pem`.",
        "minimum": "Oldest version of TLS that is spoken, `1.2` or `1.3`.",
        "development": "Whether to serve https with certificates of an authority made for this "
        "machine, in `data`; the flag `--tls`.",
    }

    @property
    def is_on(self) -> bool:
        """Whether connections are encrypted by this server."""
        return self.development or self.certificate_file is not None

    @property
    def by_name(self) -> dict[str, tuple[Path, Path | None]]:
        """Return the files of `certificates`; one that holds both needs no second."""
        found = {name: text.partition(":") for name, text in self.certificates.items()}
        return {
            name: (Path(certificate), Path(key) if key else None)
            for name, (certificate, _, key) in found.items()
        }


class Throttle(msgspec.Struct, frozen=True, kw_only=True):
    """Rate quotas by Cognito's categories."""

    enabled: bool = False
    per_s: dict[str, Positive] = {}
    provisioned_max_per_s: dict[str, Positive] = {}

    DOCS: ClassVar[dict[str, str]] = {
        "enabled": "Whether quotas are enforced with TooManyRequestsException.",
        "per_s": "Requests per second by category, where they differ from Cognito's defaults.",
        "provisioned_max_per_s": "Most requests per second, by category, that "
        "UpdateProvisionedLimit grants an account. Default: ten times `per_s`.",
    }

    def quota_per_s(self, category: str) -> int:
        """Return the requests per second that `category` allows."""
        return self.per_s.get(category, QUOTA_PER_S[category])

    def provisioned_max(self, category: str) -> int:
        """Return the most requests per second that an account may set for `category`."""
        largest = self.provisioned_max_per_s.get(category, 10 * self.quota_per_s(category))
        return max(largest, self.quota_per_s(category))


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Attempts, lock-outs and lifetimes of codes."""

    forgot_password_per_h: Positive = 5
    confirm_forgot_password_per_h: Positive = 5
    resend_confirmation_code_per_h: Positive = 5
    change_password_per_h: Positive = 5
    attribute_verification_code_per_h: Positive = 5
    confirm_sign_up_per_h: Positive = 15
    verify_user_attribute_per_h: Positive = 15
    sign_in_code_per_h: Positive = 20
    lockout_free_failures: Positive = 5
    lockout_longest_s: Positive = 900
    sign_up_code_s: Positive = 86_400
    attribute_code_s: Positive = 86_400
    forgot_password_code_s: Positive = 3_600

    DOCS: ClassVar[dict[str, str]] = {
        "forgot_password_per_h": "ForgotPassword calls an hour and user.",
        "confirm_forgot_password_per_h": "ConfirmForgotPassword calls an hour and user.",
        "resend_confirmation_code_per_h": "ResendConfirmationCode calls an hour and user.",
        "change_password_per_h": "ChangePassword calls an hour and user.",
        "attribute_verification_code_per_h": "GetUserAttributeVerificationCode calls, likewise.",
        "confirm_sign_up_per_h": "ConfirmSignUp calls an hour and user.",
        "verify_user_attribute_per_h": "VerifyUserAttribute calls an hour and user.",
        "sign_in_code_per_h": "Codes sent at sign-in, by e-mail and SMS together, likewise.",
        "lockout_free_failures": "Wrong passwords in a row before the first lock.",
        "lockout_longest_s": "Seconds of the longest lock.",
        "sign_up_code_s": "Seconds that a sign-up code lives.",
        "attribute_code_s": "Seconds that an attribute verification code lives.",
        "forgot_password_code_s": "Seconds that a password reset code lives.",
    }


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """The life of token signing keys."""

    rotation_days: NotNegative = 90
    publish_ahead_h: Positive = 24

    DOCS: ClassVar[dict[str, str]] = {
        "rotation_days": "Days that a signing key signs before the next takes over; 0 is never.",
        "publish_ahead_h": "Hours that a key is in the JWKS before it may sign.",
    }


class Passwords(msgspec.Struct, frozen=True, kw_only=True):
    """Room for Argon2id, in pools that store hashes instead of SRP verifiers."""

    hash_threads: Positive = 2
    hash_queue_max: Positive = 64

    DOCS: ClassVar[dict[str, str]] = {
        "hash_threads": "Hashes that a worker computes at a time; each takes 19 MiB.",
        "hash_queue_max": "Callers that may wait for a hash in a worker; more are told to retry.",
    }


class Workbench(msgspec.Struct, frozen=True, kw_only=True):
    """The record of what functions were told and what they said."""

    enabled: bool = True
    kept_per_function: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 200
    kept_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 7

    DOCS: ClassVar[dict[str, str]] = {
        "enabled": "Whether invocations of functions are recorded, masked and sealed, for "
        "`poolkeep triggers`.",
        "kept_per_function": "Records of each function of a pool; the newest stay.",
        "kept_days": "Days that a record stays.",
    }


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an operator can choose."""

    mode: Mode = "local"
    host: str = "127.0.0.1"
    port: Port = 9229
    admin_port: Port | None = None
    admin_host: str = "127.0.0.1"
    admin_sources: tuple[str, ...] = ()
    iam_names_pools: bool = True
    identity_issuer: str | None = None
    login_providers: dict[str, str] = {}
    saml_recipients: tuple[str, ...] = ()
    workers: Annotated[int, msgspec.Meta(ge=1, le=256)] = 1
    data: Path | None = None
    database: Secret[str] | None = None
    regions: dict[str, Secret[str]] = {}
    durability: Literal["full", "normal"] = "full"
    account: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{12}$")] = "123456789012"
    issuer: str | None = None
    public_url: str | None = None
    domain_addresses: Literal["auto", "host", "path"] = "auto"
    master_key_file: Path | None = None
    mail: Secret[str] = Secret("inbox")
    mail_from: str = "no-reply@localhost"
    sms: Secret[str] = Secret("inbox")
    sms_from: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    proxy_headers: ProxyHeaders = "x-forwarded"
    allowed_hosts: tuple[str, ...] = ()
    tiers_enforced: bool = False
    health_checks_failing: tuple[str, ...] = ()
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    http: Http = Http()
    tls: Tls = Tls()
    throttle: Throttle = Throttle()
    limits: Limits = Limits()
    keys: Keys = Keys()
    passwords: Passwords = Passwords()
    functions: Functions = Functions()
    identity_sts: IdentitySts = IdentitySts()
    workbench: Workbench = Workbench()
    committing_codes: bool = False

    DOCS: ClassVar[dict[str, str]] = {
        "mode": "`dev` (any signature, movable clock, loopback only), `local` (loopback, "
        "signatures checked) or `production`. A host other than loopback means production.",
        "host": "Address to listen on.",
        "port": "TCP port to listen on; 0 picks a free one.",
        "admin_port": "TCP port that takes the signed operations off `port`; unset keeps one port.",
        "admin_host": "Address that `admin_port` listens on.",
        "iam_names_pools": "Whether IAM refuses a role for identities whose trust policy does not "
        "say of which identity pools.",
        "identity_issuer": "Issuer of the OpenID tokens of identities: unset for Cognito's own, "
        "`self` for `<public_url>/identity`, where keys and discovery are, or a URL.",
        "login_providers": "URL by login provider, where it is not its own: `graph.facebook.com`, "
        "`www.amazon.com`, `api.twitter.com`, `accounts.google.com`, `appleid.apple.com`.",
        "saml_recipients": "Addresses for which SAML responses are taken as logins, beside "
        "`https://signin.aws.amazon.com/saml` and `<public_url>/saml`.",
        "admin_sources": "Networks (CIDR) that may call signed operations; empty is everywhere.",
        "workers": "Number of server processes.",
        "data": "Directory of database, keys and credentials. Default: `poolkeep` in the user's "
        "data directory, in dev mode its subdirectory `dev`.",
        "database": "Database of the default region: `sqlite:///path` (`sqlite:////path` from the "
        "root) or `postgresql://…`. Default: a SQLite file in `data`.",
        "regions": "Database by region name; an empty value is a SQLite file in `data`. The first "
        "is the default region. Default: us-east-1 with `database`.",
        "durability": "`full` survives a power cut; `normal` may lose the last commits in one.",
        "account": "The 12-digit account id of the root key pair.",
        "issuer": "Issuer of tokens before the pool id: unset for the own base URL, `aws` for "
        "Cognito's host name, or a URL.",
        "public_url": "URL at which clients reach this server; unset is http://host:port.",
        "domain_addresses": "How discovery names a pool's pages: `host` by the name of its domain, "
        "`path` below the own base URL, `auto` by path for prefix domains of an installation "
        "without a name of its own (localhost, an IP address), else by host.",
        "master_key_file": "File with the 256-bit master key. Default: `master.key` in `data`, "
        "made at the first start; production wants it elsewhere.",
        "mail": "Where e-mail goes: `inbox`, `console`, `none`, `smtp://user:password@host:587` "
        "(STARTTLS), `smtps://…` (TLS) or `smtp+insecure://…`.",
        "mail_from": "Sender address of e-mail where the pool names none.",
        "sms": "Where SMS goes: `inbox`, `console`, `none`, `https://user:password@gateway/path` "
        "or `sns+https://KEY:SECRET@host?region=…`.",
        "sms_from": "Sender name or number of SMS, where the carrier takes one.",
        "trusted_proxies": "Networks (CIDR) of proxies that are believed whom they speak for.",
        "proxy_headers": "What trusted proxies write: `x-forwarded` (X-Forwarded-For, -Proto and "
        "-Host) or `forwarded` (RFC 7239); the other form is ignored.",
        "allowed_hosts": "Host names that requests may address; `*.example.org` covers subdomains, "
        "`*` everything. Empty is loopback names and the host of `public_url`. Domains of pools "
        "need no mention.",
        "tiers_enforced": "Whether a pool's tier limits its features, as on AWS.",
        "health_checks_failing": "Ids of health checks that count as failed: a custom domain "
        "whose routing names one is served by its secondary region.",
        "committing_codes": "Whether codes for custom senders commit to their key (suite 0x0578 of "
        "the AWS Encryption SDK), as its newest clients insist; off, they are as on AWS (0x0378).",
        "log_level": "Least severe log event to write.",
    }

    @property
    def data_dir(self) -> Path:
        """Return the data directory, absolute."""
        return (self.data or default_data_dir(self.mode)).expanduser().absolute()

    @property
    def key_file(self) -> Path:
        """Return where the master key is."""
        return (self.master_key_file or self.data_dir / "master.key").expanduser().absolute()

    @property
    def credentials_file(self) -> Path:
        """Return where the first start writes the root key pair, in the AWS CLI's format."""
        return self.data_dir / "credentials"

    @property
    def ca_file(self) -> Path:
        """Return where the certificate of the development authority is."""
        return self.data_dir / "tls" / "ca.pem"

    @property
    def region_databases(self) -> dict[str, Secret[str]]:
        """Return the database URL of each region, the default region first."""
        if not self.regions:
            return {DEFAULT_REGION: self.database or self._sqlite("poolkeep.db")}
        return {
            name: database if database.reveal() else self._sqlite(f"{name}.db")
            for name, database in self.regions.items()
        }

    @property
    def default_region(self) -> str:
        """Return the region of requests that name none."""
        return next(iter(self.region_databases))

    @property
    def base_url(self) -> str:
        """Return the URL under which clients reach us, without a final slash."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls.is_on else 'http'}://{host}:{self.port}"

    @property
    def mail_transport(self) -> Smtp | Inbox | Console | Nowhere:
        """Return `mail` taken apart. Raises ValueError for what it is not."""
        return mail_transport(self.mail.reveal())

    @property
    def sms_transport(self) -> HttpGateway | SnsEndpoint | Inbox | Console | Nowhere:
        """Return `sms` taken apart. Raises ValueError for what it is not."""
        return sms_transport(self.sms.reveal())

    def _sqlite(self, name: str) -> Secret[str]:
        return Secret(f"sqlite:///{self.data_dir / name}")


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """One setting: what the reference page says and the sources look up."""

    path: tuple[str, ...]
    type: Any
    default: Any
    doc: str

    @property
    def name(self) -> str:
        """Return the dotted name, as in a TOML file."""
        return ".".join(self.path)

    @property
    def environment(self) -> str:
        """Return the name of the environment variable."""
        return ENVIRONMENT_PREFIX + "_".join(self.path).upper()


def leaves(struct: type[msgspec.Struct] = Settings, prefix: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """Yield every setting in the order of declaration, nested ones after their parents'."""
    hints = get_type_hints(struct, include_extras=True)
    docs: dict[str, str] = struct.__dict__["DOCS"]
    default = struct()
    for name in struct.__struct_fields__:
        value = getattr(default, name)
        if isinstance(value, msgspec.Struct):
            yield from leaves(type(value), (*prefix, name))
        else:
            yield Leaf(path=(*prefix, name), type=hints[name], default=value, doc=docs[name])


def default_data_dir(mode: Mode) -> Path:
    """Return `poolkeep` in the user's data directory; development never shares local's data."""
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    directory = Path(base) / "poolkeep"
    return directory / "dev" if mode == "dev" else directory


def redacted_url(url: str) -> str:
    """Return `url` with its password (or its whole tail, if it has an odd form) hidden."""
    return re.sub(
        r"(?<=://)([^/?#]*)@", _redacted_user, re.sub(r"(?i)(password=)[^&\s]+", r"\1***", url)
    )


def _redacted_user(match: re.Match[str]) -> str:
    user, colon, _ = match[1].partition(":")
    return f"{user}:***@" if colon else f"{user}@"
