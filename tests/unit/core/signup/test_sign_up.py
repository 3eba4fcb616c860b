"""Sign-up where a function has a say, a message fails, or a name is somebody's alias."""

from typing import Any

import pytest

from poolkeep.base.refusal import (
    AliasExists,
    CodeDeliveryFailure,
    CodeMismatch,
    ExpiredCode,
    InvalidLambdaResponse,
    InvalidParameter,
    LimitExceeded,
    NotAuthorized,
    ResourceNotFound,
    UserLambdaValidation,
    UsernameExists,
    UserNotFound,
)
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient, Policies, SignInPolicy
from poolkeep.core.users.model import User
from poolkeep.storage.database import open_database
from tests.unit.core.messages.world import (
    ACTOR,
    FUNCTION,
    App,
    World,
    another,
    verifying,
    with_functions,
)

EMAIL = {"email": "mary@example.com"}
HIDES = {"prevent_user_existence_errors": "ENABLED"}
Event = dict[str, Any]


class Functions:
    """Functions of a pool that remember what they were told."""

    def __init__(self, world: World, **replies: Any) -> None:
        self.told: dict[str, list[Event]] = {name: [] for name in replies}
        for name, reply in replies.items():
            world.triggers.register(FUNCTION + name, self._function(name, reply))
        self.settings = with_functions(**{name: name for name in replies})

    def _function(self, name: str, reply: Any) -> Any:
        def run(event: Event) -> Event:
            self.told[name].append(event)
            if isinstance(reply, str):
                raise ValueError(reply)  # noqa: TRY004  a function's own error
            return {"response": reply}

        return run


class TestPreSignUp:
    """PreSignUp decides before anything is stored."""

    async def test_it_may_confirm_and_verify(self, world: World) -> None:
        decision = {"autoConfirmUser": True, "autoVerifyEmail": True}
        functions = Functions(world, pre_sign_up=decision, post_confirmation={})
        app = world.add(verifying(**functions.settings))
        answer = await app.sign_up(
            "mary",
            attributes=EMAIL,
            validation_data={"invited": "yes"},
            client_metadata={"a": "b"},
        )
        assert (answer.user_confirmed, answer.code_delivery_details) == (True, None)
        user = await app.user("mary")
        assert (user.status, user.attributes["email_verified"]) == ("CONFIRMED", "true")
        assert await world.deliver() == []
        before, after = functions.told["pre_sign_up"][0], functions.told["post_confirmation"][0]
        assert before["triggerSource"] == "PreSignUp_SignUp"
        assert before["userName"] == "mary"
        assert before["request"] == {
            "userAttributes": EMAIL,
            "validationData": {"invited": "yes"},
            "clientMetadata": {"a": "b"},
        }
        assert after["triggerSource"] == "PostConfirmation_ConfirmSignUp"
        assert after["request"]["userAttributes"]["sub"] == answer.user_sub
        assert after["request"]["userAttributes"]["cognito:user_status"] == "CONFIRMED"
        assert after["request"]["clientMetadata"] == {"a": "b"}

    async def test_a_refusal_stores_nothing(self, world: World) -> None:
        functions = Functions(world, pre_sign_up="not you")
        app = world.add(verifying(**functions.settings))
        with pytest.raises(UserLambdaValidation, match=r"PreSignUp failed with error not you\."):
            await app.sign_up("mary", attributes=EMAIL)
        assert await app.maybe_user("mary") is None
        assert await world.deliver() == []

    async def test_it_cannot_vouch_for_what_is_not_there(self, world: World) -> None:
        functions = Functions(world, pre_sign_up={"autoVerifyPhone": True})
        app = world.add(verifying(**functions.settings))
        with pytest.raises(InvalidLambdaResponse):
            await app.sign_up("mary", attributes=EMAIL)
        assert await app.maybe_user("mary") is None

    async def test_it_is_not_asked_about_a_taken_name(self, world: World) -> None:
        functions = Functions(world, pre_sign_up={})
        app = world.add(verifying(**functions.settings))
        await app.a_user("mary")
        with pytest.raises(UsernameExists, match="User already exists"):
            await app.sign_up("mary")
        assert functions.told["pre_sign_up"] == []

    async def test_a_vouched_alias_moves_here(self, world: World) -> None:
        functions = Functions(world, pre_sign_up={"autoVerifyEmail": True})
        pool = verifying(alias_attributes=("email",), **functions.settings)
        app = world.add(pool)
        await app.a_user("owner", attributes={**EMAIL, "email_verified": "true"})
        await app.sign_up("mary", attributes=EMAIL)
        told = functions.told["pre_sign_up"][0]["request"]["userAttributes"]
        assert told == {**EMAIL, "cognito:email_alias": "mary@example.com"}
        assert (await app.user("mary@example.com")).username == "mary"
        left = (await app.user("owner")).attributes
        assert left == {**EMAIL, "email_verified": "false"}

    async def test_in_a_pool_of_addresses_it_hears_the_sub(self, world: World) -> None:
        functions = Functions(world, pre_sign_up={})
        app = world.add(verifying(username_attributes=("email",), **functions.settings))
        answer = await app.sign_up("mary@example.com")
        assert functions.told["pre_sign_up"][0]["userName"] == answer.user_sub


class TestDelivery:
    """A message that cannot be sent does not undo the sign-up."""

    async def test_no_transport(self, world: World) -> None:
        app = World(world.database, media=()).add(verifying())
        with pytest.raises(CodeDeliveryFailure):
            await app.sign_up("mary", attributes=EMAIL)
        assert (await app.user("mary")).status == "UNCONFIRMED"

    async def test_a_throwing_message_function(self, world: World) -> None:
        functions = Functions(world, custom_message="no words")
        app = world.add(verifying(**functions.settings))
        with pytest.raises(UserLambdaValidation):
            await app.sign_up("mary", attributes=EMAIL)
        assert (await app.user("mary")).status == "UNCONFIRMED"

    async def test_the_confirmation_stays_when_its_function_throws(self, world: World) -> None:
        functions = Functions(world, post_confirmation="too late")
        app = world.add(verifying(**functions.settings))
        await app.sign_up("mary", attributes=EMAIL)
        text = r"PostConfirmation failed with error too late\."
        with pytest.raises(UserLambdaValidation, match=text):
            await app.confirm("mary", await app.code("mary@example.com"))
        assert (await app.user("mary")).status == "CONFIRMED"


class TestPassword:
    """Who may sign up without one."""

    @pytest.mark.parametrize(
        "factors, flows, is_free",
        [
            (("PASSWORD", "EMAIL_OTP"), ("ALLOW_USER_AUTH",), True),
            (("PASSWORD", "WEB_AUTHN"), ("ALLOW_USER_AUTH",), True),
            (("PASSWORD",), ("ALLOW_USER_AUTH",), False),
            (("PASSWORD", "EMAIL_OTP"), ("ALLOW_USER_SRP_AUTH",), False),
            (None, None, False),
        ],
    )
    async def test_pool_and_client_must_know_another_factor(
        self, world: World, factors: Any, flows: Any, *, is_free: bool
    ) -> None:
        policy = Policies(sign_in_policy=SignInPolicy(allowed_first_auth_factors=factors))
        app = world.add(verifying(policies=policy), client={"explicit_auth_flows": flows})
        if is_free:
            await app.sign_up("mary", None, attributes=EMAIL)
            assert (await app.user("mary")).credential is None
        else:
            with pytest.raises(InvalidParameter, match="Password is required"):
                await app.sign_up("mary", None, attributes=EMAIL)


class _Sessions:
    """Sessions that name their user."""

    def continuation(
        self, pool: LoadedPool, client: AppClient, user: User, *, by_pages: bool = False
    ) -> str | None:
        return f"{user.id} {user.status}"

    def check_continuation(
        self, pool: LoadedPool, client: AppClient, user: User, session: str
    ) -> None:
        if not session.startswith(user.id):
            raise NotAuthorized("Invalid session for the user.")


class TestSession:
    """A sign-up may lead straight into a sign-in."""

    async def test_a_session_continues(self, world: World) -> None:
        app = World(world.database, continuation=_Sessions()).add(verifying())
        answer = await app.sign_up("mary", attributes=EMAIL)
        assert answer.session == f"{answer.user_sub} UNCONFIRMED"
        code = await app.code("mary@example.com")
        with pytest.raises(NotAuthorized):
            await app.confirm("mary", code, session="somebody else's")
        assert (await app.user("mary")).status == "UNCONFIRMED"
        session = await app.confirm("mary", code, session=answer.session)
        assert session == f"{answer.user_sub} CONFIRMED"

    async def test_the_first_need_not_come_along_for_the_second(self, world: World) -> None:
        app = World(world.database, continuation=_Sessions()).add(verifying())
        made = await app.sign_up("mary", attributes=EMAIL)
        session = await app.confirm("mary", await app.code("mary@example.com"))
        assert session == f"{made.user_sub} CONFIRMED"


class TestConfirmation:
    """What the code proves, and what it does not."""

    async def test_a_taken_alias_needs_force_and_keeps_the_code(self, world: World) -> None:
        app = world.add(verifying(alias_attributes=("email",)))
        await app.a_user("owner", attributes={**EMAIL, "email_verified": "true"})
        await app.sign_up("mary", attributes=EMAIL)
        code = await app.code("mary@example.com")
        with pytest.raises(AliasExists, match=r"An account with the email already exists\."):
            await app.confirm("mary", code)
        assert (await app.user("mary")).status == "UNCONFIRMED"
        await app.confirm("mary", code, force_alias_creation=True)
        assert (await app.user("mary@example.com")).username == "mary"
        assert (await app.user("owner")).attributes["email_verified"] == "false"

    async def test_a_username_is_never_taken_by_force(self, world: World) -> None:
        app = world.add(verifying(alias_attributes=("preferred_username",)))
        await app.a_user("mary")
        with pytest.raises(UsernameExists):
            await app.sign_up("mary")

    async def test_only_the_address_it_went_to_becomes_verified(self, world: World) -> None:
        app = world.add(verifying())
        await app.sign_up("mary", attributes=EMAIL)
        code = await app.code("mary@example.com")
        user = await app.user("mary")
        user.document.attributes["email"] = "other@example.com"
        key = (b'{"attributes":{"email":"other@example.com"}}', user.id)
        await world.database.write_one("UPDATE users SET document = ? WHERE user_id = ?", key)
        await app.confirm("mary", code)
        after = await app.user("mary")
        assert after.status == "CONFIRMED"
        assert "email_verified" not in after.attributes

    async def test_a_code_is_for_the_client_that_asked(self, world: World) -> None:
        pool = verifying()
        app = world.add(pool)
        other = world.add(pool, client_id="client2")
        await app.sign_up("mary", attributes=EMAIL)
        code = await app.code("mary@example.com")
        with pytest.raises(CodeMismatch):
            await other.confirm("mary", code)
        await app.confirm("mary", code)

    async def test_a_code_seen_expired_stays_expired(self, world: World) -> None:
        app = world.add(verifying())
        await app.sign_up("mary", attributes=EMAIL)
        code = await app.code("mary@example.com")
        world.clock.advance(s=24 * 3600 + 1)
        with pytest.raises(ExpiredCode):
            await app.confirm("mary", code)
        world.clock.advance(s=-3600)
        with pytest.raises(ExpiredCode):
            await app.confirm("mary", code)

    async def test_attempts_are_counted_before_the_code_is_compared(self, world: World) -> None:
        app = world.add(verifying())
        await app.sign_up("mary", attributes=EMAIL)
        code = await app.code("mary@example.com")
        for _ in range(15):
            with pytest.raises(CodeMismatch):
                await app.confirm("mary", another(code))
        with pytest.raises(LimitExceeded):
            await app.confirm("mary", code)

    async def test_a_link_confirms_but_never_by_force(self, world: World) -> None:
        app = world.add(verifying())
        await app.sign_up("mary", attributes=EMAIL)
        code = await app.code("mary@example.com")
        with pytest.raises(CodeMismatch):
            await world.sign_up.confirm_by_link("client1", "mary", another(code))
        await world.sign_up.confirm_by_link("client1", "mary", code)
        assert (await app.user("mary")).attributes["email_verified"] == "true"
        for client_id, name in (("client1", "nobody"), ("nothing", "mary")):
            with pytest.raises(UserNotFound):
                await world.sign_up.confirm_by_link(client_id, name, code)

    async def test_an_administrator_verifies_nothing_and_is_recorded(self, world: World) -> None:
        app = world.add(verifying())
        await app.sign_up("mary", attributes=EMAIL)
        code = await app.code("mary@example.com")
        await world.sign_up.admin_confirm(ACTOR, app.pool.pool.id, "mary")
        user = await app.user("mary")
        assert (user.status, "email_verified" in user.attributes) == ("CONFIRMED", False)
        rows = await world.database.read(lambda tx: tx.all("SELECT document FROM audit"))
        assert len(rows) == 1
        assert b"AdminConfirmSignUp" in rows[0][0]
        text = r"User cannot be confirmed\. Current status is CONFIRMED"
        with pytest.raises(NotAuthorized, match=text):
            await app.confirm("mary", code)


class TestHiding:
    """Where a client hides who exists, unknown and disabled users look alike."""

    @pytest.fixture
    def app(self, world: World) -> App:
        return world.add(verifying(), client=HIDES)

    async def test_an_unknown_user_gets_stable_details(self, app: App) -> None:
        first = await app.resend("nobody@example.com")
        assert first == await app.resend("nobody@example.com")
        assert (first.destination, first.delivery_medium) == ("n***@e***", "EMAIL")
        assert await app.world.deliver() == []

    async def test_a_code_was_never_sent_until_it_was(self, app: App) -> None:
        with pytest.raises(ExpiredCode):
            await app.confirm("nobody", "123456")
        await app.resend("nobody")
        with pytest.raises(CodeMismatch):
            await app.confirm("nobody", "123456")

    async def test_limits_hold_for_nobody_too(self, app: App) -> None:
        for _ in range(5):
            await app.resend("nobody")
        with pytest.raises(LimitExceeded):
            await app.resend("nobody")

    async def test_a_disabled_user_looks_unknown(self, app: App) -> None:
        await app.a_user("mary", status="UNCONFIRMED", enabled=False, attributes=EMAIL)
        details = await app.resend("mary")
        assert details.delivery_medium == "EMAIL"
        assert await app.world.deliver() == []

    async def test_without_hiding_both_are_told(self, world: World) -> None:
        app = world.add(verifying())
        await app.a_user("mary", status="UNCONFIRMED", enabled=False, attributes=EMAIL)
        with pytest.raises(NotAuthorized, match=r"User is disabled\."):
            await app.resend("mary")
        with pytest.raises(UserNotFound, match=r"Username/client id combination not found\."):
            await app.resend("nobody")


async def test_an_unknown_client_is_told_by_name(world: World) -> None:
    app = world.add(verifying())
    del world.book.clients["client1"]
    with pytest.raises(ResourceNotFound, match=r"User pool client client1 does not exist\."):
        await app.sign_up("mary")


async def test_of_two_nodes_one_makes_the_user(postgres_url: str) -> None:
    import asyncio

    databases = [open_database(postgres_url) for _ in range(2)]
    apps = [
        World(database, seed=f"node {number}").add(verifying())
        for number, database in enumerate(databases)
    ]
    outcomes = await asyncio.gather(
        *(app.sign_up("mary", attributes=EMAIL) for app in apps * 4), return_exceptions=True
    )
    made = [one for one in outcomes if not isinstance(one, BaseException)]
    assert len(made) == 1
    assert all(isinstance(one, UsernameExists) for one in outcomes if one is not made[0])
    codes = [message.code for message in await apps[0].world.deliver()]
    assert len(codes) == 1
    assert codes[0] is not None
    outcomes2 = await asyncio.gather(
        *(app.confirm("mary", codes[0]) for app in apps * 4), return_exceptions=True
    )
    assert [one for one in outcomes2 if not isinstance(one, BaseException)] == [None]
    assert all(one is None or isinstance(one, ExpiredCode | NotAuthorized) for one in outcomes2), (
        outcomes2
    )
    for database in databases:
        await database.close()
