"""Every answer of a second factor that is not quite right is refused: docs/behaviours/mfa.md.

One table: the challenges down, what is wrong with the answer across. Each pair starts a sign-in
whose right answer would succeed, spoils it in one way, and expects a refusal and no tokens.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import Final

import pytest

from poolkeep.core.signin.handles import client_of, from_text, to_text
from tests.behaviours.factors import (
    ALL,
    MAIL,
    SMS,
    TOTP,
    Authenticator,
    Person,
    a_person,
    an_mfa_app,
)
from tests.sdk.builders import App, an_app
from tests.sdk.support import (
    Json,
    RefusedError,
    Wire,
    a_phone,
    an_email,
    attributes,
    holds,
    race,
    tampered,
)

SELECT, SETUP = "SELECT_MFA_TYPE", "MFA_SETUP"
KEY: Final = {SMS: "SMS_MFA_CODE", MAIL: "EMAIL_OTP_CODE", TOTP: "SOFTWARE_TOKEN_MFA_CODE"}
REFUSALS: Final = {
    "NotAuthorizedException",
    "CodeMismatchException",
    "ExpiredCodeException",
    "InvalidParameterException",
    "SoftwareTokenMFANotFoundException",
    "UserNotFoundException",
}


@dataclasses.dataclass
class Apps:
    """Clients of a pool where MFA is optional, of one that requires it, and of a third."""

    optional: App
    required: App
    foreign: App


@dataclasses.dataclass
class Started:
    """A sign-in that waits for an answer, and the right one."""

    app: App
    name: str
    challenge: str
    session: str
    right: dict[str, str]

    def answer(self, **changed: str) -> dict[str, Json]:
        """Give the right answer, or a changed one."""
        return self.app.respond(
            self.challenge, self.session, **{"USERNAME": self.name, **self.right, **changed}
        )


def by_code(factor: str) -> Callable[[Apps], Started]:
    """Return what starts a sign-in that waits for a code."""

    def start(apps: Apps) -> Started:
        person = a_person(apps.optional, factor)
        step = apps.optional.password_step(person.name)
        code = person.code(apps.optional.wire, factor)
        return Started(apps.optional, person.name, factor, step["Session"], {KEY[factor]: code})

    return start


def by_choice(apps: Apps) -> Started:
    """Start a sign-in that waits for a choice."""
    person = a_person(apps.optional, SMS, MAIL)
    step = apps.optional.password_step(person.name)
    return Started(apps.optional, person.name, SELECT, step["Session"], {"ANSWER": SMS})


def by_address(apps: Apps) -> Started:
    """Start a sign-in that waits for an address to be set up."""
    name = apps.required.user()
    step = apps.required.password_step(name)
    return Started(apps.required, name, SETUP, step["Session"], {"EMAIL": an_email()})


def by_app(apps: Apps) -> Started:
    """Start a sign-in whose session holds an app that was verified."""
    app, name = apps.required, apps.required.user()
    told = app.wire.call("AssociateSoftwareToken", Session=app.password_step(name)["Session"])
    phone = Authenticator(told["SecretCode"])
    told = app.wire.call("VerifySoftwareToken", Session=told["Session"], UserCode=phone.code())
    return Started(app, name, SETUP, told["Session"], {})


CHALLENGES: Final[dict[str, Callable[[Apps], Started]]] = {
    SMS: by_code(SMS),
    MAIL: by_code(MAIL),
    TOTP: by_code(TOTP),
    SELECT: by_choice,
    "MFA_SETUP of an address": by_address,
    "MFA_SETUP of an app": by_app,
}
CODES: Final = [SMS, MAIL, TOTP]


@pytest.fixture(scope="module")
def apps(wire: Wire) -> Apps:
    """Return the clients."""
    return Apps(
        an_mfa_app(wire, "OPTIONAL", *ALL),
        an_mfa_app(wire, "ON", *ALL),
        an_mfa_app(wire, "ON", *ALL),
    )


def must_fail(act: Callable[[], dict[str, Json]]) -> str:
    """Do what must be refused; return how it was."""
    with pytest.raises(RefusedError) as caught:
        act()
    assert caught.value.status == 400
    assert caught.value.code in REFUSALS, caught.value
    return caught.value.text


@holds("MFA-83")
@pytest.mark.parametrize("challenge", CHALLENGES)
class TestSessions:
    """What is wrong with the session."""

    def test_the_right_answer_goes_on(self, apps: Apps, challenge: str) -> None:
        step = CHALLENGES[challenge](apps).answer()
        assert "AuthenticationResult" in step or step["ChallengeName"] in ALL

    def test_used_before(self, apps: Apps, challenge: str) -> None:
        started = CHALLENGES[challenge](apps)
        started.answer()
        text = must_fail(started.answer)
        assert text.startswith(("Invalid session for the user", "Your software token"))

    def test_too_old(self, apps: Apps, clock_wire: Wire, challenge: str) -> None:
        slow = Apps(
            an_mfa_app(clock_wire, "OPTIONAL", *ALL),
            an_mfa_app(clock_wire, "ON", *ALL),
            apps.foreign,
        )
        started = CHALLENGES[challenge](slow)
        clock_wire.advance(181)
        assert must_fail(started.answer) == "Invalid session for the user, session is expired."

    @pytest.mark.parametrize("position", [0, 4, 40, 90, -40, -8, -1])
    def test_altered(self, apps: Apps, challenge: str, position: int) -> None:
        started = CHALLENGES[challenge](apps)
        started.session = tampered(started.session, position)
        assert must_fail(started.answer) == "Invalid session for the user."

    def test_without_its_address_or_with_another(self, apps: Apps, challenge: str) -> None:
        started = CHALLENGES[challenge](apps)
        own, sealed = client_of(started.session), from_text(started.session)
        for client_id in {None, started.app.client_id, apps.foreign.client_id} - {own}:
            started.session = to_text(sealed, client_id)
            assert must_fail(started.answer) == "Invalid session for the user."

    def test_of_another_client(self, apps: Apps, challenge: str) -> None:
        started = CHALLENGES[challenge](apps)
        started.app = an_app(started.app.wire, started.app.pool_id)
        assert must_fail(started.answer) == "Invalid session for the user."

    def test_of_another_pool(self, apps: Apps, challenge: str) -> None:
        started = CHALLENGES[challenge](apps)
        apps.foreign.user(started.name)
        started.app = apps.foreign
        assert must_fail(started.answer) == "Invalid session for the user."

    def test_of_another_user(self, apps: Apps, challenge: str) -> None:
        started, victim = CHALLENGES[challenge](apps), CHALLENGES[challenge](apps)
        assert must_fail(lambda: started.answer(USERNAME=victim.name)) == (
            "Invalid session for the user."
        )
        # The victim's session with one's own right answer.
        started.session = victim.session
        must_fail(started.answer)
        started.name = victim.name
        if challenge in CODES:
            must_fail(started.answer)

    def test_of_another_challenge(self, apps: Apps, challenge: str) -> None:
        started = CHALLENGES[challenge](apps)
        own = started.challenge
        for name in (*ALL, SELECT, SETUP, "SMS_OTP", "NEW_PASSWORD_REQUIRED", "PASSWORD_VERIFIER"):
            started.challenge = name
            if name != own:
                must_fail(started.answer)
        started.challenge = own
        assert started.answer()

    def test_none_at_all(self, apps: Apps, challenge: str) -> None:
        started = CHALLENGES[challenge](apps)
        with pytest.raises(RefusedError, match="Missing required parameter Session"):
            started.app.respond(started.challenge, None, USERNAME=started.name, **started.right)

    def test_raced(self, apps: Apps, challenge: str) -> None:
        started = CHALLENGES[challenge](apps)
        done, refusals = race(5, started.answer)
        assert len(done) == 1
        assert len(refusals) == 4

    def test_a_user_who_is_gone(self, apps: Apps, challenge: str) -> None:
        started = CHALLENGES[challenge](apps)
        started.app.admin("AdminDeleteUser", started.name)
        must_fail(started.answer)
        started.app.user(started.name)
        must_fail(started.answer)

    def test_a_user_who_was_disabled(self, apps: Apps, challenge: str) -> None:
        started = CHALLENGES[challenge](apps)
        started.app.admin("AdminDisableUser", started.name)
        try:
            step = started.answer()
        except RefusedError as refusal:
            step = {"refused": refusal.text}
        # A choice may be asked on, but nobody is let in.
        assert step.get("refused", "User is disabled.") == "User is disabled."
        assert "AuthenticationResult" not in step


@holds("MFA-71", "MFA-75", "MFA-76", "MFA-83")
@pytest.mark.parametrize("factor", CODES)
class TestCodes:
    """What is wrong with the code."""

    @pytest.mark.parametrize("code", ["000000", "1", "123456789012", "'; --", "１２３４５６", " "])
    def test_another_one(self, apps: Apps, factor: str, code: str) -> None:
        started = CHALLENGES[factor](apps)
        if started.right[KEY[factor]] != code:
            must_fail(lambda: started.answer(**{KEY[factor]: code}))

    def test_of_another_challenge(self, apps: Apps, factor: str) -> None:
        started = CHALLENGES[factor](apps)
        other = CHALLENGES[SMS if factor != SMS else MAIL](apps)
        (code,) = other.right.values()
        must_fail(lambda: started.answer(**{KEY[factor]: code}))

    def test_in_another_place(self, apps: Apps, factor: str) -> None:
        started = CHALLENGES[factor](apps)
        code = started.right.pop(KEY[factor])
        for name in {*KEY.values(), "SMS_OTP_CODE", "ANSWER"} - {KEY[factor]}:
            answer = functools.partial(started.answer, **{name: code})
            assert must_fail(answer) == f"Missing required parameter {KEY[factor]}"

    def test_of_an_earlier_sign_in(self, apps: Apps, factor: str) -> None:
        person = a_person(apps.optional, factor)
        app = apps.optional
        first = app.password_step(person.name)
        code = person.code(app.wire, factor)
        app.respond(factor, first["Session"], USERNAME=person.name, **{KEY[factor]: code})
        second = app.password_step(person.name)
        must_fail(
            lambda: app.respond(
                factor, second["Session"], USERNAME=person.name, **{KEY[factor]: code}
            )
        )

    def test_of_a_parallel_sign_in(self, apps: Apps, factor: str) -> None:
        if factor == TOTP:
            return  # an app's code belongs to its time, not to a session
        person = a_person(apps.optional, factor)
        app = apps.optional
        first = app.password_step(person.name)
        code = person.code(app.wire, factor)
        app.password_step(person.name)
        newer = person.code(app.wire, factor)
        assert newer != code
        must_fail(
            lambda: app.respond(
                factor, first["Session"], USERNAME=person.name, **{KEY[factor]: newer}
            )
        )

    def test_of_a_factor_that_was_taken_away(self, apps: Apps, factor: str) -> None:
        person: Person = a_person(apps.optional, factor)
        app = apps.optional
        step = app.password_step(person.name)
        code = person.code(app.wire, factor)
        if factor == TOTP:
            app.admin("AdminDeleteSoftwareToken", person.name)
        else:
            fresh = {"phone_number": a_phone()} if factor == SMS else {"email": an_email()}
            app.admin("AdminUpdateUserAttributes", person.name, UserAttributes=attributes(fresh))
        must_fail(
            lambda: app.respond(
                factor, step["Session"], USERNAME=person.name, **{KEY[factor]: code}
            )
        )
