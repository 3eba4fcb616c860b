"""Domains: docs/behaviours/domains.md."""

from typing import Final

import pytest

from tests.sdk.builders import a_pool, an_app
from tests.sdk.support import Json, Wire, holds, race, refused, unique
from tests.support.server import StartServer

CERTIFICATE: Final = "arn:aws:acm:us-east-1:123456789012:certificate/abc"
CUSTOM: Final = {"CustomDomainConfig": {"CertificateArn": CERTIFICATE}}
CHARACTERS: Final = (
    "The domain name contains an invalid character. Domain names can only contain lower-case "
    "letters, numbers, and hyphens."
)
NONE: Final = "No such domain or user pool exists."
FAILOVER: Final = {
    "Failover": {"SecondaryRegion": "eu-west-1", "PrimaryRoute53HealthCheckId": "check-1"}
}


def about(wire: Wire, operation: str, pool_id: str, name: str, **members: Json) -> Json:
    return wire.call(operation, UserPoolId=pool_id, Domain=name, **members)


def create(wire: Wire, pool_id: str, name: str, **members: Json) -> Json:
    return about(wire, "CreateUserPoolDomain", pool_id, name, **members)


def described(wire: Wire, name: str) -> Json:
    return wire.call("DescribeUserPoolDomain", Domain=name)["DomainDescription"]


@pytest.fixture
def wire(server_url: str) -> Wire:
    """Return a caller with an account of the test's own: an account has few custom domains."""
    return Wire(server_url)


@pytest.fixture
def pool(wire: Wire) -> str:
    return a_pool(wire)


@holds("DOMAIN-01", "DOMAIN-13")
def test_a_prefix_is_told(wire: Wire, pool: str) -> None:
    name = unique("app")
    assert create(wire, pool, name) == {"ManagedLoginVersion": 1}
    told = described(wire, name)
    assert len(told.pop("Version")) == 14
    assert told.pop("CloudFrontDistribution").endswith(".cloudfront.localhost")
    assert told == {
        "UserPoolId": pool,
        "AWSAccountId": wire.account,
        "Domain": name,
        "Status": "ACTIVE",
        "ManagedLoginVersion": 1,
    }
    assert wire.call("DescribeUserPool", UserPoolId=pool)["UserPool"]["Domain"] == name


@holds("DOMAIN-02", "DOMAIN-13")
def test_a_custom_domain_is_told(wire: Wire, pool: str) -> None:
    name = f"{unique('auth')}.example.com"
    config = {"CertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_V1_2_2021"}
    made = create(
        wire, pool, name, CustomDomainConfig=config, ManagedLoginVersion=2, Routing=FAILOVER
    )
    assert made["ManagedLoginVersion"] == 2
    assert made["Routing"] == FAILOVER
    told = described(wire, name)
    assert told["CustomDomainConfig"] == config
    assert told["Routing"] == FAILOVER
    assert told["CloudFrontDistribution"] == made["CloudFrontDomain"]
    create(wire, pool, prefix := unique("both"))
    described_pool = wire.call("DescribeUserPool", UserPoolId=pool)["UserPool"]
    assert (described_pool["Domain"], described_pool["CustomDomain"]) == (prefix, name)


@holds("DOMAIN-03")
def test_an_unknown_domain_is_no_error(wire: Wire, pool: str, server_url: str) -> None:
    create(wire, pool, name := unique("mine"))
    assert described(wire, "nothing-of-this-name") == {}
    assert described(Wire(server_url), name) == {}


@holds("DOMAIN-04")
@pytest.mark.parametrize(
    "name", ["Upper", "under_score", "-hyphen", "hyphen-", "dot.ted", "ünicode", "a" * 63 + "-"]
)
def test_a_prefix_has_few_characters(wire: Wire, pool: str, name: str) -> None:
    with refused("InvalidParameterException") as caught:
        create(wire, pool, name)
    assert caught.value.text == CHARACTERS or "length" in caught.value.text


@holds("DOMAIN-04")
@pytest.mark.parametrize("name", ["my-aws-app", "amazonas", "cognito-login"])
def test_a_prefix_does_not_pass_for_the_vendor(wire: Wire, pool: str, name: str) -> None:
    with refused("InvalidParameterException"):
        create(wire, pool, name)


@holds("DOMAIN-05")
@pytest.mark.parametrize(
    "name",
    ["example.com", "localhost", "auth..example.com", "Auth.example.com", "auth.example.com.",
     "10.0.0.1", "auth_x.example.com", "-a.example.com"],
)  # fmt: skip
def test_a_custom_domain_is_a_subdomain(wire: Wire, pool: str, name: str) -> None:
    with refused("InvalidParameterException"):
        create(wire, pool, name, **CUSTOM)
    create(wire, pool, f"{unique('auth')}.internal", **CUSTOM)


@holds("DOMAIN-06")
def test_a_domain_has_one_pool(wire: Wire, pool: str, server_url: str) -> None:
    text = "Domain already associated with another user pool."
    create(wire, pool, name := unique("taken"))
    stranger = Wire(server_url)
    for caller, pool_id in ((wire, pool), (wire, a_pool(wire)), (stranger, a_pool(stranger))):
        with refused("InvalidParameterException", text):
            create(caller, pool_id, name)


@holds("DOMAIN-07")
def test_a_pool_has_one_domain_of_each_kind(server_url: str) -> None:
    wire = Wire(server_url)
    pools = [a_pool(wire) for _ in range(5)]
    create(wire, pools[0], unique("first"))
    with refused("InvalidParameterException"):
        create(wire, pools[0], unique("second"))
    for pool_id in pools[:4]:
        create(wire, pool_id, f"{unique('auth')}.example.com", **CUSTOM)
    with refused("InvalidParameterException"):
        create(wire, pools[0], f"{unique('auth')}.example.com", **CUSTOM)
    with refused("LimitExceededException"):
        create(wire, pools[4], f"{unique('auth')}.example.com", **CUSTOM)


@holds("DOMAIN-08")
def test_managed_login_is_not_of_every_tier(start_server: StartServer) -> None:
    server = start_server(environment={"POOLKEEP_TIERS_ENFORCED": "true"})
    wire = Wire(server.base_url)
    lite, essentials = a_pool(wire, UserPoolTier="LITE"), a_pool(wire)
    above = (
        "The following features need to be disabled for the LITE pricing tier configured: "
        "Managed Login"
    )
    with refused("FeatureUnavailableInTierException", above):
        create(wire, lite, unique("lite"), ManagedLoginVersion=2)
    create(wire, lite, name := unique("lite"))
    with refused("FeatureUnavailableInTierException", above):
        about(wire, "UpdateUserPoolDomain", lite, name, ManagedLoginVersion=2)
    create(wire, essentials, unique("essentials"), ManagedLoginVersion=2)
    with refused("FeatureUnavailableInTierException", above):
        wire.call("UpdateUserPool", UserPoolId=essentials, UserPoolTier="LITE")


@holds("DOMAIN-08", "DOMAIN-09")
@pytest.mark.parametrize(
    "members",
    [
        {"ManagedLoginVersion": 0},
        {"ManagedLoginVersion": 3},
        {"Routing": FAILOVER},
        {"CustomDomainConfig": {}},
        {"CustomDomainConfig": {"CertificateArn": CERTIFICATE, "SecurityPolicy": "SSL_V3"}},
        {"CustomDomainConfig": {"CertificateArn": "not-an-arn-at-all-really"}},
    ],
)
def test_what_a_domain_cannot_have(wire: Wire, pool: str, members: dict[str, Json]) -> None:
    with refused("InvalidParameterException"):
        create(wire, pool, unique("wrong"), **members)
    here = {"SecondaryRegion": "us-east-1", "PrimaryRoute53HealthCheckId": "check-1"}
    with refused("InvalidParameterException"):
        create(wire, pool, f"{unique('auth')}.example.com", **CUSTOM, Routing={"Failover": here})


@holds("DOMAIN-10")
def test_an_update_leaves_what_is_not_said(wire: Wire, pool: str) -> None:
    name = f"{unique('auth')}.example.com"
    create(wire, pool, name, **CUSTOM, Routing=FAILOVER)
    changed = about(wire, "UpdateUserPoolDomain", pool, name, ManagedLoginVersion=2)
    assert (changed["ManagedLoginVersion"], changed["Routing"]) == (2, FAILOVER)
    other = {"CertificateArn": f"{CERTIFICATE}d"}
    about(wire, "UpdateUserPoolDomain", pool, name, CustomDomainConfig=other)
    told = described(wire, name)
    assert (told["CustomDomainConfig"], told["ManagedLoginVersion"]) == (other, 2)
    create(wire, pool, prefix := unique("prefix"))
    for members in ({"CustomDomainConfig": other}, {"ManagedLoginVersion": 0}):
        with refused("InvalidParameterException"):
            about(wire, "UpdateUserPoolDomain", pool, prefix, **members)


@holds("DOMAIN-11")
def test_a_deleted_domain_is_free(wire: Wire, pool: str) -> None:
    create(wire, pool, name := unique("gone"))
    other = a_pool(wire)
    for operation in ("DeleteUserPoolDomain", "UpdateUserPoolDomain"):
        for pool_id, domain in ((other, name), (pool, "nothing")):
            with refused("InvalidParameterException", NONE):
                about(wire, operation, pool_id, domain)
    assert about(wire, "DeleteUserPoolDomain", pool, name) == {}
    assert described(wire, name) == {}
    with refused("InvalidParameterException", NONE):
        about(wire, "DeleteUserPoolDomain", pool, name)
    create(wire, other, name)
    assert described(wire, name)["UserPoolId"] == other


@holds("DOMAIN-12")
def test_a_pool_with_a_domain_stays(wire: Wire, pool: str) -> None:
    text = "User pool cannot be deleted. It has a domain configured that should be deleted first."
    create(wire, pool, name := unique("keeps"))
    with refused("InvalidParameterException", text):
        wire.call("DeleteUserPool", UserPoolId=pool)
    about(wire, "DeleteUserPoolDomain", pool, name)
    wire.call("DeleteUserPool", UserPoolId=pool)
    with refused("ResourceNotFoundException"):
        create(wire, pool, name)


@holds("DOMAIN-14")
def test_one_of_many_racers_gets_a_name(wire: Wire, server_url: str) -> None:
    stranger = Wire(server_url)
    callers = [(wire, a_pool(wire)), (stranger, a_pool(stranger))] * 4
    name = unique("raced")
    done, refusals = race(8, lambda: create(*callers.pop(), name))
    assert len(done) == 1
    assert {refusal.code for refusal in refusals} == {"InvalidParameterException"}


@holds("DOMAIN-10")
def test_other_changes_of_the_pool_leave_its_domain(wire: Wire, pool: str) -> None:
    create(wire, pool, name := unique("stays"))
    wire.call("UpdateUserPool", UserPoolId=pool)
    an_app(wire, pool)
    assert described(wire, name)["UserPoolId"] == pool
