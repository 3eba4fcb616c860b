"""What absent settings mean to those who ask."""

from typing import Any

import pytest

from poolkeep.base.refusal import ResourceNotFound
from poolkeep.core.pools import rules
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import (
    AdminCreateUserConfig,
    AppClient,
    ClientSettings,
    PasswordPolicy,
    Policies,
    PoolSettings,
    RefreshTokenRotation,
    SchemaAttribute,
    TokenValidityUnits,
    UserPool,
)
from poolkeep.core.pools.schema import build_schema
from tests.unit.core.pools.region import ACCOUNT, REGION

POOL_ID = "eu-central-1_aB3dE6gH9"
DAY_S = 86_400


class NoKeys:
    """Keys for rules that need none."""

    key_id = ""

    def seal(self, purpose: str, plaintext: bytes, *, context: str) -> bytes:
        raise NotImplementedError

    seal_salted = open = seal

    def key(self, purpose: str, key_id: str | None = None) -> bytes:
        raise NotImplementedError


def a_pool(**settings: Any) -> LoadedPool:
    """Return a pool with one attribute of each custom kind."""
    schema = build_schema(
        [
            SchemaAttribute(name="x", attribute_data_type="String"),
            SchemaAttribute(name="fixed", attribute_data_type="String", mutable=False),
            SchemaAttribute(name="d", attribute_data_type="String", developer_only_attribute=True),
        ]
    )
    pool = UserPool(
        id=POOL_ID,
        account=ACCOUNT,
        region=REGION,
        created_ms=0,
        modified_ms=0,
        settings=PoolSettings(name="p", schema_attributes=schema, **settings),
    )
    return LoadedPool(pool, NoKeys())


def a_client(**settings: Any) -> AppClient:
    """Return a client."""
    return AppClient(
        id="c",
        pool_id=POOL_ID,
        created_ms=0,
        modified_ms=0,
        settings=ClientSettings(client_name="c", **settings),
    )


def policies(**members: Any) -> Policies:
    """Return policies with a password policy."""
    return Policies(password_policy=PasswordPolicy(**members))


def test_a_pool_without_a_policy_requires_every_class() -> None:
    policy = rules.password_policy(a_pool())
    assert policy == PasswordPolicy(
        minimum_length=8,
        require_uppercase=True,
        require_lowercase=True,
        require_numbers=True,
        require_symbols=True,
        password_history_size=0,
        temporary_password_validity_days=7,
    )


def test_a_policy_requires_only_what_it_says() -> None:
    policy = rules.password_policy(
        a_pool(policies=policies(minimum_length=6, require_numbers=True))
    )
    assert policy.minimum_length == 6
    assert policy.require_numbers is True
    assert policy.require_symbols is policy.require_lowercase is policy.require_uppercase is False


@pytest.mark.parametrize(
    "settings, days",
    [
        ({}, 7),
        ({"policies": policies(temporary_password_validity_days=0)}, 7),
        ({"policies": policies(temporary_password_validity_days=365)}, 365),
        (
            {"admin_create_user_config": AdminCreateUserConfig(unused_account_validity_days=90)},
            90,
        ),
    ],
)
def test_a_temporary_password_lives_as_long_as_either_setting_says(
    settings: dict[str, Any], days: int
) -> None:
    assert rules.temporary_password_days(a_pool(**settings)) == days


@pytest.mark.parametrize(
    "settings, seconds",
    [
        ({}, (3_600, 3_600, 30 * DAY_S)),
        (
            {
                "access_token_validity": 5,
                "id_token_validity": 7,
                "refresh_token_validity": 9,
                "token_validity_units": TokenValidityUnits(access_token="minutes"),
            },
            (300, 7 * 3_600, 9 * DAY_S),
        ),
        (
            {"token_validity_units": TokenValidityUnits(id_token="days", refresh_token="hours")},
            (3_600, DAY_S, 30 * 3_600),
        ),
    ],
)
def test_validities_are_numbers_in_their_units(
    settings: dict[str, Any], seconds: tuple[int, int, int]
) -> None:
    assert rules.token_validity_s(a_client(**settings)) == seconds


@pytest.mark.parametrize(
    "listed, flows",
    [
        (None, {"USER_SRP_AUTH", "CUSTOM_AUTH", "REFRESH_TOKEN_AUTH"}),
        ((), {"USER_SRP_AUTH", "CUSTOM_AUTH", "REFRESH_TOKEN_AUTH"}),
        (("ALLOW_USER_AUTH",), {"USER_AUTH"}),
        (
            ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"),
            {"ADMIN_USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH"},
        ),
        (
            ("ADMIN_NO_SRP_AUTH",),
            {"ADMIN_USER_PASSWORD_AUTH", "USER_SRP_AUTH", "CUSTOM_AUTH", "REFRESH_TOKEN_AUTH"},
        ),
        (("CUSTOM_AUTH_FLOW_ONLY",), {"CUSTOM_AUTH", "REFRESH_TOKEN_AUTH"}),
        (
            ("CUSTOM_AUTH_FLOW_ONLY", "USER_PASSWORD_AUTH"),
            {"CUSTOM_AUTH", "USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH"},
        ),
    ],
)
def test_listed_flows_become_effective_flows(
    listed: tuple[str, ...] | None, flows: set[str]
) -> None:
    assert rules.auth_flows(a_client(explicit_auth_flows=listed)) == flows


def test_without_lists_a_client_reads_all_and_writes_what_a_user_may() -> None:
    pool, client = a_pool(), a_client()
    assert set(pool.schema) <= rules.readable(pool, client)
    writable = rules.writable(pool, client)
    assert {"email", "custom:x", "custom:fixed"} <= writable
    assert not writable & {"sub", "email_verified", "phone_number_verified", "dev:custom:d"}


def test_lists_limit_reading_and_writing() -> None:
    pool = a_pool()
    client = a_client(read_attributes=("email",), write_attributes=("custom:x",))
    assert rules.readable(pool, client) == {"email", "sub"}
    assert rules.writable(pool, client) == {"custom:x"}


def test_a_client_hides_nobody_revokes_and_does_not_rotate_by_default() -> None:
    client = a_client()
    assert not rules.hides_user_existence(client)
    assert rules.revocable(client)
    assert not rules.rotates(client)
    assert rules.rotation_grace_ms(client) == 0
    assert rules.auth_session_ms(client) == 180_000


def test_a_client_can_say_otherwise() -> None:
    client = a_client(
        prevent_user_existence_errors="ENABLED",
        enable_token_revocation=False,
        auth_session_validity=15,
        refresh_token_rotation=RefreshTokenRotation(
            feature="ENABLED", retry_grace_period_seconds=60
        ),
    )
    assert rules.hides_user_existence(client)
    assert not rules.revocable(client)
    assert rules.rotates(client)
    assert rules.rotation_grace_ms(client) == 60_000
    assert rules.auth_session_ms(client) == 900_000


def test_another_accounts_pool_does_not_exist() -> None:
    pool = a_pool()
    assert rules.owned_pool(pool, POOL_ID, ACCOUNT) is pool
    for found, account in ((pool, "999999999999"), (None, ACCOUNT)):
        with pytest.raises(ResourceNotFound) as refused:
            rules.owned_pool(found, POOL_ID, account)
        assert refused.value.text == f"User pool {POOL_ID} does not exist."
