"""docs/behaviours/identity-pools.md: identities by the word of a back end, over sockets."""

from typing import Any

import pytest

from tests.sdk.builders import App
from tests.sdk.iam import refused
from tests.sdk.identity import Place, key_of, login, unsigned
from tests.sdk.support import Wire, an_account, claims_of, holds, unique

PROVIDER = "login.mine"
TAKEN = "Developer user identifier is already registered with a different identity id"


@pytest.fixture(scope="module")
def place(wire: Wire) -> Place:
    """Return the account of the module's app."""
    return Place(wire.base_url, wire.account)


@pytest.fixture(scope="module")
def public(wire: Wire) -> Any:
    """Return an application's client."""
    return unsigned(wire.base_url)


@pytest.fixture
def pool_id(place: Place, app: App) -> str:
    """Return a pool with a developer provider."""
    return place.pool_for(app, DeveloperProviderName=PROVIDER)


def vouch(place: Place, pool_id: str, user: str, **more: Any) -> Any:
    """Let the back end ask a token for its user."""
    logins = {PROVIDER: user, **more.pop("logins", {})}
    return place.admin.get_open_id_token_for_developer_identity(
        IdentityPoolId=pool_id, Logins=logins, **more
    )


@holds("IDPOOL-60")
def test_a_back_end_says_who_its_users_are(place: Place, public: Any, pool_id: str) -> None:
    user = unique()
    told = vouch(place, pool_id, user)
    claims = claims_of(told["Token"])
    assert claims["sub"] == told["IdentityId"]
    assert claims["amr"] == ["authenticated", PROVIDER, f"{PROVIDER}:{pool_id}:{user}"]
    assert claims["exp"] - claims["iat"] == 900
    assert vouch(place, pool_id, user)["IdentityId"] == told["IdentityId"]
    assert vouch(place, pool_id, unique())["IdentityId"] != told["IdentityId"]
    long = claims_of(vouch(place, pool_id, user, TokenDuration=86_400)["Token"])
    assert long["exp"] - long["iat"] == 86_400
    tagged = claims_of(vouch(place, pool_id, user, PrincipalTags={"dept": "red"})["Token"])
    assert tagged["https://aws.amazon.com/tags"]["principal_tags"] == {"dept": ["red"]}
    with refused("NotAuthorizedException"):
        public.get_id(IdentityPoolId=pool_id, Logins={PROVIDER: user})
    with refused(
        "InvalidParameterException", "Please provide a valid public provider or developer provider"
    ):
        place.admin.get_open_id_token_for_developer_identity(
            IdentityPoolId=pool_id, Logins={"login.other": user}
        )


@holds("IDPOOL-61")
def test_a_user_is_linked_to_a_named_identity(
    place: Place, public: Any, app: App, pool_id: str
) -> None:
    guest = public.get_id(IdentityPoolId=pool_id)["IdentityId"]
    one, two = unique(), unique()
    assert vouch(place, pool_id, one, IdentityId=guest)["IdentityId"] == guest
    assert vouch(place, pool_id, two, IdentityId=guest)["IdentityId"] == guest
    another = vouch(place, pool_id, unique())["IdentityId"]
    with refused("DeveloperUserAlreadyRegisteredException", TAKEN):
        vouch(place, pool_id, one, IdentityId=another)
    told = vouch(place, pool_id, one, logins=login(app))
    assert told["IdentityId"] == guest
    described = place.admin.describe_identity(IdentityId=guest)
    assert described["Logins"] == sorted([PROVIDER, key_of(app)])
    elsewhere = place.pool(DeveloperProviderName=PROVIDER)
    with refused("ResourceNotFoundException", f"Identity '{guest}' not found."):
        vouch(place, elsewhere, one, IdentityId=guest)


@holds("IDPOOL-62")
def test_users_and_identities_are_looked_up(place: Place, pool_id: str) -> None:
    users = sorted(unique() for _ in range(3))
    identity = vouch(place, pool_id, users[0])["IdentityId"]
    for user in users[1:]:
        vouch(place, pool_id, user, IdentityId=identity)

    def lookup(**members: Any) -> Any:
        return place.admin.lookup_developer_identity(IdentityPoolId=pool_id, **members)

    assert sorted(lookup(IdentityId=identity)["DeveloperUserIdentifierList"]) == users
    by_user = lookup(DeveloperUserIdentifier=users[1])
    assert by_user["IdentityId"] == identity
    assert sorted(by_user["DeveloperUserIdentifierList"]) == users
    pair = lookup(IdentityId=identity, DeveloperUserIdentifier=users[1])
    assert (pair["IdentityId"], pair["DeveloperUserIdentifierList"]) == (identity, [users[1]])
    first = lookup(IdentityId=identity, MaxResults=2)
    rest = lookup(IdentityId=identity, MaxResults=2, NextToken=first["NextToken"])
    paged = first["DeveloperUserIdentifierList"] + rest["DeveloperUserIdentifierList"]
    assert sorted(paged) == users
    other = vouch(place, pool_id, unique())["IdentityId"]
    with refused("ResourceConflictException"):
        lookup(IdentityId=other, DeveloperUserIdentifier=users[0])
    with refused("InvalidParameterException"):
        lookup()
    with refused("ResourceNotFoundException"):
        lookup(DeveloperUserIdentifier=unique())


@holds("IDPOOL-63")
def test_two_users_become_one_identity(place: Place, public: Any, app: App, pool_id: str) -> None:
    one, two, three = unique(), unique(), unique()
    first, second = (vouch(place, pool_id, user)["IdentityId"] for user in (one, two))
    names = {"DeveloperProviderName": PROVIDER, "IdentityPoolId": pool_id}
    merged = place.admin.merge_developer_identities(
        SourceUserIdentifier=one, DestinationUserIdentifier=two, **names
    )
    assert merged["IdentityId"] == second
    assert vouch(place, pool_id, one)["IdentityId"] == second
    with refused("NotAuthorizedException", f"Access to Identity '{first}' is forbidden."):
        public.get_open_id_token(IdentityId=first)
    again = place.admin.merge_developer_identities(
        SourceUserIdentifier=one, DestinationUserIdentifier=two, **names
    )
    assert again["IdentityId"] == second
    vouch(place, pool_id, two, logins=login(app))
    vouch(place, pool_id, three, logins=login(app))
    with refused("ResourceConflictException"):
        place.admin.merge_developer_identities(
            SourceUserIdentifier=one, DestinationUserIdentifier=three, **names
        )
    with refused("ResourceNotFoundException"):
        place.admin.merge_developer_identities(
            SourceUserIdentifier=unique(), DestinationUserIdentifier=two, **names
        )


@holds("IDPOOL-64")
def test_a_user_is_taken_from_an_identity(place: Place, public: Any, pool_id: str) -> None:
    user, other = unique(), unique()
    identity = vouch(place, pool_id, user)["IdentityId"]
    names = {"IdentityPoolId": pool_id, "DeveloperProviderName": PROVIDER}
    foreign = vouch(place, pool_id, other)["IdentityId"]
    with refused("ResourceConflictException"):
        place.admin.unlink_developer_identity(
            IdentityId=foreign, DeveloperUserIdentifier=user, **names
        )
    place.admin.unlink_developer_identity(
        IdentityId=identity, DeveloperUserIdentifier=user, **names
    )
    with refused("NotAuthorizedException", f"Access to Identity '{identity}' is forbidden."):
        public.get_open_id_token(IdentityId=identity)
    assert vouch(place, pool_id, user)["IdentityId"] != identity
    with refused("ResourceConflictException"):
        place.admin.unlink_developer_identity(
            IdentityId=identity, DeveloperUserIdentifier=user, **names
        )


@holds("IDPOOL-65")
def test_an_identity_has_twenty_logins(place: Place, pool_id: str) -> None:
    identity = vouch(place, pool_id, unique())["IdentityId"]
    for _ in range(19):
        vouch(place, pool_id, unique(), IdentityId=identity)
    with refused("ResourceConflictException"):
        vouch(place, pool_id, unique(), IdentityId=identity)


@holds("IDPOOL-62")
def test_no_pool_tells_of_anothers_identities(place: Place, pool_id: str) -> None:
    user = unique()
    identity = vouch(place, pool_id, user)["IdentityId"]
    elsewhere = place.pool(DeveloperProviderName=PROVIDER)
    for asked in ({"IdentityId": identity}, {"DeveloperUserIdentifier": user}):
        with refused("ResourceNotFoundException"):
            place.admin.lookup_developer_identity(IdentityPoolId=elsewhere, **asked)
    stranger = Place(place.base_url, an_account())
    with refused("ResourceNotFoundException", f"IdentityPool '{pool_id}' not found."):
        stranger.admin.lookup_developer_identity(IdentityPoolId=pool_id, IdentityId=identity)
