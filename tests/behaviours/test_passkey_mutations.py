"""A table of everything that can be wrong with an assertion: docs/behaviours/passkeys.md."""

import copy
from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.behaviours.passkeys import (
    INCORRECT,
    PARTY,
    SPENT,
    Holder,
    a_holder,
    a_passkey_app,
    respond,
    tokens,
    wanted,
)
from tests.sdk.builders import App
from tests.sdk.support import Json, Wire, holds, refused, tampered
from tests.support.authenticator import BE, BS, UP, UV, b64


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    """Return an app of a pool that requires verified users."""
    return a_passkey_app(wire, UserVerification="required")


Mutation = Callable[[Holder, dict[str, Json]], Any]


def replaced(**misbehaviour: Json) -> Mutation:
    """Return an assertion that was made with something else, and signed."""
    return lambda holder, options: holder.keeper.get(options, **misbehaviour)


def edited(**parts: Callable[[str], str]) -> Mutation:
    """Return a right assertion whose parts were changed after it was signed."""

    def edit(holder: Holder, options: dict[str, Json]) -> Json:
        made = copy.deepcopy(holder.keeper.get(options))
        for name, change in parts.items():
            where = made if name in made else made["response"]
            where[name] = change(where[name])
        return made

    return edit


def a_strangers(holder: Holder, options: dict[str, Json]) -> Json:
    """Return an assertion by the key of another user of the pool."""
    stranger = a_holder(holder.app)
    return stranger.keeper.get(options, key=stranger.keeper.keys[0])


def a_strangers_as_ours(holder: Holder, options: dict[str, Json]) -> Json:
    """Return the same under the user's own credential id, and user handle."""
    stranger = a_holder(holder.app).keeper.keys[0]
    stranger.id, stranger.user_handle = holder.keeper.keys[0].id, holder.keeper.keys[0].user_handle
    return holder.keeper.get(options, key=stranger)


def unregistered(holder: Holder, options: dict[str, Json]) -> Json:
    """Return an assertion by a key of ours that was never registered."""
    holder.keeper.make(holder.options())
    return holder.keeper.get(options, key=holder.keeper.keys[-1])


def of_another_pool(holder: Holder, options: dict[str, Json]) -> Json:
    """Return an assertion by a passkey of another pool with the same relying party."""
    elsewhere = a_holder(a_passkey_app(holder.app.wire))
    return elsewhere.keeper.get(options, key=elsewhere.keeper.keys[0])


def earlier(holder: Holder, _: dict[str, Json]) -> Json:
    """Return an assertion over the challenge of another sign-in of the same user."""
    return holder.keeper.get(wanted(holder.asked()))


def repeated(holder: Holder, _: dict[str, Json]) -> Json:
    """Return an assertion that has signed in already."""
    asked = holder.asked()
    used = holder.keeper.get(wanted(asked))
    assert tokens(respond(holder.app, holder.name, asked, used))
    return used


def deleted(holder: Holder, options: dict[str, Json]) -> Json:
    """Return an assertion by a passkey that is deleted meanwhile; the user has another one."""
    holder.register()
    holder.call("DeleteWebAuthnCredential", CredentialId=b64(holder.keeper.keys[0].id))
    return holder.keeper.get(options)


def still(holder: Holder, options: dict[str, Json]) -> Json:
    """Return an assertion whose counter stands still."""
    holder.sign_in()
    return holder.keeper.get(options, count=holder.keeper.keys[0].count)


def back(holder: Holder, options: dict[str, Json]) -> Json:
    """Return an assertion whose counter goes back to one that never counts."""
    holder.sign_in()
    return holder.keeper.get(options, count=0)


MUTATIONS: Final[dict[str, Mutation]] = {
    "wrong origin": replaced(origin="https://login.example.com"),
    "look-alike origin": replaced(origin=f"https://{PARTY}.evil.example"),
    "a name that ends alike": replaced(origin=f"https://evil-{PARTY}"),
    "the domain above": replaced(origin="https://example.org"),
    "plain http": replaced(origin=f"http://{PARTY}"),
    "another port": replaced(origin=f"https://{PARTY}:8443"),
    "an origin with a path": replaced(origin=f"https://{PARTY}/"),
    "an origin with a user": replaced(origin=f"https://{PARTY}@evil.example"),
    "the null origin": replaced(origin="null"),
    "an app without a key": replaced(origin="android:apk-key-hash:short"),
    "inside a foreign frame": replaced(crossOrigin=True),
    "below a foreign page": replaced(topOrigin="https://evil.example"),
    "another relying party": replaced(party="example.org"),
    "a wrong challenge": replaced(challenge=b64(b"x" * 32)),
    "no challenge": replaced(challenge=""),
    "another sign-in's challenge": earlier,
    "a used assertion": repeated,
    "a registration": replaced(type="webauthn.create"),
    "user not present": replaced(flags=UV),
    "user not verified": replaced(flags=UP),
    "backed up without being able to": replaced(flags=UP | UV | BS),
    "another kind of key than registered": replaced(flags=UP | UV | BE),
    "counter stands still": still,
    "counter goes back": back,
    "another user's handle": replaced(user_handle=b"11111111-2222-4333-8444-555555555555"),
    "another user's passkey": a_strangers,
    "another user's key under our id": a_strangers_as_ours,
    "an unregistered passkey": unregistered,
    "another pool's passkey": of_another_pool,
    "a deleted passkey": deleted,
    "tampered signature": edited(signature=lambda text: tampered(text, 20)),
    "no signature": edited(signature=lambda _: ""),
    "tampered counter": edited(authenticatorData=lambda text: tampered(text, -1)),
    "tampered flags": edited(authenticatorData=lambda text: tampered(text, 43)),
    "cut data": edited(authenticatorData=lambda text: text[:40]),
    "data with more behind": edited(authenticatorData=lambda text: text + "AAAA"),
    "tampered client data": edited(clientDataJSON=lambda text: tampered(text, 60)),
    "long client data": edited(clientDataJSON=lambda text: text + "A" * 100_000),
    "client data that is no JSON": edited(clientDataJSON=lambda _: b64(b"{")),
    "client data nested deep": edited(clientDataJSON=lambda _: b64(b"[" * 3000)),
    "padded base64": edited(signature=lambda text: text + "="),
    "base64 of the other alphabet": edited(id=lambda text: "+" + text[1:]),
    "two ids": edited(id=lambda text: tampered(text, 5)),
    "no id": edited(id=lambda _: "", rawId=lambda _: ""),
    "another type": edited(type=lambda _: "password"),
    "not JSON": lambda *_: "{",
    "not an object": lambda *_: "[]",
    "nested deep": lambda *_: "[" * 5000,
    "nothing in it": lambda *_: "{}",
    "a number": lambda *_: "7",
}


@holds("PASSKEY-05", "PASSKEY-06", "PASSKEY-22", "PASSKEY-32", "PASSKEY-33", "PASSKEY-34")
@holds("PASSKEY-35", "PASSKEY-40")
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_mutations_of_an_assertion(app: App, mutation: str) -> None:
    holder = a_holder(app)
    asked = holder.asked()
    with refused(*INCORRECT):
        respond(app, holder.name, asked, MUTATIONS[mutation](holder, wanted(asked)))
    if mutation == "a deleted passkey":
        return
    del holder.keeper.keys[1:]
    holder.keeper.keys[0].count += 5
    right = holder.keeper.get(wanted(asked))
    with refused(*SPENT):
        respond(app, holder.name, asked, right)
    assert tokens(holder.sign_in()), "the next sign-in is none the worse"
