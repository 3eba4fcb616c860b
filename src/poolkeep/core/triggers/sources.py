"""Events and replies, one pair of structs for each trigger.

Requests carry what the function is told, replies what it may answer; both in the names and the
order of the wire (camel case by `rename`). An event carries an empty reply for the function to
fill in. Unknown members of a reply are ignored, members of the wrong type make it an invalid
response. Source: docs/behaviours/triggers.md.
"""

from typing import Any

import msgspec


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A part of an event."""


class PreSignUpRequest(Wire, frozen=True):
    """PreSignUp_SignUp, PreSignUp_AdminCreateUser."""

    user_attributes: dict[str, str]
    validation_data: dict[str, str] | None = None
    client_metadata: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


class PreSignUpReply(Wire, frozen=True):
    """What PreSignUp may decide."""

    auto_confirm_user: bool | None = False
    auto_verify_email: bool | None = False
    auto_verify_phone: bool | None = False


class PlainRequest(Wire, frozen=True):
    """PostConfirmation_*: attributes and metadata."""

    user_attributes: dict[str, str]
    client_metadata: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


class EmptyReply(Wire, frozen=True):
    """A trigger whose only way to speak is to throw."""


class PreAuthenticationRequest(Wire, frozen=True):
    """PreAuthentication_Authentication."""

    user_attributes: dict[str, str]
    validation_data: dict[str, str] | None = None
    user_not_found: bool | msgspec.UnsetType = msgspec.UNSET


class PostAuthenticationRequest(Wire, frozen=True):
    """PostAuthentication_Authentication."""

    user_attributes: dict[str, str]
    new_device_used: bool = False
    client_metadata: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


class GroupConfiguration(Wire, frozen=True):
    """Groups and roles of the user, before the function changes them."""

    groups_to_override: list[str] = []
    iam_roles_to_override: list[str] = []
    preferred_role: str | None = None


class GroupOverride(Wire, frozen=True):
    """Groups and roles as a function would have them; what it leaves out is none."""

    groups_to_override: list[str] | None = None
    iam_roles_to_override: list[str] | None = None
    preferred_role: str | None = None


class PreTokenRequest(Wire, frozen=True):
    """TokenGeneration_*; `scopes` from version 2 on."""

    user_attributes: dict[str, str]
    group_configuration: GroupConfiguration | None
    scopes: list[str] | msgspec.UnsetType = msgspec.UNSET
    client_metadata: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


class ClaimsOverride(Wire, frozen=True):
    """Version 1: claims of the ID token, groups of both."""

    claims_to_add_or_override: dict[str, str] | None = None
    claims_to_suppress: list[str] | None = None
    group_override_details: GroupOverride | msgspec.UnsetType | None = msgspec.UNSET


class TokenOverride(Wire, frozen=True):
    """Versions 2 and 3: one token."""

    claims_to_add_or_override: dict[str, Any] | None = None
    claims_to_suppress: list[str] | None = None
    scopes_to_add: list[str] | None = None
    scopes_to_suppress: list[str] | None = None


class ClaimsAndScopeOverride(Wire, frozen=True):
    """Versions 2 and 3: both tokens."""

    id_token_generation: TokenOverride | None = None
    access_token_generation: TokenOverride | None = None
    group_override_details: GroupOverride | msgspec.UnsetType | None = msgspec.UNSET


class PreTokenReply(Wire, frozen=True):
    """What a pre-token function of version 1 may change."""

    claims_override_details: ClaimsOverride | None = None


class PreTokenScopesReply(Wire, frozen=True):
    """What a pre-token function of version 2 or 3 may change."""

    claims_and_scope_override_details: ClaimsAndScopeOverride | None = None


class CustomMessageRequest(Wire, frozen=True):
    """CustomMessage_*; without metadata there is a null."""

    user_attributes: dict[str, str]
    code_parameter: str
    link_parameter: str
    username_parameter: str | None = None
    client_metadata: dict[str, str] | None = None


class CustomMessageReply(Wire, frozen=True):
    """Texts in place of the pool's."""

    sms_message: str | None = None
    email_message: str | None = None
    email_subject: str | None = None


class UserMigrationRequest(Wire, frozen=True):
    """UserMigration_*; the password only at sign-in."""

    password: str | None = None
    validation_data: dict[str, str] | None = None
    client_metadata: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


class UserMigrationReply(Wire, frozen=True):
    """The user to create."""

    user_attributes: dict[str, str] | None = None
    final_user_status: str | None = None
    message_action: str | None = None
    desired_delivery_mediums: list[str] | None = None
    force_alias_creation: bool | None = None
    enable_sms_mfa: bool | None = msgspec.field(default=None, name="enableSMSMFA")


class ChallengeRound(Wire, frozen=True):
    """One finished round of custom authentication."""

    challenge_name: str
    challenge_result: bool
    challenge_metadata: str | None = None


class DefineChallengeRequest(Wire, frozen=True):
    """DefineAuthChallenge_Authentication."""

    user_attributes: dict[str, str]
    session: list[ChallengeRound]
    user_not_found: bool = False
    client_metadata: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


class DefineChallengeReply(Wire, frozen=True):
    """What comes next."""

    challenge_name: str | None = None
    issue_tokens: bool | None = None
    fail_authentication: bool | None = None


class CreateChallengeRequest(Wire, frozen=True):
    """CreateAuthChallenge_Authentication."""

    user_attributes: dict[str, str]
    challenge_name: str
    session: list[ChallengeRound]
    user_not_found: bool = False
    client_metadata: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


class CreateChallengeReply(Wire, frozen=True):
    """The challenge: what the client sees, and what stays here."""

    public_challenge_parameters: dict[str, str] | None = None
    private_challenge_parameters: dict[str, str] | None = None
    challenge_metadata: str | None = None


class VerifyChallengeRequest(Wire, frozen=True):
    """VerifyAuthChallengeResponse_Authentication."""

    user_attributes: dict[str, str]
    private_challenge_parameters: dict[str, str]
    challenge_answer: str
    user_not_found: bool = False
    client_metadata: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


class VerifyChallengeReply(Wire, frozen=True):
    """The verdict."""

    answer_correct: bool | None = None


class SenderRequest(Wire, frozen=True):
    """CustomEmailSender_*, CustomSMSSender_*; the code is encrypted when the event goes out."""

    type: str
    code: str | None = None
    client_metadata: dict[str, str] | None = None
    user_attributes: dict[str, str] = {}


class FederatedAnswers(Wire, frozen=True, omit_defaults=True):
    """What an identity provider said of somebody: members that its kind does not have are out."""

    token_response: dict[str, Any] | None = None
    id_token: dict[str, Any] | None = None
    user_info: dict[str, Any] | None = None
    saml_response: dict[str, Any] | None = None


class InboundFederationRequest(Wire, frozen=True):
    """InboundFederation_ExternalProvider."""

    provider_name: str
    provider_type: str
    attributes: FederatedAnswers


class InboundFederationReply(Wire, frozen=True):
    """The provider's attributes as they are to be mapped."""

    user_attributes_to_map: dict[str, str] | None = None


class CallerContext(Wire, frozen=True):
    """Who called: the SDK, and the app client."""

    aws_sdk_version: str = "aws-sdk-unknown-unknown"
    client_id: str = "CLIENT_ID_NOT_APPLICABLE"


class Event(Wire, frozen=True):
    """The envelope around every request."""

    version: str
    region: str
    user_pool_id: str
    user_name: str
    caller_context: CallerContext
    trigger_source: str
    request: Any
    response: Any


class Trigger(msgspec.Struct, frozen=True):
    """A trigger: the name in messages, the member of LambdaConfig, and the reply's struct."""

    name: str
    member: str
    reply: type[Wire]


PRE_SIGN_UP = Trigger("PreSignUp", "pre_sign_up", PreSignUpReply)
CUSTOM_MESSAGE = Trigger("CustomMessage", "custom_message", CustomMessageReply)
POST_CONFIRMATION = Trigger("PostConfirmation", "post_confirmation", EmptyReply)
PRE_AUTHENTICATION = Trigger("PreAuthentication", "pre_authentication", EmptyReply)
POST_AUTHENTICATION = Trigger("PostAuthentication", "post_authentication", EmptyReply)
PRE_TOKEN_GENERATION = Trigger("PreTokenGeneration", "pre_token_generation", PreTokenReply)
PRE_TOKEN_GENERATION_SCOPES = Trigger(
    "PreTokenGeneration", "pre_token_generation", PreTokenScopesReply
)
USER_MIGRATION = Trigger("UserMigration", "user_migration", UserMigrationReply)
DEFINE_AUTH_CHALLENGE = Trigger(
    "DefineAuthChallenge", "define_auth_challenge", DefineChallengeReply
)
CREATE_AUTH_CHALLENGE = Trigger(
    "CreateAuthChallenge", "create_auth_challenge", CreateChallengeReply
)
VERIFY_AUTH_CHALLENGE = Trigger(
    "VerifyAuthChallengeResponse", "verify_auth_challenge_response", VerifyChallengeReply
)
CUSTOM_EMAIL_SENDER = Trigger("CustomEmailSender", "custom_email_sender", EmptyReply)
CUSTOM_SMS_SENDER = Trigger("CustomSMSSender", "custom_sms_sender", EmptyReply)
INBOUND_FEDERATION = Trigger("InboundFederation", "inbound_federation", InboundFederationReply)
