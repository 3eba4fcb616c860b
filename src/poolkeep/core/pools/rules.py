"""What a pool's and a client's settings mean, absent ones included.

Everything here is pure and cheap; the checks that a change must pass stand in `pool_checks.py`,
`client_checks.py` and `schema.py`. Source: docs/behaviours/pools.md, clients.md.
"""

from functools import lru_cache
from typing import Final, cast

from poolkeep.base.refusal import InvalidParameter, ResourceNotFound
from poolkeep.core.pools import wording
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import (
    AppClient,
    ClientSettings,
    PasswordPolicy,
    PasswordStorage,
    PoolSettings,
    UserPool,
)

MINIMUM_LENGTH: Final = 8
TEMPORARY_PASSWORD_DAYS: Final = 7
REFRESH_TOKEN_VALIDITY: Final = 30
TOKEN_VALIDITY: Final = 1
"""Of access and ID tokens, in their unit."""
AUTH_SESSION_VALIDITY_MIN: Final = 3
UNIT_SECONDS: Final = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400}
DEFAULT_TIER: Final = "ESSENTIALS"
DEFAULT_FIRST_FACTORS: Final = ("PASSWORD",)
COMBINATIONS_MAX: Final = 1024
"""Lists of flows and attributes whose meaning is remembered; clients share a few."""
NEVER_WRITABLE: Final = frozenset({"sub", "email_verified", "phone_number_verified", "identities"})
"""Attributes that no client can write, whatever its list says."""

_DEFAULT_FLOWS: Final = frozenset({"REFRESH_TOKEN_AUTH", "USER_SRP_AUTH", "CUSTOM_AUTH"})
_LEGACY_FLOWS: Final = {
    "ADMIN_NO_SRP_AUTH": "ADMIN_USER_PASSWORD_AUTH",
    "USER_PASSWORD_AUTH": "USER_PASSWORD_AUTH",
    "CUSTOM_AUTH_FLOW_ONLY": "CUSTOM_AUTH",
}
_NEW_FLOW: Final = "ALLOW_"
_UV_COUNTS_TWICE: Final = "MULTI_FACTOR_WITH_USER_VERIFICATION"


def settings_of(pool: UserPool | LoadedPool) -> PoolSettings:
    """Return the settings of a pool, loaded or bare."""
    return pool.pool.settings if isinstance(pool, LoadedPool) else pool.settings


def owned_pool(pool: LoadedPool | None, pool_id: str, account: str) -> LoadedPool:
    """Return the pool if the account owns it; another account's pool does not exist."""
    if pool is None or pool.pool.account != account:
        raise ResourceNotFound(wording.no_pool(pool_id))
    return pool


def tier(pool: UserPool | LoadedPool) -> str:
    """Return LITE, ESSENTIALS or PLUS."""
    return settings_of(pool).user_pool_tier or DEFAULT_TIER


def password_policy(pool: UserPool | LoadedPool) -> PasswordPolicy:
    """Return the pool's policy with every member set.

    Without a policy all four classes are required; a policy requires only what it says.
    """
    return effective_password_policy(settings_of(pool))


def effective_password_policy(settings: PoolSettings) -> PasswordPolicy:
    """Return the policy of settings; see `password_policy`."""
    given = settings.policies.password_policy if settings.policies else None
    required = given is None
    policy = given or PasswordPolicy()
    return PasswordPolicy(
        minimum_length=policy.minimum_length or MINIMUM_LENGTH,
        require_uppercase=_or(policy.require_uppercase, required),
        require_lowercase=_or(policy.require_lowercase, required),
        require_numbers=_or(policy.require_numbers, required),
        require_symbols=_or(policy.require_symbols, required),
        password_history_size=policy.password_history_size or 0,
        temporary_password_validity_days=_temporary_password_days(settings),
    )


def temporary_password_days(pool: UserPool | LoadedPool) -> int:
    """Return for how many days a temporary password is good."""
    return _temporary_password_days(settings_of(pool))


def _temporary_password_days(settings: PoolSettings) -> int:
    policy = settings.policies.password_policy if settings.policies else None
    days = policy.temporary_password_validity_days if policy else None
    if days is None and settings.admin_create_user_config is not None:
        days = settings.admin_create_user_config.unused_account_validity_days
    return days or TEMPORARY_PASSWORD_DAYS


def first_factors(pool: UserPool | LoadedPool) -> tuple[str, ...]:
    """Return the first factors that USER_AUTH may offer."""
    policies = settings_of(pool).policies
    policy = policies.sign_in_policy if policies else None
    return (policy.allowed_first_auth_factors if policy else None) or DEFAULT_FIRST_FACTORS


def uses_srp(pool: UserPool | LoadedPool) -> bool:
    """Tell whether passwords are kept as SRP verifiers, which the SRP flows need."""
    bare = pool.pool if isinstance(pool, LoadedPool) else pool
    return bare.password_storage == "srp-verifier"


def mfa_mode(pool: UserPool | LoadedPool) -> str:
    """Return OFF, OPTIONAL or ON."""
    return settings_of(pool).mfa_configuration or "OFF"


def sms_factor(pool: UserPool | LoadedPool) -> bool:
    """Tell whether the pool's SMS sender may carry MFA codes."""
    bare = pool.pool if isinstance(pool, LoadedPool) else pool
    configured = bare.settings.sms_configuration is not None
    return configured and bare.mfa.sms_mfa_enabled is not False


def passkeys_are_multi_factor(pool: UserPool | LoadedPool) -> bool:
    """Tell whether a passkey that checks its user stands for both factors."""
    bare = pool.pool if isinstance(pool, LoadedPool) else pool
    passkeys = bare.mfa.web_authn_configuration
    return passkeys is not None and passkeys.factor_configuration == _UV_COUNTS_TWICE


def recovery_mechanisms(pool: UserPool | LoadedPool) -> tuple[str, ...] | None:
    """Return the ways back to an account, first priority first; None without a setting."""
    setting = settings_of(pool).account_recovery_setting
    if setting is None or not setting.recovery_mechanisms:
        return None
    ordered = sorted(setting.recovery_mechanisms, key=lambda option: option.priority)
    return tuple(option.name for option in ordered)


def password_storage_of(tags: dict[str, str] | None, otherwise: PasswordStorage) -> PasswordStorage:
    """Return the storage that the pool's tag asks for; `otherwise` without the tag."""
    match (tags or {}).get(wording.PASSWORD_STORAGE_TAG):
        case None:
            return otherwise
        case "srp-verifier":
            return "srp-verifier"
        case "argon2id":
            return "argon2id"
        case _:
            raise InvalidParameter(wording.INVALID_PASSWORD_STORAGE)


# -------------------------------------------------------------------------------- clients


def token_validity_s(client: AppClient | ClientSettings) -> tuple[int, int, int]:
    """Return for how many seconds access, ID and refresh tokens of the client are good.

    A unit without a number applies to the default number.
    """
    settings = client.settings if isinstance(client, AppClient) else client
    units = settings.token_validity_units
    access = UNIT_SECONDS[(units and units.access_token) or "hours"]
    identity = UNIT_SECONDS[(units and units.id_token) or "hours"]
    refresh = UNIT_SECONDS[(units and units.refresh_token) or "days"]
    return (
        access * (settings.access_token_validity or TOKEN_VALIDITY),
        identity * (settings.id_token_validity or TOKEN_VALIDITY),
        refresh * (settings.refresh_token_validity or REFRESH_TOKEN_VALIDITY),
    )


def auth_flows(client: AppClient | ClientSettings) -> frozenset[str]:
    """Return the flows that the client may use, without the ALLOW prefix.

    New names allow exactly what they say. Old names leave SRP (unless CUSTOM_AUTH_FLOW_ONLY),
    custom and refresh allowed.
    """
    settings = client.settings if isinstance(client, AppClient) else client
    return _flows_of(settings.explicit_auth_flows or ())


@lru_cache(COMBINATIONS_MAX)
def _flows_of(listed: tuple[str, ...]) -> frozenset[str]:
    if not listed:
        return _DEFAULT_FLOWS
    if any(flow.startswith(_NEW_FLOW) for flow in listed):
        return frozenset(flow.removeprefix(_NEW_FLOW) for flow in listed)
    flows = {_LEGACY_FLOWS[flow] for flow in listed} | {"CUSTOM_AUTH", "REFRESH_TOKEN_AUTH"}
    if "CUSTOM_AUTH_FLOW_ONLY" not in listed:
        flows.add("USER_SRP_AUTH")
    return frozenset(flows)


def readable(pool: LoadedPool, client: AppClient) -> frozenset[str]:
    """Return the attributes that the client may read; `sub` is always among them."""
    listed = client.settings.read_attributes
    if listed is not None:
        return _with_sub(listed)
    # The schema of a loaded pool never changes.
    known = pool.derived.get(readable)
    if known is None:
        known = pool.derived[readable] = frozenset((*pool.schema, "identities", "sub"))
    return cast("frozenset[str]", known)


@lru_cache(COMBINATIONS_MAX)
def _with_sub(listed: tuple[str, ...]) -> frozenset[str]:
    return frozenset((*listed, "sub"))


def writable(pool: LoadedPool, client: AppClient) -> frozenset[str]:
    """Return the attributes that the client may write.

    Immutable ones are among them, because a sign-up sets them; that they are set only once is a
    rule of the attribute, not of the client.
    """
    listed = client.settings.write_attributes
    if listed is not None:
        return _writable_of(listed)
    known = pool.derived.get(writable)
    if known is None:
        known = pool.derived[writable] = _writable_of(tuple(pool.schema))
    return cast("frozenset[str]", known)


@lru_cache(COMBINATIONS_MAX)
def _writable_of(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(
        name for name in names if name not in NEVER_WRITABLE and not name.startswith("dev:")
    )


def hides_user_existence(client: AppClient) -> bool:
    """Tell whether answers must not show which users exist."""
    return client.settings.prevent_user_existence_errors == "ENABLED"


def rotates(client: AppClient | ClientSettings) -> bool:
    """Tell whether each refresh replaces the refresh token."""
    settings = client.settings if isinstance(client, AppClient) else client
    rotation = settings.refresh_token_rotation
    return rotation is not None and rotation.feature == "ENABLED"


def rotation_grace_ms(client: AppClient) -> int:
    """Return for how long a replaced refresh token still answers."""
    rotation = client.settings.refresh_token_rotation
    return ((rotation and rotation.retry_grace_period_seconds) or 0) * 1000


def revocable(client: AppClient) -> bool:
    """Tell whether tokens of the client can be revoked."""
    return client.settings.enable_token_revocation is not False


def auth_session_ms(client: AppClient) -> int:
    """Return for how long a challenge of the client can be answered."""
    minutes = client.settings.auth_session_validity or AUTH_SESSION_VALIDITY_MIN
    return minutes * 60_000


def _or(given: bool | None, otherwise: bool) -> bool:  # noqa: FBT001  a default for a flag
    return otherwise if given is None else given
