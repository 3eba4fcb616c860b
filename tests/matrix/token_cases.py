"""Sign-in, tokens, machines, sessions."""

from tests.matrix.case import case, has, nothing
from tests.matrix.pool_cases import IPE, RNF
from tests.matrix.user_cases import NAE, UNF, a_user, bad_token, nobody
from tests.matrix.world import EXCHANGE, FLOWS, World
from tests.sdk.support import PASSWORD, Json, attributes, tampered, unique

NEW_PASSWORD = "Chosen-Horse-9"


def _tokens_came(answer: dict[str, Json]) -> bool:
    return bool(answer["AuthenticationResult"]["TokenType"] == "Bearer")


def _start(world: World, password: str = PASSWORD) -> dict[str, Json]:
    return {
        "ClientId": world.client,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": world.user(), "PASSWORD": password},
    }


def _admin_start(world: World, password: str = PASSWORD) -> dict[str, Json]:
    return {
        **_start(world, password),
        "UserPoolId": world.pool,
        "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
    }


def _challenged(world: World) -> dict[str, Json]:
    name = unique()
    world.admin.admin_create_user(
        UserPoolId=world.pool,
        Username=name,
        TemporaryPassword=PASSWORD,
        MessageAction="SUPPRESS",
        UserAttributes=attributes({"email": "someone@example.com"}),
    )
    asked = world.app.initiate_auth(
        ClientId=world.client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
    )
    return {
        "ClientId": world.client,
        "ChallengeName": asked["ChallengeName"],
        "Session": asked["Session"],
        "ChallengeResponses": {"USERNAME": name, "NEW_PASSWORD": NEW_PASSWORD},
    }


def _altered(members: dict[str, Json]) -> dict[str, Json]:
    return {**members, "Session": tampered(members["Session"])}


def _by_admin(world: World, members: dict[str, Json]) -> dict[str, Json]:
    return {**members, "UserPoolId": world.pool}


case("InitiateAuth", _start, lambda w: _start(w, "Wrong-Horse-9"), NAE, _tokens_came)
case("AdminInitiateAuth", _admin_start, lambda w: _admin_start(w, "Wrong-Horse-9"), NAE,
     _tokens_came)  # fmt: skip
case("RespondToAuthChallenge", _challenged, lambda w: _altered(_challenged(w)), NAE,
     _tokens_came)  # fmt: skip
case("AdminRespondToAuthChallenge", lambda w: _by_admin(w, _challenged(w)),
     lambda w: _by_admin(w, _altered(_challenged(w))), NAE, _tokens_came)  # fmt: skip


def _refreshing(world: World) -> dict[str, Json]:
    return {"ClientId": world.client, "RefreshToken": world.tokens()["RefreshToken"]}


def _secret_refresh(world: World) -> dict[str, Json]:
    return {**_refreshing(world), "ClientId": world.secret_client}


case("GetTokensFromRefreshToken", _refreshing,
     lambda w: {**(told := _refreshing(w)), "RefreshToken": tampered(told["RefreshToken"])}, NAE,
     _tokens_came, denied=_secret_refresh)  # fmt: skip
case("RevokeToken", lambda w: {"ClientId": w.client, "Token": w.tokens()["RefreshToken"]},
     lambda w: {"ClientId": w.client, "Token": w.token()}, "UnsupportedTokenTypeException",
     nothing, denied=lambda w: {"ClientId": w.secret_client, "Token": w.tokens()["RefreshToken"]},
     denial="UnauthorizedException")  # fmt: skip


# -- machines and exchange


def _machine(world: World) -> dict[str, Json]:
    return dict(world.machine)


case("GetClientToken", lambda w: {**_machine(w), "Scopes": ["shop/read"]},
     lambda w: {**_machine(w), "Scopes": ["shop/write"]}, IPE,
     lambda answer: answer["ClientAuthenticationResult"]["TokenType"] == "Bearer",
     denied=lambda w: {**_machine(w), "Secret": "0" * 51})  # fmt: skip


def _exchange(world: World) -> dict[str, Json]:
    made = world.admin.create_user_pool_client(
        UserPoolId=world.pool,
        ClientName="exchange",
        GenerateSecret=True,
        ExplicitAuthFlows=[*FLOWS, *EXCHANGE],
    )["UserPoolClient"]
    return {
        "ClientId": made["ClientId"],
        "ClientSecret": made["ClientSecret"],
        "SubjectToken": world.tokens()["IdToken"],
        "SubjectTokenType": "ID_TOKEN",
        "RequestedTokenType": "ID_TOKEN",
    }


case("GetDerivedToken", _exchange,
     lambda w: {**_exchange(w), "Audiences": ["a"], "Resources": ["shop"]}, IPE,
     has("IssuedToken", "TokenType"),
     denied=lambda w: {**_exchange(w), "ClientSecret": "0" * 51})  # fmt: skip

# -- sessions


def _session(world: World) -> dict[str, Json]:
    """Sign in twice; return the caller's token and the other session's id."""
    name = world.user()
    other = world.tokens(name)
    mine = world.tokens(name)
    listed = world.app.list_user_sessions(AccessToken=mine["AccessToken"])["Sessions"]
    assert other["AccessToken"] != mine["AccessToken"]
    (theirs,) = [each for each in listed if not each["IsCurrentSession"]]
    return {
        "AccessToken": mine["AccessToken"],
        "SessionId": theirs["SessionId"],
        "Username": name,
    }


def _own(world: World) -> dict[str, Json]:
    told = _session(world)
    return {"AccessToken": told["AccessToken"], "SessionId": told["SessionId"]}


def _theirs(world: World) -> dict[str, Json]:
    told = _session(world)
    return {
        "UserPoolId": world.pool,
        "Username": told["Username"],
        "SessionId": told["SessionId"],
    }


NO_SESSION = "tkn" + "0" * 25
case("ListUserSessions", lambda w: {"AccessToken": w.token()}, bad_token, NAE,
     lambda answer: len(answer["Sessions"]) == 1)  # fmt: skip
case("AdminListUserSessions", a_user, nobody, UNF, has("Sessions"))
case("RevokeUserSession", _own, lambda w: {**_own(w), "SessionId": NO_SESSION}, RNF, nothing)
case("AdminRevokeUserSession", _theirs, lambda w: {**_theirs(w), "SessionId": NO_SESSION}, RNF,
     nothing)  # fmt: skip
