"""The tree of expected refusals.

    Refusal
    ├── NotAuthorized, UserNotFound, CodeMismatch …   one class per answer a caller may get
    └── Unavailable                                   we cannot answer now; the caller may retry

`code` is stable: it is the name of Cognito's exception, and the AWS face sends it as `__type`.
The text is what the caller reads; texts are functions and constants in `poolkeep.core.wording`.
Core raises (or returns) only these. Anything else that escapes is a defect, and the caller
learns nothing of it.
"""

from typing import ClassVar


class Refusal(Exception):
    """An expected "no", with a stable code and the caller's text."""

    code: ClassVar[str] = "InternalErrorException"

    def __init__(self, text: str = "") -> None:
        """Carry `text` for the caller; empty when the code says it all."""
        super().__init__(text)
        self.text = text


class AliasExists(Refusal):
    """Another user owns this e-mail address, phone number or preferred username."""

    code = "AliasExistsException"


class CodeDeliveryFailure(Refusal):
    """A code could not be handed to any transport."""

    code = "CodeDeliveryFailureException"


class CodeMismatch(Refusal):
    """The code is not the one that was sent."""

    code = "CodeMismatchException"


class ConcurrentModification(Refusal):
    """Somebody else changed the thing in between."""

    code = "ConcurrentModificationException"


class DeviceKeyExists(Refusal):
    """The device was confirmed before."""

    code = "DeviceKeyExistsException"


class DuplicateProvider(Refusal):
    """The pool has a provider of this name."""

    code = "DuplicateProviderException"


class EnableSoftwareTokenMFA(Refusal):
    """The first code of an authenticator app is wrong."""

    code = "EnableSoftwareTokenMFAException"


class ExpiredCode(Refusal):
    """The code is too old, superseded, or was never requested."""

    code = "ExpiredCodeException"


class FeatureUnavailableInTier(Refusal):
    """The pool's tier lacks the feature."""

    code = "FeatureUnavailableInTierException"


class Forbidden(Refusal):
    """A firewall rule refuses the request."""

    code = "ForbiddenException"


class GroupExists(Refusal):
    """The pool has a group of this name."""

    code = "GroupExistsException"


class InvalidEmailRole(Refusal):
    """The pool may not use its e-mail identity."""

    code = "InvalidEmailRoleAccessPolicyException"


class InvalidLambdaResponse(Refusal):
    """A trigger's reply does not have the shape of its source."""

    code = "InvalidLambdaResponseException"


class InvalidOAuthFlow(Refusal):
    """The client's OAuth settings contradict each other."""

    code = "InvalidOAuthFlowException"


class InvalidParameter(Refusal):
    """The request breaks a rule."""

    code = "InvalidParameterException"


class InvalidPassword(Refusal):
    """The password breaks the pool's policy."""

    code = "InvalidPasswordException"


class InvalidUserPoolConfiguration(Refusal):
    """The pool is not set up for what is asked."""

    code = "InvalidUserPoolConfigurationException"


class LimitExceeded(Refusal):
    """An attempt limit or a resource quota is used up."""

    code = "LimitExceededException"


class ManagedLoginBrandingExists(Refusal):
    """The client has a style."""

    code = "ManagedLoginBrandingExistsException"


class MFAMethodNotFound(Refusal):
    """No usable second factor."""

    code = "MFAMethodNotFoundException"


class NotBuilt(Refusal):
    """What is asked for is not built yet; the text names it, and nothing was done."""

    code = "NotImplementedException"


class NotAuthorized(Refusal):
    """The proof is wrong, missing, spent, or not for this."""

    code = "NotAuthorizedException"


class OperationNotEnabled(Refusal):
    """The pool (or replica) does not offer the operation."""

    code = "OperationNotEnabledException"


class PasswordHistoryViolation(Refusal):
    """The password was used before."""

    code = "PasswordHistoryPolicyViolationException"


class PasswordResetRequired(Refusal):
    """The user must reset the password first."""

    code = "PasswordResetRequiredException"


class PreconditionNotMet(Refusal):
    """Something that must come first has not happened."""

    code = "PreconditionNotMetException"


class RefreshTokenReuse(Refusal):
    """A rotated refresh token came back after its grace period."""

    code = "RefreshTokenReuseException"


class ResourceNotFound(Refusal):
    """No such pool, client, group or other resource."""

    code = "ResourceNotFoundException"


class ScopeDoesNotExist(Refusal):
    """No such scope."""

    code = "ScopeDoesNotExistException"


class TermsExists(Refusal):
    """The client has such a document."""

    code = "TermsExistsException"


class SoftwareTokenMFANotFound(Refusal):
    """The pool or the user has no authenticator app."""

    code = "SoftwareTokenMFANotFoundException"


class ServiceQuotaExceeded(Refusal):
    """More is asked for than the account may have."""

    code = "ServiceQuotaExceededException"


class TooManyFailedAttempts(Refusal):
    """A burst of wrong answers."""

    code = "TooManyFailedAttemptsException"


class TooManyRequests(Refusal):
    """A rate quota is used up."""

    code = "TooManyRequestsException"


class Unauthorized(Refusal):
    """The client or its secret is wrong (RevokeToken's answer)."""

    code = "UnauthorizedException"


class UnexpectedLambda(Refusal):
    """A trigger could not be called."""

    code = "UnexpectedLambdaException"


class UnsupportedOperation(Refusal):
    """The client's settings rule the operation out."""

    code = "UnsupportedOperationException"


class UnsupportedTokenType(Refusal):
    """The token is of a kind that the operation does not take."""

    code = "UnsupportedTokenTypeException"


class UnsupportedUserState(Refusal):
    """The user's status rules the operation out."""

    code = "UnsupportedUserStateException"


class UserImportInProgress(Refusal):
    """An import job holds the pool."""

    code = "UserImportInProgressException"


class UserLambdaValidation(Refusal):
    """A trigger refused."""

    code = "UserLambdaValidationException"


class UsernameExists(Refusal):
    """The pool has a user of this name."""

    code = "UsernameExistsException"


class UserNotConfirmed(Refusal):
    """The user has not confirmed the sign-up."""

    code = "UserNotConfirmedException"


class UserNotFound(Refusal):
    """No such user."""

    code = "UserNotFoundException"


class UserPoolTagging(Refusal):
    """The tags break a rule."""

    code = "UserPoolTaggingException"


class UserPoolAddOnNotEnabled(Refusal):
    """The pool lacks the add-on that the operation is about."""

    code = "UserPoolAddOnNotEnabledException"


class WebAuthnChallengeNotFound(Refusal):
    """No registration of a passkey is under way, or another one."""

    code = "WebAuthnChallengeNotFoundException"


class WebAuthnClientMismatch(Refusal):
    """The registration began through another client."""

    code = "WebAuthnClientMismatchException"


class WebAuthnConfigurationMissing(Refusal):
    """The pool has neither a relying party of its own nor a domain."""

    code = "WebAuthnConfigurationMissingException"


class WebAuthnCredentialNotSupported(Refusal):
    """The passkey is of a kind that is not taken."""

    code = "WebAuthnCredentialNotSupportedException"


class WebAuthnNotEnabled(Refusal):
    """The pool does not let its users sign in by passkey."""

    code = "WebAuthnNotEnabledException"


class WebAuthnOriginNotAllowed(Refusal):
    """The passkey was made at a place that is not the relying party's."""

    code = "WebAuthnOriginNotAllowedException"


class WebAuthnRelyingPartyMismatch(Refusal):
    """The passkey was made for another relying party."""

    code = "WebAuthnRelyingPartyMismatchException"


class Unavailable(Refusal):
    """We cannot answer now (database away, queue full); nothing was changed, retry later."""

    code = "InternalErrorException"
