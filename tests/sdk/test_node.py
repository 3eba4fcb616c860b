"""The JavaScript clients, unmodified, on Node: each script of `node/` reports what it saw."""

import json

from tests.sdk import boto
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import PASSWORD, Json, Wire, an_email, claims_of, holds, tampered, unique
from tests.support.node import run_node
from tests.support.server import StartServer

INCORRECT = "Incorrect username or password."


def run(script: str, settings: dict[str, Json], environment: dict[str, str] | None = None) -> Json:
    """Run a script with these settings and return its report."""
    given = {**(environment or {}), "CLIENT_TEST": json.dumps(settings)}
    return json.loads(run_node(script, environment=given))


def settings_of(app: App) -> dict[str, Json]:
    """Return what a script needs to know, and the names of users of its own."""
    return {
        "url": app.wire.base_url,
        "pool": app.pool_id,
        "client": app.client_id,
        "name": unique(),
        "email": an_email(),
        "password": PASSWORD,
        "temporary": app.temporary_user(),
    }


@holds("SIGNUP-01", "SIGNUP-30", "SIGNIN-20", "SIGNIN-41", "SIGNIN-70", "TOKEN-56", "WIRE-16")
def test_amazon_cognito_identity_js(app: App) -> None:
    given = settings_of(app)
    told = run("identity.mjs", given)
    assert told["confirmed"] is False
    assert told["destination"] == "m***@e***"
    # The right password of an unconfirmed user, proven by SRP.
    assert told["unconfirmed"]["code"] == "UserNotConfirmedException"
    assert told["wrongCode"]["code"] == "CodeMismatchException"
    assert told["confirmation"] == "SUCCESS"
    assert told["wrongPassword"]["code"] == "NotAuthorizedException"
    assert told["wrongPassword"]["message"] == INCORRECT
    assert (told["valid"], told["username"], told["email"]) == (True, given["name"], given["email"])
    assert told["attributes"]["email_verified"] == "true"
    assert (told["refreshed"], told["nameAfterRefresh"]) == (True, "N")
    assert told["changed"] == "SUCCESS"
    assert (told["byPassword"], told["recovered"]) == (True, True)
    assert (told["required"], told["invited"]) == ([], True)
    assert (told["signedOut"], told["deleted"]) == ("SUCCESS", "SUCCESS")


@holds("SIGNUP-01", "SIGNUP-50", "SIGNIN-20", "SIGNIN-41", "SIGNIN-74", "RECOVERY-10", "WIRE-06")
def test_amplify_v6(app: App) -> None:
    given = settings_of(app)
    told = run("amplify.mjs", given)
    assert told["signUp"] == "CONFIRM_SIGN_UP"
    assert told["destination"] == "m***@e***"
    assert told["unconfirmed"] == "CONFIRM_SIGN_UP"
    assert told["confirmed"] == "DONE"
    assert (told["wrong"]["name"], told["wrong"]["message"]) == (
        "NotAuthorizedException",
        INCORRECT,
    )
    assert told["nobody"]["name"] == "UserNotFoundException"
    assert (told["srp"], told["byPassword"]) == ("DONE", "DONE")
    assert told["user"] == given["name"]
    assert told["attributes"]["email"] == given["email"]
    assert (told["refreshed"], told["nameAfterRefresh"]) == (True, "N")
    assert told["afterSignOut"] is None
    assert told["reset"] == "CONFIRM_RESET_PASSWORD_WITH_CODE"
    assert told["recovered"] is True
    assert told["invited"] == "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED"
    assert told["renewed"] is True


@holds("WIRE-01", "WIRE-05", "WIRE-06", "POOL-01", "CLIENT-01", "LIST-09", "TOKEN-50")
def test_aws_sdk_for_javascript_v3(server_url: str) -> None:
    environment = boto.environment(server_url)
    environment["AWS_REGION"] = environment["AWS_DEFAULT_REGION"]
    told = run("sdk3.mjs", {"password": PASSWORD}, environment)
    assert (told["same"], told["sameClient"], told["date"]) == (True, True, True)
    assert told["users"] == ["one", "two", "three"]
    assert told["user"] == "one"
    assert told["revoked"]["name"] == "NotAuthorizedException"
    assert told["revoked"]["message"] == "Access Token has been revoked"
    assert told["nobody"]["message"] == "User does not exist."
    assert (told["typed"], bool(told["requestId"])) == (True, True)


def tokens_of(app: App) -> dict[str, Json]:
    """Return what a verifier is given."""
    tokens = app.sign_in(app.user())
    return {
        "pool": app.pool_id,
        "client": app.client_id,
        "access": tokens["AccessToken"],
        "id": tokens["IdToken"],
        "tampered": tampered(tokens["IdToken"]),
        "issuer": claims_of(tokens["IdToken"])["iss"],
        "jwks": f"{app.wire.base_url}/{app.pool_id}/.well-known/jwks.json",
    }


@holds("TOKEN-01", "TOKEN-03", "TOKEN-05")
def test_aws_jwt_verify(app: App) -> None:
    foreign = an_app(app.wire, a_pool(app.wire))
    given = {**tokens_of(app), "foreign": tokens_of(foreign)["id"]}
    told = run("verify.mjs", given)
    assert (told["id"], told["access"]) == ("id", "access")
    assert told["client"] == app.client_id
    assert told["tampered"]["kind"] == "JwtInvalidSignatureError"
    assert told["foreign"]["kind"] in {"JwtInvalidIssuerError", "KidNotFoundInJwksError"}
    assert set(told["fetched"]) == {given["jwks"]}


@holds("TOKEN-01", "TOKEN-03")
def test_verifiers_that_insist_on_amazons_issuer(start_server: StartServer) -> None:
    server = start_server("--issuer", "aws")
    app = an_app(Wire(server.base_url))
    given = tokens_of(app)
    assert given["issuer"] == f"https://cognito-idp.us-east-1.amazonaws.com/{app.pool_id}"
    told = run("verify.mjs", given)
    assert (told["id"], told["access"]) == ("id", "access")
    for swapped in ("idSwapped", "accessSwapped"):
        assert told[swapped]["kind"].startswith("CognitoJwtInvalid"), told[swapped]
    assert app.wire.call("GetUser", AccessToken=given["access"])["Username"]
