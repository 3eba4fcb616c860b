"""Which role an identity gets, by the table of the reference."""

from typing import Any, Final

import pytest

from poolkeep.base.refusal import NotAuthorized, Refusal
from poolkeep.core.identities.model import (
    IdentityPool,
    Login,
    MappingRule,
    PoolSettings,
    Proven,
    RoleMapping,
)
from poolkeep.core.identities.refusals import PoolConfigurationInvalid
from poolkeep.core.identities.role_rules import guest_role, listed_roles, matches, role_of
from tests.sdk.support import holds

KEY: Final = "cognito-idp.us-east-1.amazonaws.com/us-east-1_a:client"
NO_ROLE: Final = "Invalid identity pool configuration. Check assigned IAM roles for this pool."
NONE_LEFT: Final = "No role is available for this identity."
ROLES: Final = {"authenticated": "default", "unauthenticated": "guest"}


def pool(mapping: RoleMapping | None = None, roles: dict[str, str] | None = None) -> IdentityPool:
    """Return a pool with a mapping."""
    return IdentityPool(
        id="us-east-1:p",
        account="1",
        created_ms=1,
        version=1,
        settings=PoolSettings(name="p", allows_guests=True),
        roles=ROLES if roles is None else roles,
        role_mappings={} if mapping is None else {KEY: mapping},
    )


def login(**claims: Any) -> Proven:
    """Return a login of a user pool with these claims."""
    named = {key.replace("__", ":"): value for key, value in claims.items()}
    return Proven(login=Login(KEY, "s"), kind="user-pool", claims=named, mapping_keys=(KEY,))


def forbidden(role: str) -> str:
    """Return the words of a refused role."""
    return f"Access to Role '{role}' is forbidden."


TOKEN: Final = RoleMapping(type="Token", ambiguous_role_resolution="AuthenticatedRole")
STRICT: Final = RoleMapping(type="Token", ambiguous_role_resolution="Deny")


@holds("IDPOOL-51")
@pytest.mark.parametrize(
    "mapping,claims,custom,expected",
    [
        (TOKEN, {}, None, "default"),
        (STRICT, {}, None, NONE_LEFT),
        (TOKEN, {"cognito__roles": ["a"]}, None, "a"),
        (STRICT, {"cognito__roles": "a"}, None, "a"),
        (TOKEN, {"cognito__roles": ["a", "b"]}, None, "default"),
        (STRICT, {"cognito__roles": ["a", "b"]}, None, NONE_LEFT),
        (STRICT, {"cognito__roles": ["a", "b"], "cognito__preferred_role": "b"}, None, "b"),
        (STRICT, {"cognito__roles": ["a", "b"], "cognito__preferred_role": "b"}, "a", "a"),
        (TOKEN, {"cognito__roles": "a, b"}, "b", "b"),
        (TOKEN, {"cognito__roles": ["a", "b"]}, "c", forbidden("c")),
        (TOKEN, {}, "c", forbidden("c")),
        (None, {"cognito__roles": ["a"]}, None, "default"),
        (None, {}, "default", "default"),
        (None, {}, "c", forbidden("c")),
    ],
)
def test_roles_by_token(
    mapping: RoleMapping | None, claims: dict[str, Any], custom: str | None, expected: str
) -> None:
    if " " not in expected:
        assert role_of(pool(mapping), [login(**claims)], custom).role == expected
        return
    with pytest.raises(NotAuthorized) as refused:
        role_of(pool(mapping), [login(**claims)], custom)
    assert refused.value.text == expected


def rules(*listed: tuple[str, str, str, str], resolution: str = "Deny") -> RoleMapping:
    """Return a mapping by rules."""
    return RoleMapping(
        type="Rules",
        ambiguous_role_resolution=resolution,
        rules=tuple(
            MappingRule(claim=claim, match_type=match, value=value, role_arn=role)
            for claim, match, value, role in listed
        ),
    )


@holds("IDPOOL-52")
def test_the_first_rule_that_applies_counts() -> None:
    mapping = rules(
        ("dept", "Equals", "red", "one"),
        ("dept", "StartsWith", "r", "two"),
        ("dept", "Contains", "e", "three"),
    )
    assert role_of(pool(mapping), [login(dept="red")], None).role == "one"
    assert role_of(pool(mapping), [login(dept="rue")], None).role == "two"
    assert role_of(pool(mapping), [login(dept="blue")], None).role == "three"
    assert role_of(pool(mapping), [login(dept="red")], "three").role == "three", "asked for"
    with pytest.raises(NotAuthorized, match="Access to Role 'one' is forbidden"):
        role_of(pool(mapping), [login(dept="blue")], "one")
    with pytest.raises(NotAuthorized, match=NONE_LEFT):
        role_of(pool(mapping), [login(dept="x")], None)
    lenient = rules(("dept", "Equals", "red", "one"), resolution="AuthenticatedRole")
    assert role_of(pool(lenient), [login()], None).role == "default"


@holds("IDPOOL-53")
@pytest.mark.parametrize(
    "match,value,claim,expected",
    [
        ("Equals", "admin", ["user", "admin"], True),
        ("Equals", "Admin", ["user", "admin"], False),
        ("NotEqual", "admin", ["user", "admin"], False),
        ("NotEqual", "admin", ["user"], True),
        ("NotEqual", "admin", None, False),
        ("Contains", "dmi", ["user", "admin"], True),
        ("StartsWith", "us", ["user", "admin"], True),
        ("Equals", "true", True, True),
        ("Equals", "7", 7, True),
        ("Contains", "x", "", False),
    ],
)
def test_how_a_rule_compares(match: str, value: str, claim: Any, expected: bool) -> None:
    rule = MappingRule(claim="c", match_type=match, value=value, role_arn="r")
    assert matches(rule, {} if claim is None else {"c": claim}) is expected


@holds("IDPOOL-54")
def test_a_pool_without_roles_gives_nothing() -> None:
    with pytest.raises(PoolConfigurationInvalid) as of_guests:
        guest_role(pool(roles={}), None)
    with pytest.raises(PoolConfigurationInvalid) as of_users:
        role_of(pool(roles={}), [login()], None)
    assert of_guests.value.text == of_users.value.text == NO_ROLE


@holds("IDPOOL-55")
def test_a_saml_response_offers_roles() -> None:
    def offering(*roles: str) -> Proven:
        return Proven(login=Login("arn", "s"), kind="saml", mapping_keys=("arn",), roles=roles)

    assert role_of(pool(), [offering("a")], None).role == "a"
    assert role_of(pool(), [offering("a", "b")], "b").role == "b"
    assert role_of(pool(), [offering()], None).role == "default"
    for roles, custom in ((("a", "b"), None), (("a",), "c")):
        with pytest.raises(Refusal):
            role_of(pool(), [offering(*roles)], custom)


def test_roles_come_as_a_list_or_as_text() -> None:
    assert listed_roles(["a", "b"]) == ["a", "b"]
    assert listed_roles("[a, b]") == ["a", "b"]
    assert listed_roles(None) == []
    assert listed_roles([1, "a"]) == ["a"]
