"""Which functions each flow asks, in order: docs/behaviours/triggers.md."""

import dataclasses
from collections.abc import Callable
from typing import Final

from tests.flows import trigger_flows as flows
from tests.flows.trigger_stage import HIDING, Recorded
from tests.sdk.builders import EVERY_FLOW
from tests.sdk.support import Json

CHOICE: Final = {"ExplicitAuthFlows": [*EVERY_FLOW, "ALLOW_USER_AUTH"]}
PRE_AUTH: Final = "PreAuthentication_Authentication"
AFTER: Final = ["PostAuthentication_Authentication", "TokenGeneration_Authentication"]
DEFINE, CREATE, VERIFY = (
    f"{name}_Authentication"
    for name in ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
)


@dataclasses.dataclass(frozen=True)
class Flow:
    """What is done, and which functions are asked, in order."""

    act: Callable[[Recorded], None]
    sources: list[str]
    client: dict[str, Json] = dataclasses.field(default_factory=dict)
    pool: dict[str, Json] = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        """The golden file's name."""
        return self.act.__name__


FLOWS: Final = (
    Flow(flows.sign_up, ["PreSignUp_SignUp", "CustomMessage_SignUp"]),
    Flow(flows.bare_sign_up, ["PreSignUp_SignUp", "CustomMessage_SignUp"]),
    Flow(flows.confirmed_sign_up, ["PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"]),
    Flow(flows.resend, ["CustomMessage_ResendCode"]),
    Flow(flows.confirm, ["PostConfirmation_ConfirmSignUp"]),
    Flow(flows.admin_confirm, ["PostConfirmation_ConfirmSignUp"]),
    Flow(flows.admin_create, ["PreSignUp_AdminCreateUser", "CustomMessage_AdminCreateUser"]),
    Flow(flows.admin_create_again, ["CustomMessage_AdminCreateUser"]),
    Flow(flows.admin_create_quietly, ["PreSignUp_AdminCreateUser"]),
    Flow(flows.forgot_password, ["CustomMessage_ForgotPassword"]),
    Flow(
        flows.forgot_password_elsewhere,
        ["UserMigration_ForgotPassword", "CustomMessage_ForgotPassword"],
    ),
    Flow(flows.admin_reset, ["CustomMessage_ForgotPassword"]),
    Flow(flows.confirm_forgot_password, ["PostConfirmation_ConfirmForgotPassword"]),
    Flow(flows.update_attributes, ["CustomMessage_UpdateUserAttribute"]),
    Flow(flows.admin_update_attributes, ["CustomMessage_UpdateUserAttribute"]),
    Flow(flows.verify_attribute, ["CustomMessage_VerifyUserAttribute"]),
    Flow(flows.sign_in, [PRE_AUTH, *AFTER]),
    Flow(flows.admin_sign_in, [PRE_AUTH, *AFTER]),
    Flow(flows.srp_sign_in, [PRE_AUTH, *AFTER]),
    Flow(flows.chosen_sign_in, [PRE_AUTH, *AFTER], client=CHOICE),
    Flow(flows.sign_in_from_elsewhere, ["UserMigration_Authentication", PRE_AUTH, *AFTER]),
    Flow(flows.sign_in_of_nobody, ["UserMigration_Authentication", PRE_AUTH], client=HIDING),
    Flow(flows.custom_sign_in, [PRE_AUTH, DEFINE, CREATE, VERIFY, DEFINE, *AFTER]),
    Flow(flows.custom_sign_in_of_nobody, [PRE_AUTH, DEFINE, CREATE, VERIFY, DEFINE], client=HIDING),
    Flow(
        flows.new_password,
        [PRE_AUTH, AFTER[0], "TokenGeneration_NewPasswordChallenge"],
    ),
    Flow(flows.second_factor, [PRE_AUTH, "CustomMessage_Authentication", *AFTER]),
    Flow(flows.remembered_device, [PRE_AUTH, AFTER[0], "TokenGeneration_AuthenticateDevice"]),
    Flow(flows.refresh, ["TokenGeneration_RefreshTokens"]),
    Flow(flows.refresh_by_operation, ["TokenGeneration_RefreshTokens"]),
    Flow(flows.machine, ["TokenGeneration_ClientCredentials"], pool={"version": "3"}),
)


MORE: Final = (
    Flow(
        flows.by_address,
        ["PreSignUp_SignUp", "CustomMessage_SignUp"],
        pool={"UsernameAttributes": ["email"]},
    ),
    Flow(
        flows.by_alias,
        ["PreSignUp_SignUp", "CustomMessage_SignUp"],
        pool={"AliasAttributes": ["email", "phone_number"]},
    ),
    Flow(flows.first_version, [PRE_AUTH, *AFTER], pool={"version": "1"}),
)
