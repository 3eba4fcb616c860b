"""docs/behaviours/identity-pools.md: who gets which identity, over sockets."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.iam import refused
from tests.sdk.identity import (
    GUESTS_OFF,
    LOGINS_DIFFER,
    UNSUPPORTED,
    Place,
    key_of,
    login,
    unsigned,
)
from tests.sdk.support import Wire, an_account, holds

THREADS = 50


@pytest.fixture(scope="module")
def place(wire: Wire) -> Place:
    """Return the account of the module's app."""
    return Place(wire.base_url, wire.account)


@pytest.fixture(scope="module")
def other_app(wire: Wire) -> App:
    """Return a client of another user pool."""
    return an_app(wire, a_pool(wire))


@pytest.fixture(scope="module")
def public(wire: Wire) -> Any:
    """Return an application's client."""
    return unsigned(wire.base_url)


def identity_of(public: Any, pool_id: str, logins: dict[str, str] | None = None) -> str:
    """Return what GetId says."""
    found: str = public.get_id(IdentityPoolId=pool_id, Logins=logins or {})["IdentityId"]
    return found


def forbidden(identity_id: str) -> str:
    """Return the words that SDKs react to."""
    return f"Access to Identity '{identity_id}' is forbidden."


@holds("IDPOOL-20")
def test_every_guest_is_a_new_one_where_guests_are_allowed(place: Place, public: Any) -> None:
    pool_id = place.pool()
    first, second = (identity_of(public, pool_id) for _ in range(2))
    assert first != second
    assert place.admin.describe_identity(IdentityId=first)["Logins"] == []
    closed = place.pool(guests=False)
    with refused("NotAuthorizedException", GUESTS_OFF):
        public.get_id(IdentityPoolId=closed)


@holds("IDPOOL-21")
def test_a_login_has_one_identity_in_a_pool(place: Place, public: Any, app: App) -> None:
    pool_id, other = place.pool_for(app), place.pool_for(app)
    name = app.user()
    first = identity_of(public, pool_id, login(app, name))
    assert identity_of(public, pool_id, login(app, name)) == first
    assert identity_of(public, other, login(app, name)) != first
    assert identity_of(public, pool_id, login(app)) != first
    assert place.admin.describe_identity(IdentityId=first)["Logins"] == [key_of(app)]


@holds("IDPOOL-22")
def test_two_clients_of_a_user_pool_know_one_user(place: Place, public: Any, app: App) -> None:
    second = app.another_client()
    pool_id = place.pool_for(app, second)
    name = app.user()
    assert identity_of(public, pool_id, login(app, name)) == identity_of(
        public, pool_id, login(second, name)
    )


@holds("IDPOOL-23")
def test_logins_that_a_pool_does_not_take(
    place: Place, public: Any, app: App, other_app: App
) -> None:
    only_guests, pool_id = place.pool(), place.pool_for(app, DeveloperProviderName="login.mine")
    with refused("NotAuthorizedException", LOGINS_DIFFER):
        identity_of(public, only_guests, login(app))
    for key in (key_of(other_app), "login.mine", "cognito-identity.amazonaws.com", "nowhere"):
        with refused("NotAuthorizedException", UNSUPPORTED):
            identity_of(public, pool_id, {key: login(app)[key_of(app)]})
    stranger = app.another_client()
    with refused("NotAuthorizedException", UNSUPPORTED):
        identity_of(public, pool_id, login(stranger))


@holds("IDPOOL-24")
def test_a_second_login_is_linked_and_knows_the_way(
    place: Place, public: Any, app: App, other_app: App
) -> None:
    pool_id = place.pool_for(app, other_app)
    first = login(app)
    second = login(other_app)
    identity = identity_of(public, pool_id, first)
    assert identity_of(public, pool_id, {**first, **second}) == identity
    assert identity_of(public, pool_id, second) == identity
    described = place.admin.describe_identity(IdentityId=identity)
    assert described["Logins"] == sorted([key_of(app), key_of(other_app)])
    assert described["LastModifiedDate"] > described["CreationDate"]
    with refused("ResourceConflictException", "Logins are already linked to another account."):
        identity_of(public, pool_id, {**login(app), **second})


@holds("IDPOOL-25")
def test_two_identities_that_meet_become_the_older_one(
    place: Place, public: Any, app: App, other_app: App
) -> None:
    pool_id = place.pool_for(app, other_app)
    first, second = login(app), login(other_app)
    older = identity_of(public, pool_id, second)
    younger = identity_of(public, pool_id, first)
    assert identity_of(public, pool_id, {**first, **second}) == older
    assert identity_of(public, pool_id, first) == older
    listed = place.admin.list_identities(IdentityPoolId=pool_id, MaxResults=60)["Identities"]
    assert sorted(each["IdentityId"] for each in listed) == sorted([older, younger])
    hidden = place.admin.list_identities(IdentityPoolId=pool_id, MaxResults=60, HideDisabled=True)[
        "Identities"
    ]
    assert [each["IdentityId"] for each in hidden] == [older]
    assert place.admin.describe_identity(IdentityId=younger)["Logins"] == []


@holds("IDPOOL-26")
def test_a_login_that_is_taken_away_is_new_and_the_last_one_leaves_nobody(
    place: Place, public: Any, app: App, other_app: App
) -> None:
    pool_id = place.pool_for(app, other_app)
    both = {**login(app), **login(other_app)}
    identity = identity_of(public, pool_id, both)
    public.unlink_identity(IdentityId=identity, Logins=both, LoginsToRemove=[key_of(other_app)])
    assert place.admin.describe_identity(IdentityId=identity)["Logins"] == [key_of(app)]
    mine = {key_of(app): both[key_of(app)]}
    with refused("NotAuthorizedException", LOGINS_DIFFER):
        public.unlink_identity(
            IdentityId=identity, Logins=login(other_app), LoginsToRemove=[key_of(app)]
        )
    public.unlink_identity(IdentityId=identity, Logins=mine, LoginsToRemove=[key_of(app)])
    assert place.admin.describe_identity(IdentityId=identity)["Logins"] == []
    with refused("NotAuthorizedException", forbidden(identity)):
        public.get_open_id_token(IdentityId=identity)
    assert identity_of(public, pool_id, mine) != identity


@holds("IDPOOL-27")
def test_identities_are_listed_in_pages_and_deleted_by_sixties(
    place: Place, public: Any, app: App
) -> None:
    pool_id = place.pool_for(app)
    made = sorted(identity_of(public, pool_id) for _ in range(61))
    first = place.admin.list_identities(IdentityPoolId=pool_id, MaxResults=60)
    rest = place.admin.list_identities(
        IdentityPoolId=pool_id, MaxResults=60, NextToken=first["NextToken"]
    )
    listed = [each["IdentityId"] for page in (first, rest) for each in page["Identities"]]
    assert listed == made
    assert "NextToken" not in rest
    with refused("ValidationException"):
        place.admin.delete_identities(IdentityIdsToDelete=made)
    unknown = "us-east-1:00000000-0000-4000-8000-000000000000"
    stranger = Place(place.base_url, an_account())
    denied = stranger.admin.delete_identities(IdentityIdsToDelete=[made[0], unknown])
    assert denied["UnprocessedIdentityIds"] == [
        {"IdentityId": made[0], "ErrorCode": "AccessDenied"}
    ]
    done = place.admin.delete_identities(IdentityIdsToDelete=[*made[:59], unknown])
    assert done["UnprocessedIdentityIds"] == []
    with refused("ResourceNotFoundException", f"Identity '{made[0]}' not found."):
        place.admin.describe_identity(IdentityId=made[0])
    with refused("ResourceNotFoundException", f"Identity '{made[60]}' not found."):
        stranger.admin.describe_identity(IdentityId=made[60])


@holds("IDPOOL-28")
def test_a_deleted_identity_frees_its_logins(place: Place, public: Any, app: App) -> None:
    pool_id = place.pool_for(app)
    logins = login(app)
    gone = identity_of(public, pool_id, logins)
    place.admin.delete_identities(IdentityIdsToDelete=[gone])
    assert identity_of(public, pool_id, logins) != gone
    with refused("ResourceNotFoundException", f"Identity '{gone}' not found."):
        public.get_open_id_token(IdentityId=gone, Logins=logins)


@holds("IDPOOL-29")
def test_fifty_devices_with_one_new_login_get_one_identity(
    place: Place, public: Any, app: App, other_app: App
) -> None:
    pool_id = place.pool_for(app, other_app)
    first, second = login(app), login(other_app)
    ways = [first, second, {**first, **second}]
    identity_of(public, place.pool_for(app), first)  # the client is warm
    with ThreadPoolExecutor(THREADS) as threads:
        same = list(threads.map(lambda _: identity_of(public, pool_id, first), range(THREADS)))
        assert len(set(same)) == 1
        list(threads.map(lambda n: identity_of(public, pool_id, ways[n % 3]), range(THREADS)))
    survivors = {identity_of(public, pool_id, way) for way in ways}
    assert len(survivors) == 1
    listed = place.admin.list_identities(IdentityPoolId=pool_id, MaxResults=60, HideDisabled=True)[
        "Identities"
    ]
    assert {each["IdentityId"] for each in listed} == survivors
