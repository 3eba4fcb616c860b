"""What callers ask of recovery."""

from poolkeep.core.signup.model import PublicCall


class ForgotPassword(PublicCall, frozen=True, kw_only=True):
    """ForgotPassword."""


class ConfirmForgotPassword(PublicCall, frozen=True, kw_only=True):
    """ConfirmForgotPassword."""

    confirmation_code: str
    password: str
