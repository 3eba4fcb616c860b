"""One file for each challenge: how it is put, and how an answer is judged.

A challenge knows neither its predecessor nor its successor; `stages` has the order.
"""

from collections.abc import Callable, Mapping
from typing import Final

from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.challenges import (
    admin_password,
    custom_challenge,
    device_password_verifier,
    device_srp_auth,
    mfa_setup,
    new_password,
    one_time_code,
    password,
    password_verifier,
    select_challenge,
    select_mfa_type,
    software_token,
    web_authn,
)
from poolkeep.core.signin.evidence import Need
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Step

Check = Callable[[Attempt, Facts, Mapping[str, str]], Attempt | Step]

CHALLENGES: Final[dict[str, Check]] = {
    password_verifier.NAME: password_verifier.check,
    new_password.NAME: new_password.check,
    custom_challenge.NAME: custom_challenge.check,
    admin_password.NAME: admin_password.check,
    select_challenge.NAME: select_challenge.check,
    password.PASSWORD: password.check,
    password.PASSWORD_SRP: password.check,
    device_srp_auth.NAME: device_srp_auth.check,
    device_password_verifier.NAME: device_password_verifier.check,
    one_time_code.SMS_MFA: one_time_code.check,
    one_time_code.EMAIL_OTP: one_time_code.check,
    one_time_code.SMS_OTP: one_time_code.check,
    software_token.NAME: software_token.check,
    select_mfa_type.NAME: select_mfa_type.check,
    mfa_setup.NAME: mfa_setup.check,
    web_authn.NAME: web_authn.check,
}

NEEDS: Final[dict[str, tuple[Need, ...]]] = {
    software_token.NAME: (Need.SOFTWARE_TOKEN,),
    mfa_setup.NAME: (Need.SOFTWARE_TOKEN,),
    web_authn.NAME: web_authn.NEEDS,
}
"""What must be known of the user's factors before an answer to a challenge can be judged."""
