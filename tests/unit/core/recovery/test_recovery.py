"""Recovery: where codes go, what they change, and what nobody learns from it."""

import asyncio
from typing import Any, ClassVar

import pytest

from poolkeep.base.refusal import (
    CodeMismatch,
    ExpiredCode,
    InvalidParameter,
    InvalidPassword,
    LimitExceeded,
    NotAuthorized,
    PasswordHistoryViolation,
    UserLambdaValidation,
    UserNotFound,
)
from poolkeep.core.pools.model import AccountRecoverySetting, RecoveryOption
from poolkeep.core.recovery.rules import target_of
from poolkeep.core.users.model import UserDocument
from poolkeep.storage.database import open_database
from tests.sdk.support import holds
from tests.unit.core.messages.world import (
    ACTOR,
    FRESH,
    FUNCTION,
    PASSWORD,
    SMS_SETTINGS,
    App,
    World,
    another,
    verifying,
    with_functions,
)
from tests.unit.core.users.people import a_policy, a_pool, a_user, with_mfa

MARY = {"email": "mary@example.com", "email_verified": "true"}
HIDES = {"prevent_user_existence_errors": "ENABLED"}
NO_CONTACT = "Cannot reset password for the user as there is no registered/verified"


def recovering_by(*names: str) -> dict[str, Any]:
    """Return pool settings that list mechanisms, the first with the first priority."""
    options = tuple(RecoveryOption(priority=n, name=name) for n, name in enumerate(names, 1))
    # The order of the list says nothing, the priorities do.
    return {
        "account_recovery_setting": AccountRecoverySetting(recovery_mechanisms=options[::-1]),
        "sms_configuration": SMS_SETTINGS,
    }


class TestTarget:
    """Which address gets the code."""

    both: ClassVar = {**MARY, "phone_number": "+15550000001", "phone_number_verified": "true"}

    @pytest.mark.parametrize(
        "names, factors, medium",
        [
            ((), (), "SMS"),
            ((), ("SMS_MFA",), "SMS"),
            (("verified_email", "verified_phone_number"), (), "EMAIL"),
            (("verified_email", "verified_phone_number"), ("EMAIL_OTP",), "SMS"),
            (("verified_phone_number", "verified_email"), ("SMS_MFA",), "EMAIL"),
            (("verified_phone_number",), ("SMS_MFA",), None),
            (("admin_only",), (), None),
        ],
    )
    def test_priorities_and_second_factors_decide(
        self, names: tuple[str, ...], factors: tuple[str, ...], medium: str | None
    ) -> None:
        bare = a_pool(**(recovering_by(*names) if names else {}))
        pool = with_mfa(bare, "OPTIONAL", "SMS_MFA", "EMAIL_OTP")
        document = UserDocument(attributes=self.both, mfa={"enabled": list(factors)})
        found = target_of(pool, a_user(document=document))
        assert (found.medium if found else None) == medium

    @holds("MFA-21")
    def test_a_factor_that_the_pool_has_turned_off_takes_no_address(self) -> None:
        pool = with_mfa(a_pool(**recovering_by("verified_phone_number")), "OFF")
        document = UserDocument(attributes=self.both, mfa={"enabled": ["SMS_MFA"]})
        found = target_of(pool, a_user(document=document))
        assert found is not None
        assert found.medium == "SMS"

    def test_an_unverified_address_never_counts(self) -> None:
        user = a_user(attributes={**self.both, "phone_number_verified": "false"})
        found = target_of(a_pool(), user)
        assert found is not None
        assert found.destination == "mary@example.com"


class TestForgotten:
    """ForgotPassword and its confirmation."""

    async def test_a_code_sets_a_password_and_lifts_the_lock(self, world: World) -> None:
        told: list[dict[str, Any]] = []

        def function(event: dict[str, Any]) -> dict[str, Any]:
            told.append(event)
            return {"response": {}}

        world.triggers.register(FUNCTION + "done", function)
        app = world.add(verifying(**with_functions(post_confirmation="done")))
        user = await app.a_user("mary", attributes=MARY)
        pool_id, subject = app.pool.pool.id, f"user:{user.id}"
        lock: dict[str, Any] = {
            "kind": "password",
            "now_ms": world.clock.now_ms(),
            "free": 1,
            "cap_ms": 900_000,
        }
        await world.database.write(lambda tx: world.attempts.fail(tx, pool_id, subject, **lock))
        await app.forgot("mary")
        assert await app.has_password("mary", PASSWORD)
        await app.renew("mary", await app.code("mary@example.com"), client_metadata={"a": "b"})
        assert await app.has_password("mary", FRESH)
        assert not await app.has_password("mary", PASSWORD)
        until = await world.database.read(
            lambda tx: world.attempts.locked_until_ms(tx, pool_id, subject, "password")
        )
        assert until == 0
        assert told[0]["triggerSource"] == "PostConfirmation_ConfirmForgotPassword"
        assert told[0]["request"]["clientMetadata"] == {"a": "b"}

    async def test_a_bad_password_costs_nothing(self, world: World) -> None:
        app = world.add(verifying(**a_policy(minimum_length=8, password_history_size=3)))
        await app.a_user("mary", attributes=MARY)
        await app.forgot("mary")
        code = await app.code("mary@example.com")
        text = "Password does not conform to policy: Password not long enough"
        with pytest.raises(InvalidPassword, match=text):
            await app.renew("mary", code, "short")
        with pytest.raises(PasswordHistoryViolation):
            await app.renew("mary", code, PASSWORD)
        with pytest.raises(CodeMismatch):
            await app.renew("mary", another(code), "short")
        await app.renew("mary", code)
        with pytest.raises(ExpiredCode):
            await app.renew("mary", code, "Third-Horse-9")

    async def test_an_unconfirmed_user_with_a_proven_address_is_confirmed(
        self, world: World
    ) -> None:
        app = world.add(verifying())
        await app.a_user("mary", status="UNCONFIRMED", attributes=MARY)
        await app.forgot("mary")
        await app.renew("mary", await app.code("mary@example.com"))
        assert (await app.user("mary")).status == "CONFIRMED"

    @pytest.mark.parametrize("status", ["FORCE_CHANGE_PASSWORD", "EXTERNAL_PROVIDER"])
    async def test_nobody_recovers_what_they_never_had(self, world: World, status: str) -> None:
        app = world.add(verifying())
        await app.a_user("mary", status=status, attributes=MARY)
        text = r"User password cannot be reset in the current state\."
        with pytest.raises(NotAuthorized, match=text):
            await app.forgot("mary")

    async def test_refused_requests_use_nothing_up(self, world: World) -> None:
        app = world.add(verifying())
        await app.a_user("mary", attributes={"email": "mary@example.com"})
        for _ in range(7):
            with pytest.raises(InvalidParameter, match=NO_CONTACT):
                await app.forgot("mary")

    async def test_five_wrong_codes_and_the_right_one_is_not_looked_at(self, world: World) -> None:
        app = world.add(verifying())
        await app.a_user("mary", attributes=MARY)
        await app.forgot("mary")
        code = await app.code("mary@example.com")
        for _ in range(5):
            with pytest.raises(CodeMismatch):
                await app.renew("mary", another(code))
        with pytest.raises(LimitExceeded):
            await app.renew("mary", code)
        assert await app.has_password("mary", PASSWORD)

    async def test_an_address_that_somebody_owns_meanwhile_is_not_verified(
        self, world: World
    ) -> None:
        app = world.add(verifying(alias_attributes=("email",)))
        user = await app.a_user("mary", attributes=MARY)
        await app.forgot("mary")
        code = await app.code("mary@example.com")
        document = b'{"attributes":{"email":"mary@example.com","email_verified":"false"}}'
        statements = (
            ("UPDATE users SET document = ? WHERE user_id = ?", (document, user.id)),
            ("DELETE FROM logins WHERE user_id = ? AND kind = 'email'", (user.id,)),
        )
        for statement, values in statements:
            await world.database.write_one(statement, values)
        await app.a_user("owner", number=2, attributes=MARY)
        await app.renew("mary", code)
        assert (await app.user("mary")).attributes["email_verified"] == "false"
        assert (await app.user("mary@example.com")).username == "owner"
        assert await app.has_password("mary", FRESH)


class TestHiding:
    """Where a client hides who exists, nobody looks like somebody."""

    @pytest.fixture
    def app(self, world: World) -> App:
        return world.add(verifying(), client=HIDES)

    async def test_unknown_disabled_and_unreachable_users_look_alike(self, app: App) -> None:
        await app.a_user("gone", enabled=False, attributes=MARY)
        await app.a_user("bare", number=2)
        for name in ("nobody", "gone", "bare"):
            first = await app.forgot(name)
            assert first == await app.forgot(name)
            assert first.delivery_medium == "EMAIL"
            with pytest.raises(CodeMismatch):
                await app.renew(name, "123456")
        assert await app.world.deliver() == []

    async def test_a_code_was_never_sent_until_it_was(self, app: App) -> None:
        with pytest.raises(ExpiredCode):
            await app.renew("nobody", "123456")
        await app.forgot("nobody")
        with pytest.raises(CodeMismatch):
            await app.renew("nobody", "123456")
        app.world.clock.advance(s=3600)
        with pytest.raises(ExpiredCode):
            await app.renew("nobody", "123456")

    async def test_limits_hold_for_nobody_too(self, app: App) -> None:
        for _ in range(5):
            await app.forgot("nobody")
        with pytest.raises(LimitExceeded):
            await app.forgot("nobody")

    async def test_administrators_only_holds_for_nobody_too(self, world: World) -> None:
        app = world.add(verifying(**recovering_by("admin_only")), client=HIDES)
        with pytest.raises(NotAuthorized, match=r"Contact administrator to reset password\."):
            await app.forgot("nobody")

    async def test_without_hiding_they_are_told(self, world: World) -> None:
        app = world.add(verifying())
        await app.a_user("gone", enabled=False, attributes=MARY)
        for call in (app.forgot("gone"), app.renew("gone", "123456")):
            with pytest.raises(NotAuthorized, match=r"User is disabled\."):
                await call
        for call in (app.forgot("nobody"), app.renew("nobody", "123456")):
            with pytest.raises(UserNotFound, match=r"Username/client id combination not found\."):
                await call


class TestMigration:
    """UserMigration_ForgotPassword may know whom we do not."""

    def app(self, world: World, reply: Any, **client: Any) -> App:
        def function(event: dict[str, Any]) -> dict[str, Any]:
            assert event["triggerSource"] == "UserMigration_ForgotPassword"
            assert event["userName"] == "mary"
            assert event["request"]["password"] is None
            if isinstance(reply, str):
                raise ValueError(reply)  # noqa: TRY004  a function's own error
            return {"response": reply}

        world.triggers.register(FUNCTION + "move", function)
        return world.add(verifying(**with_functions(user_migration="move")), client=client)

    async def test_a_user_comes_over_and_recovers(self, world: World) -> None:
        app = self.app(world, {"userAttributes": MARY, "messageAction": "SUPPRESS"})
        details = await app.forgot("mary")
        assert details.destination == "m***@e***"
        assert (await app.user("mary")).status == "RESET_REQUIRED"
        await app.renew("mary", await app.code("mary@example.com"))
        assert (await app.user("mary")).status == "CONFIRMED"
        assert await app.has_password("mary", FRESH)

    @pytest.mark.parametrize(
        "reply",
        [{}, {"userAttributes": {}}, {"userAttributes": {"email": "mary@example.com"}}],
    )
    async def test_without_a_vouched_address_nobody_comes(self, world: World, reply: Any) -> None:
        app = self.app(world, reply)
        with pytest.raises(UserNotFound):
            await app.forgot("mary")
        assert await app.maybe_user("mary") is None

    async def test_a_throwing_function_is_told_or_hidden(self, world: World) -> None:
        with pytest.raises(UserLambdaValidation, match=r"UserMigration failed with error gone\."):
            await self.app(world, "gone").forgot("mary")
        hiding = self.app(world, "gone", **HIDES)
        assert (await hiding.forgot("mary")).delivery_medium == "EMAIL"


class TestAdministrators:
    """AdminResetUserPassword."""

    async def reset(self, app: App, name: str) -> None:
        await app.world.recovery.admin_reset(ACTOR, app.pool.pool.id, name)

    async def test_it_demands_a_new_password_of_any_client(self, world: World) -> None:
        app = world.add(verifying())
        await app.a_user("mary", attributes=MARY)
        await self.reset(app, "mary")
        assert (await app.user("mary")).status == "RESET_REQUIRED"
        rows = await world.database.read(lambda tx: tx.all("SELECT document FROM audit"))
        assert len(rows) == 1
        assert b"AdminResetUserPassword" in rows[0][0]
        await app.renew("mary", await app.code("mary@example.com"))
        assert (await app.user("mary")).status == "CONFIRMED"

    @pytest.mark.parametrize(
        "columns, refusal, text",
        [
            ({"enabled": False}, NotAuthorized, "User is disabled$"),
            ({"status": "UNCONFIRMED"}, NotAuthorized, "cannot be reset in the current state"),
            ({"status": "FORCE_CHANGE_PASSWORD"}, NotAuthorized, "cannot be reset"),
            ({"attributes": {"email": "mary@example.com"}}, InvalidParameter, NO_CONTACT),
        ],
    )
    async def test_it_is_refused(
        self, world: World, columns: dict[str, Any], refusal: type[Exception], text: str
    ) -> None:
        app = world.add(verifying())
        before = await app.a_user("mary", **{"attributes": MARY, **columns})
        with pytest.raises(refusal, match=text):
            await self.reset(app, "mary")
        assert (await app.user("mary")).status == before.status
        assert await world.deliver() == []

    async def test_self_service_must_be_allowed(self, world: World) -> None:
        app = world.add(verifying(**recovering_by("admin_only")))
        await app.a_user("mary", attributes=MARY)
        with pytest.raises(InvalidParameter, match=NO_CONTACT):
            await self.reset(app, "mary")


async def test_of_two_nodes_with_one_code_one_wins(postgres_url: str) -> None:
    databases = [open_database(postgres_url) for _ in range(2)]
    worlds = [World(database, seed=f"node {n}") for n, database in enumerate(databases)]
    apps = [world.add(verifying()) for world in worlds]
    await apps[0].a_user("mary", attributes=MARY)
    await apps[0].forgot("mary")
    code = await apps[0].code("mary@example.com")
    passwords = [f"Racing-Horse-{number}" for number in range(5)]
    outcomes = await asyncio.gather(
        *(apps[n % 2].renew("mary", code, password) for n, password in enumerate(passwords)),
        return_exceptions=True,
    )
    won = [n for n, outcome in enumerate(outcomes) if outcome is None]
    assert len(won) == 1, outcomes
    assert all(isinstance(one, ExpiredCode) for one in outcomes if one is not None), outcomes
    assert await apps[0].has_password("mary", passwords[won[0]])
    for database in databases:
        await database.close()
