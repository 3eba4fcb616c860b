"""Factors as values."""

from typing import Final

import msgspec

SMS_MFA: Final = "SMS_MFA"
SOFTWARE_TOKEN_MFA: Final = "SOFTWARE_TOKEN_MFA"
EMAIL_OTP: Final = "EMAIL_OTP"
WEB_AUTHN: Final = "WEB_AUTHN"
MFA_FACTORS: Final = (SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP)
"""What may be asked for as a second factor, in the order of every list."""

LISTED: Final = (*MFA_FACTORS, WEB_AUTHN)
"""What a user may turn on; a passkey is never asked for second."""

ADDRESS_OF: Final = {SMS_MFA: "phone_number", EMAIL_OTP: "email"}
"""The attribute that a code of the factor goes to."""


class SoftwareToken(msgspec.Struct, frozen=True, kw_only=True):
    """A verified authenticator app.

    `seed` is unsealed; `used_step` is the newest time step that has proven something, None while
    none has: no code works twice. `version` tells one seed of a user from the next.
    """

    seed: bytes
    used_step: int | None = None
    friendly_name: str | None = None
    version: int = 0

    def __repr__(self) -> str:
        """Never show the seed."""
        return f"SoftwareToken(friendly_name={self.friendly_name!r})"


class TokenRow(msgspec.Struct, frozen=True, kw_only=True):
    """What the store keeps of a user's authenticator app; both seeds are sealed."""

    seed: bytes | None
    pending: bytes | None
    used_step: int | None
    friendly_name: str | None
    version: int


class MfaPreferences(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a sign-in needs to know of a user's factors; it stands in the user's document.

    `enabled` keeps the order of `LISTED`. `software_token` tells that a seed is verified,
    `software_token_named` that it has a friendly name; `passkeys` counts the registered ones.
    """

    enabled: tuple[str, ...] = ()
    preferred: str | None = None
    software_token: bool = False
    software_token_named: bool = False
    passkeys: int = 0


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One factor's part of a preference; what is not said is no."""

    enabled: bool | None = None
    preferred_mfa: bool | None = None


class PreferenceChange(msgspec.Struct, frozen=True, kw_only=True):
    """What SetUserMFAPreference says; a factor that is not named stays as it is."""

    sms_mfa_settings: Choice | None = None
    software_token_mfa_settings: Choice | None = None
    email_mfa_settings: Choice | None = None
    web_authn_mfa_settings: Choice | None = None

    def by_factor(self) -> dict[str, Choice]:
        """Return the choices that were made."""
        named = {
            SMS_MFA: self.sms_mfa_settings,
            SOFTWARE_TOKEN_MFA: self.software_token_mfa_settings,
            EMAIL_OTP: self.email_mfa_settings,
            WEB_AUTHN: self.web_authn_mfa_settings,
        }
        return {factor: choice for factor, choice in named.items() if choice is not None}


class MfaOption(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the older settings, which knew codes by SMS only."""

    delivery_medium: str | None = None
    attribute_name: str | None = None


class AuthFactors(msgspec.Struct, frozen=True, kw_only=True):
    """What GetUserAuthFactors tells."""

    username: str
    preferred: str | None
    enabled: tuple[str, ...]
    configured: tuple[str, ...]


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """What a sign-in owes beside its first factor: one of `factors`, or setting one of `setup` up.

    Neither: something is owed, and the user has no way to give it.
    """

    factors: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
