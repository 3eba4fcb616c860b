"""Passkeys are registered, listed and deleted: docs/behaviours/passkeys.md."""

import copy
from collections.abc import Callable
from typing import Any, Final

import pytest
from fido2 import cbor

from tests.behaviours.passkeys import (
    FLOWS,
    INCORRECT,
    INVALID_DATA,
    PARTY,
    Holder,
    a_holder,
    a_passkey_app,
    a_passkey_pool,
    configure,
    tokens,
)
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, holds, race, refused, tampered, unique
from tests.support.authenticator import BE, BS, ES256, RS256, UP, UV, b64, unb64

NOT_FOUND: Final = "WebAuthnChallengeNotFoundException"
ORIGIN: Final = "WebAuthnOriginNotAllowedException"
UNSUPPORTED: Final = "WebAuthnCredentialNotSupportedException"
SUFFIX: Final = (
    "InvalidParameterException",
    "RelyingPartyId is a public suffix, which nobody owns.",
)
FORM: Final = ("InvalidParameterException", "RelyingPartyId is not a domain name.")


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    """Return an app of a pool that requires verified users."""
    return a_passkey_app(wire, UserVerification="required")


# -- the relying party


@holds("PASSKEY-01", "PASSKEY-02")
def test_the_relying_party_is_what_the_pool_says_or_its_domain(wire: Wire) -> None:
    allowed = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
    app = an_app(wire, a_pool(wire, Policies=allowed), ExplicitAuthFlows=FLOWS)
    holder = a_holder(app, registered=False)
    with refused("WebAuthnConfigurationMissingException"):
        holder.options()
    with refused("WebAuthnConfigurationMissingException"):
        holder.complete({})
    prefix, own = unique("prefix"), f"{unique('login')}.example.org"
    wire.call("CreateUserPoolDomain", UserPoolId=app.pool_id, Domain=prefix)
    assert holder.options()["rp"]["id"] == f"{prefix}.auth.localhost"
    certificate = {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/a"}
    wire.call(
        "CreateUserPoolDomain", UserPoolId=app.pool_id, Domain=own, CustomDomainConfig=certificate
    )
    assert holder.options()["rp"]["id"] == own
    configure(wire, app.pool_id, RelyingPartyId=PARTY)
    assert holder.options()["rp"]["id"] == PARTY


@holds("PASSKEY-03")
def test_passkeys_must_be_allowed(wire: Wire) -> None:
    pool_id = a_pool(wire)
    configure(wire, pool_id, RelyingPartyId=PARTY)
    holder = a_holder(an_app(wire, pool_id), registered=False)
    for act in (holder.options, lambda: holder.complete({})):
        with refused("WebAuthnNotEnabledException"):
            act()
    assert holder.listed() == []


@holds("PASSKEY-04")
@pytest.mark.parametrize(
    "name, refusal",
    [
        *((name, SUFFIX) for name in ("com", "co.uk", "github.io", "intranet", "foo.ck")),
        *((name, FORM) for name in ("Example.org", "-a.org", "a..org", "a.org.", "1.2.3.4", "a b")),
        *((name, None) for name in ("localhost", "example.org", "a.b.example.co.uk", "www.ck")),
    ],
)
def test_relying_parties_that_browsers_take(
    wire: Wire, name: str, refusal: tuple[str, str] | None
) -> None:
    pool_id = a_passkey_pool(wire)
    if refusal is None:
        configure(wire, pool_id, RelyingPartyId=name)
        return
    with refused(*refusal):
        configure(wire, pool_id, RelyingPartyId=name)


# -- registration


@holds("PASSKEY-10")
def test_the_options_of_a_registration(app: App) -> None:
    holder = a_holder(app, name=app.user("", email="a@example.org", name="Ada"), registered=False)
    options = holder.options()
    sub = app.admin("AdminGetUser", holder.name)["UserAttributes"]
    assert unb64(options["user"]["id"]).decode() in str(sub)
    assert options["user"]["name"] == "a@example.org"
    assert options["user"]["displayName"] == "Ada"
    assert options["rp"] == {"id": PARTY, "name": PARTY}
    assert len(unb64(options["challenge"])) == 32
    assert [one["alg"] for one in options["pubKeyCredParams"]] == [ES256, RS256]
    assert {one["type"] for one in options["pubKeyCredParams"]} == {"public-key"}
    assert options["timeout"] == 60_000
    assert options["excludeCredentials"] == []
    assert options["authenticatorSelection"] == {
        "requireResidentKey": True,
        "residentKey": "required",
        "userVerification": "required",
    }
    holder.register()
    (excluded,) = holder.options()["excludeCredentials"]
    assert excluded == {
        "id": b64(holder.keeper.keys[0].id),
        "type": "public-key",
        "transports": ["internal"],
    }
    plain = a_holder(a_passkey_app(app.wire), registered=False).options()
    assert plain["authenticatorSelection"]["userVerification"] == "preferred"


Mutation = Callable[[Holder, dict[str, Json]], Any]


def replaced(**misbehaviour: Json) -> Mutation:
    """Return a registration that was made with something else."""
    return lambda holder, options: holder.keeper.make(options, **misbehaviour)


def edited(**parts: Callable[[str], str]) -> Mutation:
    """Return a right registration whose parts were changed."""

    def edit(holder: Holder, options: dict[str, Json]) -> Json:
        made = copy.deepcopy(holder.keeper.make(options))
        for name, change in parts.items():
            where = made if name in made else made["response"]
            where[name] = change(where[name])
        return made

    return edit


def with_keeper(**settings: Json) -> Mutation:
    """Return a registration by another kind of authenticator."""

    def make(holder: Holder, options: dict[str, Json]) -> Json:
        for name, value in settings.items():
            setattr(holder.keeper, name, value)
        return holder.keeper.make(options)

    return make


def superseded(holder: Holder, options: dict[str, Json]) -> Json:
    """Return a registration for a challenge that a later one took the place of."""
    holder.options()
    return holder.keeper.make(options)


def of_another_user(holder: Holder, _: dict[str, Json]) -> Json:
    """Return a registration that another user has begun."""
    other = a_holder(holder.app, registered=False)
    return holder.keeper.make(other.options())


def taken(holder: Holder, options: dict[str, Json]) -> Json:
    """Return a registration under the id of another user's passkey."""
    other = a_holder(holder.app)
    return holder.keeper.make(options, identity=other.keeper.keys[0].id)


def twice_in_a_map(text: str) -> str:
    """Return an attestation object that says one thing twice."""
    raw = unb64(text)
    return b64(bytes((raw[0] + 1,)) + raw[1:] + cbor.encode("fmt") + cbor.encode("none"))


POINT: Final = {1: 2, 3: ES256, -1: 1, -2: b"\1" * 32, -3: b"\2" * 32}
DATA: Final = INVALID_DATA[0]
MUTATIONS: Final[dict[str, tuple[Mutation, str]]] = {
    "wrong origin": (replaced(origin="https://evil.example"), ORIGIN),
    "plain http": (replaced(origin=f"http://{PARTY}"), ORIGIN),
    "another port": (replaced(origin=f"https://{PARTY}:444"), ORIGIN),
    "inside a foreign frame": (replaced(crossOrigin=True), ORIGIN),
    "below a foreign page": (replaced(topOrigin="https://evil.example"), ORIGIN),
    "another relying party": (
        replaced(party="example.org"),
        "WebAuthnRelyingPartyMismatchException",
    ),
    "a wrong challenge": (replaced(challenge=b64(b"x" * 32)), NOT_FOUND),
    "a superseded challenge": (superseded, NOT_FOUND),
    "another user's challenge": (of_another_user, NOT_FOUND),
    "an assertion": (replaced(type="webauthn.get"), DATA),
    "user not present": (replaced(flags=UV), DATA),
    "user not verified": (replaced(flags=UP), DATA),
    "backed up without being able to": (replaced(flags=UP | UV | BS), DATA),
    "another algorithm": (replaced(cose={1: 1, 3: -8, -1: 6, -2: b"\1" * 32}), UNSUPPORTED),
    "ES256K": (replaced(cose={**POINT, 3: -47, -1: 8}), UNSUPPORTED),
    "no algorithm": (replaced(cose={1: 2, -1: 1}), DATA),
    "a point off the curve": (replaced(cose=POINT), DATA),
    "another curve": (replaced(cose={**POINT, -1: 2}), DATA),
    "an RSA key that calls itself ES256": (
        replaced(cose={1: 3, 3: ES256, -1: b"\xff" * 256, -2: b"\1\0\1"}),
        DATA,
    ),
    "a small RSA key": (with_keeper(algorithm=RS256, key_bits=1024), UNSUPPORTED),
    "a huge RSA key": (
        replaced(cose={1: 3, 3: RS256, -1: b"\xff" * 600, -2: b"\1\0\1"}),
        UNSUPPORTED,
    ),
    "an RSA exponent of one": (
        replaced(cose={1: 3, 3: RS256, -1: b"\xff" * 256, -2: b"\1"}),
        DATA,
    ),
    "an unknown form of attestation": (replaced(attestation={"fmt": "own"}), UNSUPPORTED),
    "a form that is no text": (replaced(attestation={"fmt": 7}), UNSUPPORTED),
    "no attestation with a statement": (replaced(attestation={"attStmt": {"a": 1}}), DATA),
    "self attestation by another key": (
        replaced(attestation={"fmt": "packed", "attStmt": {"alg": ES256, "sig": b"\0" * 70}}),
        DATA,
    ),
    "attestation without its parts": (replaced(attestation={"fmt": "packed"}), DATA),
    "a statement that is a list": (replaced(attestation={"fmt": "packed", "attStmt": []}), DATA),
    "an id that is taken": (taken, DATA),
    "another id than attested": (edited(id=lambda _: "AAAA", rawId=lambda _: "AAAA"), DATA),
    "two ids": (edited(id=lambda text: tampered(text, 5)), DATA),
    "no id": (replaced(identity=b""), DATA),
    "a long id": (replaced(identity=b"x" * 1024), DATA),
    "another type": (edited(type=lambda _: "password"), DATA),
    "garbage for an attestation": (edited(attestationObject=lambda _: b64(b"garbage")), DATA),
    "an empty attestation": (edited(attestationObject=lambda _: ""), DATA),
    "attestation with more behind": (edited(attestationObject=lambda text: text + "AAAA"), DATA),
    "attestation cut": (edited(attestationObject=lambda text: text[:80]), DATA),
    "attestation nested deep": (edited(attestationObject=lambda _: b64(b"\x81" * 6000)), DATA),
    "a long attestation": (edited(attestationObject=lambda text: text + "A" * 20_000), DATA),
    "one thing said twice": (edited(attestationObject=twice_in_a_map), DATA),
    "client data that is no JSON": (edited(clientDataJSON=lambda _: b64(b"{")), DATA),
    "long client data": (edited(clientDataJSON=lambda text: text + "A" * 20_000), DATA),
    "not an object": (lambda *_: "text", DATA),
    "nothing in it": (lambda *_: {}, DATA),
    "a list": (lambda *_: [1], DATA),
}


@holds("PASSKEY-12", "PASSKEY-14", "PASSKEY-15", "PASSKEY-16", "PASSKEY-17", "PASSKEY-19")
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_mutations_of_a_registration(app: App, mutation: str) -> None:
    holder = a_holder(app, registered=False)
    options = holder.options()
    mutate, code = MUTATIONS[mutation]
    with refused(code, INVALID_DATA[1] if code == DATA else None):
        holder.complete(mutate(holder, options))
    assert holder.listed() == []


@holds("PASSKEY-11", "PASSKEY-12")
def test_a_challenge_works_once(app: App) -> None:
    holder = a_holder(app, registered=False)
    options = holder.options()
    with refused("WebAuthnOriginNotAllowedException"):
        holder.complete(holder.keeper.make(options, origin="https://evil.example"))
    made = holder.keeper.make(options)
    assert holder.complete(made) == {}
    for again in (made, holder.keeper.make(options)):
        with refused(NOT_FOUND):
            holder.complete(again)
    assert [one["CredentialId"] for one in holder.listed()] == [made["id"]]
    with refused(NOT_FOUND):
        a_holder(app, registered=False).complete(made)


@holds("PASSKEY-12")
def test_of_racing_registrations_one_is_kept(app: App) -> None:
    holder = a_holder(app, registered=False)
    options = holder.options()
    made = [holder.keeper.make(options) for _ in range(6)]
    done, refusals = race(6, lambda: holder.complete(made.pop()))
    assert len(done) == len(holder.listed()) == 1
    assert {one.code for one in refusals} == {NOT_FOUND}


@holds("PASSKEY-12")
def test_a_challenge_expires(clock_wire: Wire) -> None:
    holder = a_holder(a_passkey_app(clock_wire), registered=False)
    made = holder.keeper.make(holder.options())
    clock_wire.advance(181)
    with refused(NOT_FOUND):
        holder.complete(made)


@holds("PASSKEY-13")
def test_a_registration_stays_with_its_client(app: App) -> None:
    holder = a_holder(app, registered=False)
    made = holder.keeper.make(holder.options())
    other = app.another_client(ExplicitAuthFlows=FLOWS)
    token = other.sign_in(holder.name)["AccessToken"]
    with refused("WebAuthnClientMismatchException"):
        Holder(other, holder.name, token, holder.keeper).complete(made)
    assert holder.complete(made) == {}


@holds("PASSKEY-15")
def test_an_authenticator_may_attest_itself(app: App) -> None:
    holder = a_holder(app, registered=False)
    holder.complete(holder.keeper.make(holder.options(), attests=True))
    assert tokens(holder.sign_in())


@holds("PASSKEY-17")
def test_a_synchronised_passkey(wire: Wire) -> None:
    holder = a_holder(a_passkey_app(wire), flags=UP | UV | BE | BS, counts=False)
    assert tokens(holder.sign_in())
    assert tokens(holder.sign_in(flags=UP | UV | BE)), "it is not backed up any more"
    with refused(*INCORRECT):
        holder.sign_in(flags=UP | UV)


@holds("PASSKEY-18", "PASSKEY-20")
def test_twenty_passkeys(app: App) -> None:
    holder = a_holder(app, registered=False)
    made = [holder.register() for _ in range(19)]
    options = holder.options()
    waiting = holder.keeper.make(options)
    assert len(options["excludeCredentials"]) == 19
    holder.complete(waiting)
    with refused("LimitExceededException"):
        holder.options()
    made.append(waiting["id"])
    assert [one["CredentialId"] for one in holder.listed()] == made
    assert holder.listed(MaxResults=0) == holder.listed()
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = holder.call("ListWebAuthnCredentials", MaxResults=7, **token)
        seen += [one["CredentialId"] for one in page["Credentials"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert seen == made
    other = a_holder(app)
    with refused("InvalidParameterException"):
        other.call("ListWebAuthnCredentials", NextToken=token["NextToken"])
    with refused("InvalidParameterException"):
        holder.call("ListWebAuthnCredentials", MaxResults=21)
