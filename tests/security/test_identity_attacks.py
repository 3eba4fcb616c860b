"""Strangers at identity pools: guests where none are wanted, others' identities, others' roles.

docs/behaviours/identity-attacks.md.
"""

from collections.abc import Callable
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from tests.behaviours.test_identity_credentials import NO_ROLE, NOT_OURS, using, with_roles
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.iam import allow, document, refused, trust
from tests.sdk.identity import (
    ASSUME,
    COGNITO,
    GUESTS_OFF,
    LOGINS_DIFFER,
    UNSUPPORTED,
    Place,
    key_of,
    login,
    unsigned,
)
from tests.sdk.support import Wire, an_account, holds, unique

NOT_BY_WEB: Final = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
BACK_END: Final = "login.mine"
UNKNOWN: Final = "us-east-1:00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def place(wire: Wire) -> Place:
    return Place(wire.base_url, wire.account)


@pytest.fixture(scope="module")
def public(wire: Wire) -> Any:
    return unsigned(wire.base_url)


@pytest.fixture(scope="module")
def sts(wire: Wire) -> Any:
    return unsigned(wire.base_url, "sts")


@pytest.fixture(scope="module")
def other_app(wire: Wire) -> App:
    return an_app(wire, a_pool(wire))


def id_of(public: Any, pool_id: str, logins: dict[str, str] | None = None) -> str:
    found: str = public.get_id(IdentityPoolId=pool_id, Logins=logins or {})["IdentityId"]
    return found


def uses_of(public: Any) -> list[Callable[..., Any]]:
    """Return what an id and logins open."""
    return [public.get_open_id_token, public.get_credentials_for_identity]


def forbidden(identity_id: str) -> str:
    return f"Access to Identity '{identity_id}' is forbidden."


def state_of(place: Place, pool_id: str) -> list[tuple[str, list[str]]]:
    """Return every identity of a pool with its logins."""
    listed = place.admin.list_identities(IdentityPoolId=pool_id, MaxResults=60)["Identities"]
    return sorted((each["IdentityId"], each["Logins"]) for each in listed)


# -- guests


@holds("IDAT-01")
def test_nobody_is_a_guest_where_guests_are_off(place: Place, public: Any, app: App) -> None:
    pool_id = place.pool_for(app)
    role = place.role(pool_id)
    with_roles(place, pool_id, unauthenticated=role, authenticated=role)
    guest = id_of(public, pool_id)
    token = public.get_open_id_token(IdentityId=guest)["Token"]
    assert public.get_credentials_for_identity(IdentityId=guest)
    place.admin.update_identity_pool(
        IdentityPoolId=pool_id,
        IdentityPoolName="n",
        AllowUnauthenticatedIdentities=False,
        CognitoIdentityProviders=[{"ProviderName": key_of(app), "ClientId": app.client_id}],
    )
    nothing: list[dict[str, Any]] = [{}, {"Logins": {}}]
    for given in nothing:
        with refused("NotAuthorizedException", GUESTS_OFF):
            public.get_id(IdentityPoolId=pool_id, **given)
        for use in uses_of(public):
            with refused("NotAuthorizedException", GUESTS_OFF):
                use(IdentityId=guest, **given)
    with refused("NotAuthorizedException", GUESTS_OFF):
        public.get_credentials_for_identity(IdentityId=guest, Logins={COGNITO: token})
    assert id_of(public, pool_id, login(app)), "whoever has a login gets in"


@holds("IDAT-01")
def test_empty_and_unknown_logins_are_no_guests(place: Place, public: Any, app: App) -> None:
    pool_id = place.pool_for(app, guests=False)
    for logins in ({key_of(app): "x"}, {COGNITO: "x"}, {" ": "x"}, {"login.mine": "x"}):
        with pytest.raises(public.exceptions.ClientError) as caught:
            id_of(public, pool_id, logins)
        code = caught.value.response["Error"]["Code"]
        assert code in {"NotAuthorizedException", "ValidationException"}, logins
    assert state_of(place, pool_id) == []


# -- the classic flow


@holds("IDAT-03")
def test_a_caller_who_names_the_role_is_asked_of_the_role(
    place: Place, public: Any, sts: Any, app: App
) -> None:
    pool_id, elsewhere = place.pool_for(app), place.pool()
    stranger = Place(place.base_url, an_account())
    user = place.iam.create_user(UserName=unique("admin"))["User"]["Arn"]

    def a_role(trusts: str, **more: Any) -> str:
        made = place.iam.create_role(
            RoleName=unique("role"), AssumeRolePolicyDocument=trusts, **more
        )
        arn: str = made["Role"]["Arn"]
        return arn

    own = {"StringEquals": {f"{COGNITO}:aud": pool_id}}
    mine = a_role(trust({"Federated": COGNITO}, ASSUME, Condition=own), Path="/team/")
    arbitrary = {
        "another pool's": place.role(elsewhere),
        "a user's": a_role(trust({"AWS": user})),
        "anybody's in the account": a_role(trust({"AWS": place.account})),
        "a service's": a_role(trust({"Service": "lambda.amazonaws.com"})),
        "Google's": a_role(trust({"Federated": "accounts.google.com"}, ASSUME)),
        "of an action that is not this one": a_role(
            trust({"Federated": COGNITO}, "sts:TagSession", Condition=own)
        ),
        "of another account": stranger.role(elsewhere),
        "without its path": mine.replace("/team/", "/"),
        "nobody's": f"arn:aws:iam::{place.account}:role/nobody",
    }
    logins = login(app)
    who = id_of(public, pool_id, logins)
    token = public.get_open_id_token(IdentityId=who, Logins=logins)["Token"]
    asked = {"RoleSessionName": "app", "WebIdentityToken": token}
    for whose, role in arbitrary.items():
        with refused("AccessDenied", NOT_BY_WEB, 403):
            sts.assume_role_with_web_identity(RoleArn=role, **asked)
            raise AssertionError(whose)
    for text in (mine.replace(":role/", ":user/"), mine[:-1], "*" * 20, f"{mine}*"):
        with pytest.raises(sts.exceptions.ClientError):
            sts.assume_role_with_web_identity(RoleArn=text, **asked)
    assert sts.assume_role_with_web_identity(RoleArn=mine, **asked)


@holds("IDAT-03")
def test_the_classic_flow_is_off_where_a_pool_says_so(place: Place, public: Any, app: App) -> None:
    off = place.pool_for(app, AllowClassicFlow=False)
    key = f"{key_of(app)}:{app.client_id}"
    mapped = place.pool_for(app)
    role = place.role(mapped)
    place.admin.set_identity_pool_roles(
        IdentityPoolId=mapped,
        Roles={"authenticated": role},
        RoleMappings={key: {"Type": "Token", "AmbiguousRoleResolution": "Deny"}},
    )
    for pool_id in (off, mapped):
        logins = login(app)
        for who, given in ((id_of(public, pool_id, logins), logins), (id_of(public, pool_id), {})):
            with refused("InvalidParameterException"):
                public.get_open_id_token(IdentityId=who, Logins=given)


# -- identities of others


@holds("IDAT-05")
def test_an_id_of_somebody_else_opens_nothing_and_joins_nobody(
    place: Place, public: Any, app: App, other_app: App
) -> None:
    pool_id = place.pool_for(app, other_app)
    with_roles(place, pool_id, authenticated=place.role(pool_id))
    victims, own = login(app), login(app)
    victim, attacker = id_of(public, pool_id, victims), id_of(public, pool_id, own)
    before = state_of(place, pool_id)
    foreign = login(other_app)
    for given in (own, foreign, {**own, **foreign}):
        for use in uses_of(public):
            with refused("NotAuthorizedException", LOGINS_DIFFER):
                use(IdentityId=victim, Logins=given)
        with refused("NotAuthorizedException", LOGINS_DIFFER):
            public.unlink_identity(
                IdentityId=victim, Logins=given, LoginsToRemove=[key_of(app), key_of(other_app)]
            )
    for use in uses_of(public):
        with refused("NotAuthorizedException", forbidden(victim)):
            use(IdentityId=victim)
    token = public.get_open_id_token(IdentityId=attacker, Logins=own)["Token"]
    with refused("NotAuthorizedException", NOT_OURS):
        public.get_credentials_for_identity(IdentityId=victim, Logins={COGNITO: token})
    assert state_of(place, pool_id) == before
    assert id_of(public, pool_id, victims) == victim


@holds("IDAT-05")
def test_two_of_one_provider_are_never_one_identity(
    place: Place, public: Any, app: App, other_app: App
) -> None:
    """Whoever has a second login too cannot bring two people of a provider together by it."""
    pool_id = place.pool_for(app, other_app)
    victims, own, shared = login(app), login(app), login(other_app)
    victim = id_of(public, pool_id, {**victims, **shared})
    attacker = id_of(public, pool_id, own)
    before = state_of(place, pool_id)
    with refused("ResourceConflictException"):
        id_of(public, pool_id, {**own, **shared})
    for use in uses_of(public):
        with refused("ResourceConflictException"):
            use(IdentityId=attacker, Logins={**own, **shared})
    assert state_of(place, pool_id) == before
    assert id_of(public, pool_id, victims) == victim


@holds("IDAT-05")
def test_an_id_is_of_one_pool(place: Place, public: Any, app: App, other_app: App) -> None:
    here, there = place.pool_for(app), place.pool_for(other_app)
    mine, theirs = login(app), login(other_app)
    victim = id_of(public, here, mine)
    id_of(public, there, theirs)
    for use in uses_of(public):
        with refused("NotAuthorizedException", UNSUPPORTED):
            use(IdentityId=victim, Logins=theirs)
        with refused("ResourceNotFoundException"):
            use(IdentityId=UNKNOWN, Logins=mine)


# -- disabled, orphaned and deleted identities


@holds("IDAT-15")
def test_an_identity_that_was_merged_away_opens_nothing(
    place: Place, public: Any, app: App
) -> None:
    pool_id = place.pool_for(app)
    role = place.role(pool_id)
    with_roles(place, pool_id, authenticated=role, unauthenticated=role)
    logins = login(app)
    kept = id_of(public, pool_id, logins)
    guest = id_of(public, pool_id)
    old = public.get_open_id_token(IdentityId=guest)["Token"]
    assert public.get_credentials_for_identity(IdentityId=guest, Logins=logins)[
        "IdentityId"
    ] == kept  # fmt: skip
    for given in ({}, logins, login(app)):
        for use in uses_of(public):
            with refused("NotAuthorizedException", forbidden(guest)):
                use(IdentityId=guest, Logins=given)
    with refused("NotAuthorizedException", forbidden(guest)):
        public.get_credentials_for_identity(IdentityId=guest, Logins={COGNITO: old})
    with refused("NotAuthorizedException", forbidden(guest)):
        public.unlink_identity(IdentityId=guest, Logins=logins, LoginsToRemove=[key_of(app)])
    assert place.admin.describe_identity(IdentityId=kept)["Logins"] == [key_of(app)]


@holds("IDAT-15")
def test_who_has_no_login_any_more_is_no_guest(place: Place, public: Any, app: App) -> None:
    pool_id = place.pool_for(app)
    role = place.role(pool_id)
    with_roles(place, pool_id, authenticated=role, unauthenticated=role)
    logins = login(app)
    who = id_of(public, pool_id, logins)
    token = public.get_open_id_token(IdentityId=who, Logins=logins)["Token"]
    public.unlink_identity(IdentityId=who, Logins=logins, LoginsToRemove=[key_of(app)])
    for use in uses_of(public):
        with refused("NotAuthorizedException", forbidden(who)):
            use(IdentityId=who)
    with refused("NotAuthorizedException", forbidden(who)):
        public.get_credentials_for_identity(IdentityId=who, Logins={COGNITO: token})
    place.admin.delete_identities(IdentityIdsToDelete=[who])
    for given in ({}, logins, {COGNITO: token}):
        with refused("ResourceNotFoundException"):
            public.get_credentials_for_identity(IdentityId=who, Logins=given)


# -- back ends


@holds("IDAT-08")
def test_a_back_end_knows_the_users_of_its_own_pools(place: Place, public: Any, app: App) -> None:
    user = unique()
    pools = [place.pool_for(app, DeveloperProviderName=BACK_END) for _ in range(2)]
    stranger = Place(place.base_url, an_account())
    theirs = stranger.pool(DeveloperProviderName=BACK_END)

    def vouch(admin: Any, pool_id: str, **more: Any) -> Any:
        return admin.get_open_id_token_for_developer_identity(
            IdentityPoolId=pool_id, Logins={BACK_END: user}, **more
        )

    first, second = (vouch(place.admin, each)["IdentityId"] for each in pools)
    assert first != second, "one name, two pools, two people"
    before = [state_of(place, each) for each in pools]
    for pool_id, who in ((pools[1], first), (pools[0], second)):
        with refused("ResourceNotFoundException"):
            place.admin.lookup_developer_identity(IdentityPoolId=pool_id, IdentityId=who)
        with refused("ResourceConflictException"):
            place.admin.lookup_developer_identity(
                IdentityPoolId=pool_id, IdentityId=who, DeveloperUserIdentifier=user
            )
        with refused("ResourceNotFoundException"):
            place.admin.unlink_developer_identity(
                IdentityId=who,
                IdentityPoolId=pool_id,
                DeveloperProviderName=BACK_END,
                DeveloperUserIdentifier=user,
            )
        with refused("ResourceNotFoundException"):
            vouch(place.admin, pool_id, IdentityId=who)
    for asked in ({"IdentityId": first}, {"DeveloperUserIdentifier": user}):
        for pool_id in (pools[0], theirs):
            with refused("ResourceNotFoundException"):
                stranger.admin.lookup_developer_identity(IdentityPoolId=pool_id, **asked)
    with refused("ResourceNotFoundException"):
        vouch(stranger.admin, pools[0])
    with refused("ResourceNotFoundException"):
        vouch(stranger.admin, theirs, IdentityId=first)
    with refused("ResourceNotFoundException"):
        stranger.admin.merge_developer_identities(
            SourceUserIdentifier=user,
            DestinationUserIdentifier=unique(),
            DeveloperProviderName=BACK_END,
            IdentityPoolId=pools[0],
        )
    with refused("ResourceNotFoundException"):
        stranger.admin.describe_identity(IdentityId=first)
    for name in ("get_id", "get_credentials_for_identity"):
        given = {"IdentityPoolId": pools[0]} if name == "get_id" else {"IdentityId": first}
        with refused("NotAuthorizedException", UNSUPPORTED):
            getattr(public, name)(**given, Logins={BACK_END: user})
    assert [state_of(place, each) for each in pools] == before


# -- trust


@holds("IDAT-09")
def test_a_guest_gets_no_role_of_users(place: Place, public: Any, sts: Any, app: App) -> None:
    pool_id, other = place.pool_for(app), place.pool()
    of_users, of_guests = (
        place.role(pool_id, amr=amr) for amr in ("authenticated", "unauthenticated")
    )
    guest, logins = id_of(public, pool_id), login(app)
    user = id_of(public, pool_id, logins)
    tokens = {
        "guest": public.get_open_id_token(IdentityId=guest)["Token"],
        "user": public.get_open_id_token(IdentityId=user, Logins=logins)["Token"],
        "stranger": public.get_open_id_token(IdentityId=id_of(public, other))["Token"],
    }

    def bring(whose: str, role: str) -> Any:
        return sts.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="app", WebIdentityToken=tokens[whose]
        )

    assert bring("guest", of_guests)
    assert bring("user", of_users)
    wrong = [("guest", of_users), ("user", of_guests), ("stranger", of_guests)]
    for whose, role in (*wrong, ("stranger", of_users)):
        with refused("AccessDenied", NOT_BY_WEB, 403):
            bring(whose, role)
    with_roles(place, pool_id, unauthenticated=of_users, authenticated=of_guests)
    for who, given in ((guest, {}), (user, logins)):
        with refused("InvalidIdentityPoolConfigurationException", NO_ROLE):
            public.get_credentials_for_identity(IdentityId=who, Logins=given)
    with_roles(place, pool_id, unauthenticated=of_guests, authenticated=of_users)
    for role in (of_users, place.role(other), "arn:aws:iam::1:role/x"):
        with refused("NotAuthorizedException", f"Access to Role '{role}' is forbidden."):
            public.get_credentials_for_identity(IdentityId=guest, CustomRoleArn=role)
    assert public.get_credentials_for_identity(IdentityId=guest)


@holds("IDAT-09")
@pytest.mark.parametrize("provider_counts", [False, True])
def test_a_trust_policy_may_ask_for_the_provider(
    place: Place, public: Any, app: App, other_app: App, provider_counts: bool
) -> None:
    pool_id = place.pool_for(app, other_app)
    role = place.role(pool_id, amr=key_of(app) if provider_counts else "authenticated")
    with_roles(place, pool_id, authenticated=role)
    for each, fits in ((app, True), (other_app, not provider_counts)):
        logins = login(each)
        who = id_of(public, pool_id, logins)
        if fits:
            assert public.get_credentials_for_identity(IdentityId=who, Logins=logins)
        else:
            with refused("InvalidIdentityPoolConfigurationException", NO_ROLE):
                public.get_credentials_for_identity(IdentityId=who, Logins=logins)


@holds("IDAT-09")
def test_an_identity_reaches_its_own_things_alone(place: Place, public: Any, app: App) -> None:
    """A variable of the identity in a role's policy: neither another one's, nor all."""
    pool_id = place.pool_for(app)
    role = place.role(pool_id)
    arn = f"arn:aws:cognito-sync:*:*:identitypool/{pool_id}/identity/"
    place.iam.put_role_policy(
        RoleName=role.rpartition("/")[2],
        PolicyName="own",
        PolicyDocument=document(
            allow("cognito-sync:*", resource=f"{arn}${{{COGNITO}:sub}}*"),
            allow("cognito-identity:DescribeIdentityPool", Condition={
                "StringEquals": {f"{COGNITO}:sub": "${aws:nothing}"}
            }),
        ),
    )  # fmt: skip
    with_roles(place, pool_id, authenticated=role)
    logins = login(app)
    who = id_of(public, pool_id, logins)
    given = public.get_credentials_for_identity(IdentityId=who, Logins=logins)
    sync = using(place, given, "cognito-sync")
    other = id_of(public, pool_id, login(app))
    almost = who[:-1] + ("1" if who.endswith("0") else "0")
    for named, denied in ((who, False), (other, True), (almost, True)):
        code = ""
        try:
            sync.list_datasets(IdentityPoolId=pool_id, IdentityId=named)
        except ClientError as error:
            code = error.response["Error"]["Code"]
        assert (code == "AccessDeniedException") == denied, code
    with refused("AccessDeniedException"):
        using(place, given, "cognito-identity").describe_identity_pool(IdentityPoolId=pool_id)
