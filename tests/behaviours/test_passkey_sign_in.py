"""Sign-in by passkey: docs/behaviours/passkeys.md."""

import json

import pytest

from tests.behaviours.factors import TOTP, set_mfa
from tests.behaviours.passkeys import (
    FLOWS,
    INCORRECT,
    MULTI_FACTOR,
    PARTY,
    SPENT,
    a_holder,
    a_passkey_app,
    ask,
    configure,
    respond,
    tokens,
    wanted,
)
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import (
    PASSWORD,
    Wire,
    claims_of,
    holds,
    race,
    refused,
    unique,
)
from tests.support.authenticator import RS256, UP, UV, b64, unb64


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    """Return an app of a pool that requires verified users."""
    return a_passkey_app(wire, UserVerification="required")


@holds("PASSKEY-30", "PASSKEY-31", "PASSKEY-38")
@pytest.mark.parametrize("algorithm", [-7, RS256])
@pytest.mark.parametrize(
    "attachment, transports, factor",
    [
        ("platform", ("internal",), "swk"),
        ("cross-platform", ("usb", "nfc"), "hwk"),
        ("", ("hybrid",), "swk"),
        ("", ("usb",), "hwk"),
    ],
)
def test_a_passkey_signs_in(
    app: App, algorithm: int, attachment: str, transports: tuple[str, ...], factor: str
) -> None:
    holder = a_holder(app, algorithm=algorithm, attachment=attachment, transports=transports)
    asked = holder.asked()
    options = wanted(asked)
    assert len(unb64(options["challenge"])) == 32
    assert options["rpId"] == PARTY
    assert options["userVerification"] == "required"
    assert options["timeout"] == 180_000
    assert options["allowCredentials"] == [
        {
            "id": b64(holder.keeper.keys[0].id),
            "type": "public-key",
            "transports": holder.listed()[0]["AuthenticatorTransports"],
        }
    ]
    assert set(asked["ChallengeParameters"]) == {"CREDENTIAL_REQUEST_OPTIONS"}
    signed_in = tokens(respond(app, holder.name, asked, holder.keeper.get(options)))
    assert claims_of(signed_in["AccessToken"])["username"] == holder.name
    assert claims_of(signed_in["AccessToken"]).get("amr", [factor]) == [factor]
    assert tokens(holder.sign_in())


@holds("PASSKEY-30")
def test_the_choice_leads_to_the_passkey(app: App) -> None:
    holder = a_holder(app)
    asked = app.initiate("USER_AUTH", USERNAME=holder.name)
    assert "WEB_AUTHN" in asked["AvailableChallenges"]
    chosen = app.respond(
        "SELECT_CHALLENGE", asked["Session"], USERNAME=holder.name, ANSWER="WEB_AUTHN"
    )
    assert tokens(respond(app, holder.name, chosen, holder.keeper.get(wanted(chosen))))


@holds("PASSKEY-05")
@pytest.mark.parametrize(
    "origin",
    [
        f"https://{PARTY}",
        f"https://app.{PARTY}",
        "android:apk-key-hash:" + "A" * 43,
    ],
)
def test_origins_of_the_relying_party(app: App, origin: str) -> None:
    assert tokens(a_holder(app).sign_in(origin=origin))


@holds("PASSKEY-05")
def test_localhost_is_at_home(wire: Wire) -> None:
    app = a_passkey_app(wire, RelyingPartyId="localhost")
    holder = a_holder(app, origin="http://localhost:3000")
    for origin in ("http://localhost:5173", "https://localhost", "http://app.localhost:80"):
        assert tokens(holder.sign_in(origin=origin))
    for origin in ("http://127.0.0.1:3000", "http://localhost.example.org", "file://localhost"):
        with refused(*INCORRECT):
            holder.sign_in(origin=origin)


@holds("PASSKEY-34")
def test_a_user_need_not_be_verified_where_it_is_preferred(wire: Wire) -> None:
    app = a_passkey_app(wire)
    holder = a_holder(app, flags=UP)
    assert wanted(holder.asked())["userVerification"] == "preferred"
    assert tokens(holder.sign_in())
    configure(wire, app.pool_id, RelyingPartyId=PARTY, UserVerification="required")
    with refused(*INCORRECT):
        holder.sign_in()


@holds("PASSKEY-35")
def test_authenticators_that_do_not_count(app: App) -> None:
    holder = a_holder(app, counts=False)
    for _ in range(3):
        assert tokens(holder.sign_in())
    assert tokens(holder.sign_in(count=7)), "it has begun to count"
    with refused(*INCORRECT):
        holder.sign_in()


@holds("PASSKEY-35", "PASSKEY-37")
def test_of_two_copies_racing_with_one_count_one_gets_in(app: App) -> None:
    holder = a_holder(app)
    sessions = [holder.asked() for _ in range(6)]
    answers = [holder.keeper.get(wanted(asked), count=9) for asked in sessions]
    pairs = list(zip(sessions, answers, strict=True))
    done, refusals = race(6, lambda: respond(app, holder.name, *pairs.pop()))
    assert len(done) == 1
    assert {(one.code, one.text) for one in refusals} == {INCORRECT}


@holds("PASSKEY-37")
def test_of_racing_answers_one_gets_in(app: App) -> None:
    holder = a_holder(app, counts=False)
    asked = holder.asked()
    answer = holder.keeper.get(wanted(asked))
    done, refusals = race(8, lambda: respond(app, holder.name, asked, answer))
    assert len(done) == 1
    assert {(one.code, one.text) for one in refusals} == {SPENT}


@holds("PASSKEY-36", "PASSKEY-37")
def test_an_answer_without_a_credential_spends_nothing(app: App) -> None:
    holder = a_holder(app)
    asked = holder.asked()
    with refused("InvalidParameterException", "Missing required parameter CREDENTIAL"):
        app.respond("WEB_AUTHN", asked["Session"], USERNAME=holder.name)
    answer = holder.keeper.get(wanted(asked))
    for other in (
        app.another_client(ExplicitAuthFlows=["ALLOW_USER_AUTH"]),
        a_passkey_app(app.wire),
    ):
        with refused("NotAuthorizedException", "Invalid session for the user."):
            respond(other, holder.name, asked, answer)
    with refused("NotAuthorizedException", "Invalid session for the user."):
        respond(app, app.user(), asked, answer)
    assert tokens(respond(app, holder.name, asked, answer))


@holds("PASSKEY-33")
def test_a_key_without_user_handle_is_found_by_its_id(app: App) -> None:
    holder = a_holder(app)
    asked = holder.asked()
    made = holder.keeper.get(wanted(asked))
    del made["response"]["userHandle"]
    assert tokens(respond(app, holder.name, asked, made))


@holds("PASSKEY-06")
def test_another_relying_party_makes_old_passkeys_useless(wire: Wire) -> None:
    app = a_passkey_app(wire)
    holder = a_holder(app)
    configure(wire, app.pool_id, RelyingPartyId="example.org")
    asked = holder.asked()
    options = wanted(asked)
    assert options["rpId"] == "example.org"
    assert b64(holder.keeper.keys[0].id) not in str(options)
    for party in (PARTY, "example.org"):
        with refused("NotAuthorizedException"):
            key = holder.keeper.keys[0]
            respond(app, holder.name, asked, holder.keeper.get(options, key=key, party=party))
    configure(wire, app.pool_id, RelyingPartyId=PARTY)
    assert tokens(holder.sign_in())


@holds("PASSKEY-39")
@pytest.mark.parametrize("verified", [True, False])
def test_a_verified_user_is_asked_for_nothing_more(wire: Wire, *, verified: bool) -> None:
    app = a_passkey_app(wire, **MULTI_FACTOR)
    holder = a_holder(app)
    set_mfa(app, "ON", TOTP)
    step = holder.sign_in(flags=UP | UV if verified else UP)
    if verified:
        assert tokens(step)
    else:
        assert step["ChallengeName"] == "MFA_SETUP"


@holds("PASSKEY-40")
def test_a_locked_password_locks_no_passkey(app: App) -> None:
    holder = a_holder(app)
    for _ in range(7):
        with refused("NotAuthorizedException"):
            app.sign_in(holder.name, "Wrong-Horse-1")
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        app.sign_in(holder.name, PASSWORD)
    assert tokens(holder.sign_in())
    for _ in range(7):
        with refused(*INCORRECT):
            holder.sign_in(challenge="")
    app.admin("AdminSetUserPassword", holder.name, Password=PASSWORD, Permanent=True)
    assert app.sign_in(holder.name)


@holds("PASSKEY-41")
def test_a_state_is_told_after_a_right_answer_only(app: App) -> None:
    holder = a_holder(app)
    app.admin("AdminDisableUser", holder.name)
    with refused(*INCORRECT):
        holder.sign_in(challenge="")
    with refused("NotAuthorizedException", "User is disabled."):
        holder.sign_in()


@holds("PASSKEY-31")
def test_a_user_without_passkeys_is_asked_for_something_else(app: App) -> None:
    assert ask(app, app.user())["ChallengeName"] == "SELECT_CHALLENGE"
    with refused("UserNotFoundException"):
        ask(app, unique())
    holder = a_holder(app)
    asked = holder.asked()
    text = json.dumps(holder.keeper.get(wanted(asked)))
    with refused("NotAuthorizedException", "Invalid session for the user."):
        app.respond("SMS_OTP", asked["Session"], USERNAME=holder.name, SMS_OTP_CODE=text)


@holds("PASSKEY-42")
def test_nobodys_passkey_looks_like_somebodys(wire: Wire) -> None:
    app = a_passkey_app(wire).another_client(
        ExplicitAuthFlows=FLOWS, PreventUserExistenceErrors="ENABLED"
    )
    holder = a_holder(app)
    real, options = holder.asked(), wanted(holder.asked())
    asked = {name: ask(app, name) for name in (unique("nobody") for _ in range(24))}
    pretended = {name: one for name, one in asked.items() if one["ChallengeName"] == "WEB_AUTHN"}
    assert 0 < len(pretended) < len(asked)
    for name, one in pretended.items():
        told = wanted(one)
        assert list(told) == list(options)
        assert len(one["Session"]) == len(real["Session"])
        (shown,) = told["allowCredentials"]
        assert set(shown) == set(options["allowCredentials"][0])
        assert wanted(ask(app, name))["allowCredentials"] == told["allowCredentials"]
        assert wanted(ask(app, name))["challenge"] != told["challenge"]
        with refused(*INCORRECT):
            respond(app, name, one, holder.keeper.get(options))


@holds("PASSKEY-42")
def test_without_a_relying_party_nobody_is_asked_for_a_passkey(wire: Wire) -> None:
    allowed = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
    app = an_app(
        wire,
        a_pool(wire, Policies=allowed),
        ExplicitAuthFlows=FLOWS,
        PreventUserExistenceErrors="ENABLED",
    )
    for _ in range(12):
        assert ask(app, unique("nobody"))["ChallengeName"] == "SELECT_CHALLENGE"
