"""SetUserPoolMfaConfig replaces the second factors and nothing else."""

from typing import Any

import msgspec
import pytest

from poolkeep.base.refusal import FeatureUnavailableInTier, InvalidParameter
from poolkeep.core.pools import wording
from poolkeep.core.pools.defaults import MfaConfig
from poolkeep.core.pools.model import UserPool
from poolkeep.http.aws.present import pools as present
from poolkeep.wire.cognito_idp import shapes
from tests.unit.core.pools.region import ALICE, Region
from tests.unit.core.pools.test_round_trips import SES, SMS

Members = dict[str, Any]
SENDER = {"EmailSendingAccount": "DEVELOPER", "SourceArn": SES}
TOTP = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
PASSKEYS = {
    "WebAuthnConfiguration": {
        "RelyingPartyId": "example.org",
        "UserVerification": "required",
        "FactorConfiguration": "SINGLE_FACTOR",
    }
}


async def set_mfa(region: Region, pool: UserPool, **members: Any) -> Members:
    """Send members as on the wire and return the answer's; what is read back must agree."""
    body = msgspec.json.encode({"UserPoolId": pool.id, **members})
    request = msgspec.json.decode(body, type=shapes.SetUserPoolMfaConfigRequest)
    change = msgspec.convert(request, MfaConfig, from_attributes=True)
    answered = await region.pools.set_mfa(ALICE, pool.id, change)
    read = await region.pools.mfa(ALICE, pool.id)
    assert read == answered
    wire = present.mfa_config(answered, shapes.SetUserPoolMfaConfigResponse)
    decoded: Members = msgspec.json.decode(msgspec.json.encode(wire))
    return decoded


async def test_a_pool_without_mfa_says_so_and_no_more(region: Region) -> None:
    pool = await region.create_pool()
    assert await region.pools.mfa(ALICE, pool.id) == MfaConfig(mfa_configuration="OFF")


async def test_what_is_set_is_answered(region: Region) -> None:
    pool = await region.create_pool(EmailConfiguration=SENDER)
    given: Members = {
        "MfaConfiguration": "OPTIONAL",
        "SmsMfaConfiguration": {
            "SmsAuthenticationMessage": "code {####}",
            "SmsConfiguration": SMS,
        },
        "EmailMfaConfiguration": {"Message": "code {####}", "Subject": "code"},
        **TOTP,
        **PASSKEYS,
    }
    assert await set_mfa(region, pool, **given) == given
    described = await region.describe_pool(pool)
    assert described["MfaConfiguration"] == "OPTIONAL"
    assert described["SmsConfiguration"] == SMS
    assert described["SmsAuthenticationMessage"] == "code {####}"


async def test_factors_left_out_are_off_but_the_sender_stays(region: Region) -> None:
    pool = await region.create_pool(MfaConfiguration="ON", SmsConfiguration=SMS)
    assert "SmsMfaConfiguration" in await set_mfa(region, pool, **PASSKEYS)
    given = {"MfaConfiguration": "ON", **TOTP}
    assert await set_mfa(region, pool, **given) == given | PASSKEYS
    assert (await region.describe_pool(pool))["SmsConfiguration"] == SMS


async def test_passkeys_alone_leave_the_factors_alone(region: Region) -> None:
    pool = await region.create_pool()
    await set_mfa(region, pool, MfaConfiguration="ON", **TOTP)
    assert await set_mfa(region, pool, **PASSKEYS) == {"MfaConfiguration": "ON", **TOTP, **PASSKEYS}


async def test_nothing_said_turns_mfa_off(region: Region) -> None:
    pool = await region.create_pool()
    await set_mfa(region, pool, MfaConfiguration="ON", **TOTP)
    assert await set_mfa(region, pool) == {"MfaConfiguration": "OFF"}


async def test_an_update_never_resets_factors(region: Region) -> None:
    pool = await region.create_pool()
    await set_mfa(region, pool, MfaConfiguration="OPTIONAL", **TOTP)
    await region.update_pool(pool, MfaConfiguration="OPTIONAL")
    config = await region.pools.mfa(ALICE, pool.id)
    assert config.software_token_mfa_configuration is not None


@pytest.mark.parametrize(
    "given, text",
    [
        ({"MfaConfiguration": "ON"}, wording.MFA_NEEDS_FACTOR),
        (
            {"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": False}},
            (
                "At least one of [SmsMfaConfiguration] or [SoftwareTokenMfaConfiguration] must be "
                "provided."
            ),
        ),
        ({"MfaConfiguration": "OFF", **TOTP}, wording.MFA_OFF_WITH_FACTOR),
        (TOTP, wording.MFA_OFF_WITH_FACTOR),
        (
            {"MfaConfiguration": "ON", "SmsMfaConfiguration": {}},
            "[SmsConfiguration] is a required member of [SoftwareTokenMfaConfiguration].",
        ),
        (
            {"MfaConfiguration": "ON", "EmailMfaConfiguration": {}},
            (
                "Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an "
                "EmailSendingAccount of COGNITO_DEFAULT."
            ),
        ),
    ],
)
async def test_a_contradiction_is_refused(region: Region, given: Members, text: str) -> None:
    pool = await region.create_pool()
    with pytest.raises(InvalidParameter) as refused:
        await set_mfa(region, pool, **given)
    assert refused.value.text == text


async def test_turning_off_with_a_factor_that_is_off_is_fine(region: Region) -> None:
    pool = await region.create_pool()
    off = {"MfaConfiguration": "OFF", "SoftwareTokenMfaConfiguration": {"Enabled": False}}
    assert await set_mfa(region, pool, **off) == {"MfaConfiguration": "OFF"}


async def test_required_mfa_and_passwordless_factors_exclude_each_other(region: Region) -> None:
    factors = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
    pool = await region.create_pool(Policies=factors)
    with pytest.raises(InvalidParameter):
        await set_mfa(region, pool, MfaConfiguration="ON", **TOTP)
    passkeys = {"WebAuthnConfiguration": {
        "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
    }}  # fmt: skip
    await set_mfa(region, pool, MfaConfiguration="ON", **TOTP, **passkeys)


async def test_email_codes_need_a_tier_and_a_second_way_to_recover(region: Region) -> None:
    email = {"MfaConfiguration": "ON", "EmailMfaConfiguration": {}}
    lite = await region.create_pool(UserPoolTier="LITE", EmailConfiguration=SENDER)
    with pytest.raises(FeatureUnavailableInTier):
        await set_mfa(region, lite, **email)
    recovery = {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]}
    pool = await region.create_pool(EmailConfiguration=SENDER, AccountRecoverySetting=recovery)
    with pytest.raises(InvalidParameter) as refused:
        await set_mfa(region, pool, **email)
    assert refused.value.text == wording.EMAIL_MFA_AND_RECOVERY
