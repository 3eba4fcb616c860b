"""The tables that hold rows of a pool, and what goes with a pool into a file or to a replica.

Every table with a `pool_id` stands here: in `POOL_TABLES`, or in `LEFT_BEHIND` with the reason.
A test holds the list against the migrations. Whoever adds a table says here

- `unit`: the text column that names rows which change together (of a user: `user_id`). Every
  uniqueness within the pool but the primary key must lie within one unit;
- `sealed`: the columns that hold values sealed under the pool's keys;
- `config`: whether nodes keep the rows in memory, and must be told of a change;
- `rising`: columns of which the larger value counts wherever two copies meet;
- `own`: why each replica has rows of its own; empty when the primary's rows are copied.
"""

from typing import Final, Literal

import msgspec

from poolkeep.storage.schema import tables

Back = Literal["", "rows", "rising"]


class PoolTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table of a pool. `back` is what a secondary sends to the primary: new rows, or more."""

    name: str
    unit: str
    sealed: tuple[str, ...] = ()
    config: bool = False
    rising: tuple[str, ...] = ()
    own: str = ""
    back: Back = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column, in the order of the migrations."""
        return tables()[self.name].columns

    @property
    def kinds(self) -> tuple[type, ...]:
        """What each column holds."""
        return tables()[self.name].kinds

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key."""
        return tables()[self.name].key


_COUNTERS: Final = "each region counts the attempts that it sees"

# In the order of a file: what may be millions of rows first, the pool itself last.
POOL_TABLES: Final = (
    PoolTable(
        name="users",
        unit="user_id",
        sealed=("credential",),
        rising=("signed_out_ms",),
        back="rising",
    ),
    PoolTable(name="logins", unit="user_id"),
    PoolTable(name="user_index", unit="user_id"),
    PoolTable(name="memberships", unit="user_id"),
    PoolTable(name="identities", unit="user_id"),
    PoolTable(name="software_tokens", unit="user_id", sealed=("seed", "pending")),
    PoolTable(
        name="passkeys", unit="user_id", sealed=("document",), rising=("used_ms", "sign_count")
    ),
    PoolTable(
        name="devices",
        unit="user_id",
        sealed=("secret",),
        rising=("authenticated_ms", "tokens_end_ms"),
    ),
    PoolTable(name="auth_events", unit="user_id", own="each region tells of its own sign-ins"),
    PoolTable(name="sessions", unit="session_id"),
    PoolTable(name="revocations", unit="origin_jti", back="rows"),
    PoolTable(name="rotations", unit="token_id", back="rows"),
    PoolTable(
        name="spent_handles", unit="handle", own="a sign-in ends in the region where it began"
    ),
    PoolTable(name="attempts", unit="subject", own=_COUNTERS),
    PoolTable(name="lockouts", unit="subject", own=_COUNTERS),
    PoolTable(name="user_groups", unit="group_name", config=True),
    PoolTable(name="identity_providers", unit="provider_name", sealed=("secrets",), config=True),
    PoolTable(name="provider_identifiers", unit="identifier_key", config=True),
    PoolTable(name="resource_servers", unit="identifier", config=True),
    PoolTable(name="domains", unit="domain", config=True, own="each region has domains of its own"),
    PoolTable(name="brandings", unit="client_id", config=True),
    PoolTable(name="ui_customizations", unit="client_id", config=True),
    PoolTable(name="terms", unit="client_id", config=True),
    PoolTable(name="pool_certificates", unit="pool_id", sealed=("private_key",), config=True),
    PoolTable(name="signing_keys", unit="kid", sealed=("private_key",), config=True),
    PoolTable(name="app_clients", unit="client_id", sealed=("secrets",), config=True),
    PoolTable(name="user_pools", unit="pool_id", config=True),
)

KEYRING: Final = PoolTable(name="keyring", unit="key_id", config=True)
"""Goes into a file out of its wrapping, and to a replica as it is: there the master key is one."""

LEFT_BEHIND: Final = {
    "keyring": "travels as keys of its own, wrapped anew by the other master key",
    "codes": "a code is spent where it was sent from; whoever waits for one asks again",
    "kept_attempts": "a sign-in under way ends where it began",
    "device_sign_ins": "a sign-in under way ends where it began",
    "passkey_challenges": "a registration under way ends where it began",
    "outbox": "the message is sent from here; a copy would send it twice",
    "inbox": "development's own, sealed under the installation's key",
    "import_jobs": "a job ends in the installation where it was started",
    "import_files": "a job ends in the installation where it was started",
    "import_log": "a job ends in the installation where it was started",
    "import_runs": "a run of the command is continued where it was started",
    "invocations": "what functions were told here is for whoever runs them here",
    "oauth_codes": "a code is redeemed where it was issued; whoever waits for one signs in again",
    "browser_sessions": "a cookie is of one installation's pages; people sign in again",
    "hosted_flows": "a sign-in under way ends where it began",
    "pushed_requests": "an application pushes its request where it signs in",
    "device_grants": "a device that waits asks again",
    "dpop_proofs": "a proof names the address that it is for",
    "user_pool_replicas": "a replica belongs to the installation",
    "replica_changes": "a replica belongs to the installation",
}
"""Table → why its rows are in no file."""

BY_NAME: Final = {table.name: table for table in (*POOL_TABLES, KEYRING)}

REPLICATED: Final = tuple(table for table in (*POOL_TABLES, KEYRING) if not table.own)
"""What a replica copies from its primary."""
