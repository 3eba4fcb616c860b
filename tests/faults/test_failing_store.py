"""Every call of the store fails once, in every flow: no wrong success, and nothing half done.

The call fails before it did anything, or after it did everything, when nobody can know. The
caller is told to try again, does, and either succeeds or learns that it had succeeded.
"""

import asyncio
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from poolkeep.storage.database import DatabaseAway
from poolkeep.storage.sqlite import SqliteDatabase
from tests.faults.checker import code_of, problems_of
from tests.flows.in_process import serving
from tests.sdk.builders import App, a_pool, an_app, result_of
from tests.sdk.srp import SrpClient
from tests.sdk.support import PASSWORD, Json, RefusedError, an_email, attributes, refused, unique

CALLS_MAX: Final = 40
FRESH: Final = "Another-Horse-7"
ALIAS: Final = {"AliasAttributes": ["email"], "AutoVerifiedAttributes": ["email"]}
NO_GRACE: Final = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}


@dataclasses.dataclass
class Fault:
    """Which call of a request fails, and when in it."""

    number: int = 0
    after: bool = False
    fired: bool = False

    def hits(self) -> bool:
        """Count a call of a request; tell whether it is the one."""
        task = asyncio.current_task()
        if not self.number or (task is not None and task.get_name().startswith("sweep")):
            return False
        self.number -= 1
        self.fired = self.fired or not self.number
        return not self.number


FAULT: Final = Fault()


def failing(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a store's method that fails when its turn comes."""

    async def call(self: SqliteDatabase, *arguments: Any) -> Any:
        if not FAULT.hits():
            return await method(self, *arguments)
        if FAULT.after:
            await method(self, *arguments)
        raise DatabaseAway("injected")

    return call


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def app(folder: Path) -> Iterator[App]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("read", "write", "write_one"):
            patch.setattr(SqliteDatabase, name, failing(getattr(SqliteDatabase, name)))
        url, key_file = f"sqlite:///{folder / 'rows.db'}", folder / "master.key"
        with serving(folder, database=url) as wire:
            # The inbox would wait for messages that nobody was told of.
            patch.setattr(wire, "code", lambda email: code_of(url, key_file, email))
            yield an_app(wire, a_pool(wire, **ALIAS))
    assert not problems_of(url, key_file, all_signed_up=False)


@dataclasses.dataclass(frozen=True)
class Flow:
    """A step that is tried, the refusals that say it was taken before, and how that is seen."""

    act: Callable[[], Json]
    taken: set[str]
    holds: Callable[[], object]


def signing_up(app: App) -> Flow:
    name = unique()

    def holds() -> None:
        app.admin("AdminConfirmSignUp", name)
        assert app.sign_in(name)["AccessToken"]

    return Flow(lambda: app.sign_up(name, email=an_email()), {"UsernameExistsException"}, holds)


def confirming(app: App) -> Flow:
    name, email = unique(), an_email()
    app.sign_up(name, email=email)
    code = app.wire.code(email)
    return Flow(
        lambda: app.call("ConfirmSignUp", name, ConfirmationCode=code),
        {"NotAuthorizedException", "ExpiredCodeException"},
        lambda: app.sign_in(email),
    )


def resending(app: App) -> Flow:
    name, email = unique(), an_email()
    app.sign_up(name, email=email)

    def holds() -> None:
        app.call("ConfirmSignUp", name, ConfirmationCode=app.wire.code(email))

    return Flow(lambda: app.call("ResendConfirmationCode", name), set(), holds)


def signing_in(app: App) -> Flow:
    name = app.user()
    with refused("NotAuthorizedException"):
        app.sign_in(name, "Wrong-Horse-1")
    return Flow(lambda: app.sign_in(name), set(), lambda: app.sign_in(name))


def proving(app: App) -> Flow:
    name = app.user()
    srp = SrpClient(app.pool_id)
    asked = app.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public)
    answers = srp.answers(asked["ChallengeParameters"], PASSWORD)
    return Flow(
        lambda: result_of(app.respond("PASSWORD_VERIFIER", None, **answers)),
        {"NotAuthorizedException"},
        lambda: app.srp_step(name),
    )


def failing_to_prove(app: App) -> Flow:
    """A wrong password never succeeds, whatever fails around it."""
    name = app.user()

    def act() -> None:
        try:
            app.sign_in(name, "Wrong-Horse-1")
        except RefusedError as refusal:
            if refusal.status != 400:
                raise
            return
        raise AssertionError("signed in")

    return Flow(act, set(), lambda: app.sign_in(name))


def choosing(app: App) -> Flow:
    name = app.temporary_user()
    session = app.password_step(name)["Session"]
    answers = {"USERNAME": name, "NEW_PASSWORD": FRESH}
    return Flow(
        lambda: result_of(app.respond("NEW_PASSWORD_REQUIRED", session, **answers)),
        {"NotAuthorizedException"},
        lambda: app.sign_in(name, FRESH),
    )


def trading(app: App) -> Flow:
    client = app.another_client(
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"], RefreshTokenRotation=NO_GRACE
    )
    token = client.sign_in(client.user())["RefreshToken"]

    def act() -> Json:
        given = {"ClientId": client.client_id, "RefreshToken": token}
        return app.wire.call("GetTokensFromRefreshToken", **given)

    def holds() -> None:
        with refused("RefreshTokenReuseException"):
            act()

    return Flow(act, {"RefreshTokenReuseException"}, holds)


def recovering(app: App) -> Flow:
    email = an_email()
    name = app.user("", email=email, email_verified="true")
    app.call("ForgotPassword", name)
    given = {"ConfirmationCode": app.wire.code(email), "Password": FRESH}
    return Flow(
        lambda: app.call("ConfirmForgotPassword", name, **given),
        {"ExpiredCodeException"},
        lambda: app.sign_in(name, FRESH),
    )


def changing(app: App) -> Flow:
    name = app.user()
    access = app.sign_in(name)["AccessToken"]
    given = {"PreviousPassword": PASSWORD, "ProposedPassword": FRESH, "AccessToken": access}
    return Flow(
        lambda: app.wire.call("ChangePassword", **given),
        {"NotAuthorizedException"},
        lambda: app.sign_in(name, FRESH),
    )


def moving(app: App) -> Flow:
    email = an_email()
    name = app.user("", email=an_email(), email_verified="true")
    access = app.sign_in(name)["AccessToken"]
    moved = attributes({"email": email})

    def holds() -> None:
        given = {"AttributeName": "email", "Code": app.wire.code(email), "AccessToken": access}
        app.wire.call("VerifyUserAttribute", **given)
        assert app.sign_in(email)["AccessToken"]

    return Flow(
        lambda: app.wire.call("UpdateUserAttributes", AccessToken=access, UserAttributes=moved),
        set(),
        holds,
    )


def revoking(app: App) -> Flow:
    tokens = app.sign_in(app.user())
    token = tokens["RefreshToken"]

    def holds() -> None:
        with refused("NotAuthorizedException", "Refresh Token has been revoked"):
            app.refresh(token)

    given = {"Token": token, "ClientId": app.client_id}
    return Flow(lambda: app.wire.call("RevokeToken", **given), set(), holds)


def signing_out(app: App) -> Flow:
    tokens = app.sign_in(app.user())

    def holds() -> None:
        with refused("NotAuthorizedException"):
            app.wire.call("GetUser", AccessToken=tokens["AccessToken"])
        with refused("NotAuthorizedException"):
            app.refresh(tokens["RefreshToken"])

    return Flow(
        lambda: app.wire.call("GlobalSignOut", AccessToken=tokens["AccessToken"]),
        {"NotAuthorizedException"},
        holds,
    )


def inviting(app: App) -> Flow:
    name = unique()

    def holds() -> None:
        assert app.password_step(name)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"

    return Flow(lambda: app.temporary_user(name), {"UsernameExistsException"}, holds)


def deleting(app: App) -> Flow:
    name = app.user()

    def holds() -> None:
        with refused("UserNotFoundException"):
            app.sign_in(name)

    return Flow(lambda: app.admin("AdminDeleteUser", name), {"UserNotFoundException"}, holds)


FLOWS: Final = (
    *(signing_up, confirming, resending, signing_in, proving, failing_to_prove, choosing),
    *(trading, recovering, changing, moving, revoking, signing_out, inviting, deleting),
)


@pytest.mark.parametrize("after", [False, True], ids=["not done", "done"])
@pytest.mark.parametrize("make", FLOWS, ids=lambda make: make.__name__)
def test_a_store_that_fails_once_leaves_nothing_half_done(
    app: App, make: Callable[[App], Flow], *, after: bool
) -> None:
    for number in range(1, CALLS_MAX):
        flow = make(app)
        FAULT.number, FAULT.after, FAULT.fired = number, after, False
        failed = told(flow.act)
        FAULT.number = 0
        if not FAULT.fired:
            assert failed is None
            assert number > 1, "a flow without a store proves nothing"
            return
        if failed is not None:
            assert (failed.status, failed.code) == (503, "InternalErrorException"), failed
            again = told(flow.act)
            assert again is None or again.code in flow.taken, again
        flow.holds()
    pytest.fail("a flow never came to its end")


def told(act: Callable[[], Json]) -> RefusedError | None:
    """Do it; return what was refused."""
    try:
        act()
    except RefusedError as refusal:
        return refusal
    return None
