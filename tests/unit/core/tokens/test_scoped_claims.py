"""What the tokens of an authorization request tell, by its scopes."""

import pytest

from poolkeep.core.tokens.claims import half_hash, told

EVERYTHING = frozenset({
    "sub", "identities", "email", "email_verified", "phone_number", "phone_number_verified",
    "address", "name", "updated_at", "custom:team", "dev:custom:x",
})  # fmt: skip
ALWAYS = {"sub", "identities"}


@pytest.mark.parametrize(
    "scopes, wanted",
    [
        ("openid", EVERYTHING),
        ("openid api/read aws.cognito.signin.user.admin", EVERYTHING),
        ("openid email", {*ALWAYS, "email", "email_verified"}),
        ("openid phone", {*ALWAYS, "phone_number", "phone_number_verified"}),
        ("openid address", {*ALWAYS, "address"}),
        ("openid profile", {*ALWAYS, "name", "updated_at", "custom:team"}),
        ("openid email phone", EVERYTHING - {"address", "name", "updated_at", "custom:team",
                                             "dev:custom:x"}),
    ],
)  # fmt: skip
def test_scopes_narrow_what_is_told(scopes: str, wanted: set[str]) -> None:
    assert told(EVERYTHING, scopes.split()) == wanted


def test_a_scope_tells_nothing_that_the_client_may_not_read() -> None:
    assert told(frozenset({"sub", "name"}), ["openid", "email", "profile"]) == {"sub", "name"}


def test_the_hash_of_a_token_is_the_one_of_the_standard() -> None:
    """The example is OpenID Connect's own, in its section on the hybrid flow."""
    code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"
    assert half_hash(code) == "LDktKdoQak3Pk0cnXxCltA"
    assert half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y") == "77QmUPtjPfzWtF2AnpK9RQ"
