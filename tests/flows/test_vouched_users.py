"""What only our own migration function may say of a user: docs/behaviours/migration.md."""

import json
from pathlib import Path
from typing import Any, Final

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from poolkeep.core.triggers import Vouched
from tests.flows.functions import Stage
from tests.flows.in_process import serving
from tests.sdk.builders import App
from tests.sdk.support import claims_of, holds, refused, unique

SUB: Final = "11111111-2222-4333-8444-555555555555"


class Vouching(InProcessTriggers):
    """Answers as the ready-made function does, for every user with one sub."""

    sub: str | None = SUB

    async def call(self, arn: str, event: bytes) -> bytes:
        answer = await super().call(arn, event)
        return Vouched(answer, sub=self.sub) if self.sub else answer


def a_user(event: dict[str, Any]) -> dict[str, Any]:
    """Know everybody."""
    found = {"username": event["userName"], "email": "ada@example.com", "shoe_size": "38"}
    return {"response": {"userAttributes": found, "finalUserStatus": "CONFIRMED"}}


def sub_of(app: App, name: str) -> str:
    """Return the sub of whom signs in."""
    sub: str = claims_of(app.sign_in(name)["IdToken"])["sub"]
    return sub


@holds("MIGRATION-02")
def test_a_sub_that_is_taken_is_replaced_and_never_shared(tmp_path: Path) -> None:
    triggers = Vouching()
    with serving(tmp_path, triggers) as wire:
        stage = Stage(wire, triggers)
        function = stage.function(a_user)
        app, other = (stage.app(UserMigration=function) for _ in range(2))
        first, second = unique(), unique()
        assert sub_of(app, first) == SUB
        assert sub_of(other, first) == SUB, "free in another pool"
        fresh = sub_of(app, second)
        assert fresh != SUB
        assert (sub_of(app, first), sub_of(app, second)) == (SUB, fresh)
        triggers.sub = "not-a-sub"
        assert sub_of(app, unique()) != "not-a-sub"


@holds("MIGRATION-02", "MIGRATION-03")
def test_a_function_of_others_can_neither_choose_a_sub_nor_leave_attributes_to_us(
    tmp_path: Path,
) -> None:
    triggers = Vouching()
    triggers.sub = None
    with serving(tmp_path, triggers) as wire:
        stage = Stage(wire, triggers)
        function = stage.function(a_user)
        app = stage.app(UserMigration=function)
        with refused("UserNotFoundException"):
            app.sign_in(unique())
        for member in ("sub", "Vouched", "kept_sub"):
            said = {"userAttributes": {"email": "a@b.example"}, "finalUserStatus": "CONFIRMED"}
            function.says = lambda _, said=said, member=member: {
                "response": {**said, member: SUB}, member: SUB,
            }  # fmt: skip
            assert sub_of(app, unique()) != SUB
        inside = {"email": "a@b.example", "sub": SUB}
        function.says = {"userAttributes": inside, "finalUserStatus": "CONFIRMED"}
        with refused("UserNotFoundException"):
            app.sign_in(unique())


@holds("MIGRATION-07")
def test_sms_mfa_of_a_reply_binds_once_the_pool_has_it(tmp_path: Path) -> None:
    triggers = InProcessTriggers()
    with serving(tmp_path, triggers) as wire:
        stage = Stage(wire, triggers)
        function = stage.function()
        app = stage.app(UserMigration=function)
        known = {"userAttributes": {"email": "a@b.example"}, "finalUserStatus": "CONFIRMED"}
        function.says = {**known, "enableSMSMFA": True}
        with refused("UserNotFoundException"):
            app.sign_in(unique())
        known["userAttributes"] = {"phone_number": "+15555550144"}
        function.says = json.loads(json.dumps({**known, "enableSMSMFA": True}))
        name = unique()
        app.sign_in(name)
        assert app.admin("AdminGetUser", name)["UserMFASettingList"] == ["SMS_MFA"]
