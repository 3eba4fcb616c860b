"""What the token service refuses, by the codes of its model."""

from poolkeep.base.refusal import Refusal


class AccessDenied(Refusal):
    """The role does not trust the caller, or there is no such role: which, nobody is told."""

    code = "AccessDenied"


class InvalidRequest(Refusal):
    """A value of the request is out of its bounds."""

    code = "ValidationError"


class MalformedPolicy(Refusal):
    """A session policy is no policy."""

    code = "MalformedPolicyDocument"


class PackedPolicyTooLarge(Refusal):
    """Session policies and tags are too large together."""

    code = "PackedPolicyTooLarge"


class InvalidIdentityToken(Refusal):
    """A token or assertion that cannot be believed."""

    code = "InvalidIdentityToken"


class TokenTooOld(Refusal):
    """A token or assertion that was good once."""

    code = "ExpiredTokenException"


class RejectedClaim(Refusal):
    """A token or assertion that is good, and not for us."""

    code = "IDPRejectedClaim"


class ProviderAway(Refusal):
    """The identity provider does not give its keys; the caller may try again."""

    code = "IDPCommunicationError"


class InvalidMessage(Refusal):
    """Not a message that we have encoded."""

    code = "InvalidAuthorizationMessageException"


class SessionExpired(Refusal):
    """Temporary credentials after their end."""

    code = "ExpiredTokenException"
    query_code = "ExpiredToken"


class SessionUnknown(Refusal):
    """A session token that is not ours, or not of this key."""

    code = "UnrecognizedClientException"
    query_code = "InvalidClientTokenId"
