"""What is told of passkeys, who may ask, and when they go: docs/behaviours/passkeys.md."""

import pytest

from tests.behaviours.passkeys import (
    INCORRECT,
    PARTY,
    a_holder,
    a_passkey_app,
    respond,
    tokens,
    wanted,
)
from tests.sdk.builders import App
from tests.sdk.support import Wire, holds, refused, tampered
from tests.support.authenticator import b64

NO_SUCH = "ResourceNotFoundException"


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    """Return an app whose users have passkeys."""
    return a_passkey_app(wire)


@holds("PASSKEY-20")
@pytest.mark.parametrize(
    "aaguid, attachment, name",
    [
        ("fbfc3007-154e-4ecc-8c0b-6e020557d7bd", "platform", "iCloud Keychain"),
        ("bada5566-a7aa-401f-bd96-45619a55120d", "platform", "1Password"),
        ("0" * 32, "platform", "Passkey"),
        ("0" * 32, "cross-platform", "Security key"),
        ("0" * 32, "invented", "Passkey"),
    ],
)
def test_what_is_told_of_a_passkey(app: App, aaguid: str, attachment: str, name: str) -> None:
    holder = a_holder(
        app,
        aaguid=bytes.fromhex(aaguid.replace("-", "")),
        attachment=attachment,
        transports=("internal", "usb", "telepathy", "usb"),
    )
    (told,) = holder.listed()
    assert told.pop("CreatedAt") > 1.7e9
    assert told.pop("CredentialId") == b64(holder.keeper.keys[0].id)
    shown = {} if attachment == "invented" else {"AuthenticatorAttachment": attachment}
    assert told == {
        "FriendlyCredentialName": name,
        "RelyingPartyId": PARTY,
        "AuthenticatorTransports": ["usb", "internal"],
        **shown,
    }


@holds("PASSKEY-21", "PASSKEY-22")
def test_a_passkey_is_deleted(app: App) -> None:
    holder = a_holder(app)
    first, second = b64(holder.keeper.keys[0].id), holder.register()
    asked = holder.asked()
    assert holder.call("DeleteWebAuthnCredential", CredentialId=first) == {}
    assert [one["CredentialId"] for one in holder.listed()] == [second]
    with refused(*INCORRECT):
        respond(app, holder.name, asked, holder.keeper.get(wanted(asked)))
    with refused(NO_SUCH):
        holder.call("DeleteWebAuthnCredential", CredentialId=first)
    del holder.keeper.keys[0]
    assert tokens(holder.sign_in())
    holder.call("DeleteWebAuthnCredential", CredentialId=second)
    assert holder.asked()["ChallengeName"] == "SELECT_CHALLENGE"


@holds("PASSKEY-21")
def test_only_the_users_own_passkeys_are_deleted(app: App) -> None:
    holder, other = a_holder(app), a_holder(app)
    elsewhere = a_holder(a_passkey_app(app.wire))
    theirs = b64(holder.keeper.keys[0].id)
    for caller in (other, elsewhere):
        with refused(NO_SUCH):
            caller.call("DeleteWebAuthnCredential", CredentialId=theirs)
    for name in (tampered(theirs, 3), "", "=" * 8, "+/+/", "A" * 4000, theirs + "="):
        with refused(NO_SUCH):
            holder.call("DeleteWebAuthnCredential", CredentialId=name)
    assert len(holder.listed()) == 1


@holds("PASSKEY-23")
@pytest.mark.parametrize(
    "operation, members",
    [
        ("StartWebAuthnRegistration", {}),
        ("CompleteWebAuthnRegistration", {"Credential": {}}),
        ("ListWebAuthnCredentials", {}),
        ("DeleteWebAuthnCredential", {"CredentialId": "AAAA"}),
    ],
)
def test_an_access_token_is_needed(app: App, operation: str, members: dict[str, str]) -> None:
    signed_in = app.sign_in(app.user())
    for wrong in (signed_in["IdToken"], tampered(signed_in["AccessToken"]), "nonsense"):
        with refused("NotAuthorizedException"):
            app.wire.call(operation, AccessToken=wrong, **members)
    app.wire.call("GlobalSignOut", AccessToken=signed_in["AccessToken"])
    with refused("NotAuthorizedException", "Access Token has been revoked"):
        app.wire.call(operation, AccessToken=signed_in["AccessToken"], **members)


@holds("PASSKEY-24")
def test_passkeys_go_with_the_user(app: App) -> None:
    holder = a_holder(app)
    app.admin("AdminDeleteUser", holder.name)
    again = a_holder(app, name=app.user(holder.name), registered=False)
    assert again.listed() == []
    assert again.asked()["ChallengeName"] == "SELECT_CHALLENGE"
    options = again.options()
    assert again.complete(again.keeper.make(options, identity=holder.keeper.keys[0].id)) == {}
    assert tokens(again.sign_in())
