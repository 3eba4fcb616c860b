"""What users prefer as second factors. Rules: `core/factors/rules.py`."""

import msgspec

from poolkeep.core.factors.model import MfaOption, PreferenceChange
from poolkeep.core.factors.rules import auth_factors
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "SetUserMFAPreference")
async def set_user_mfa_preference(
    call: Call, request: shapes.SetUserMFAPreferenceRequest
) -> shapes.SetUserMFAPreferenceResponse:
    """Turn the bearer's factors on or off, and prefer one: `Factors.prefer`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    change = msgspec.convert(request, PreferenceChange, from_attributes=True)
    await call.region.mfa.factors.prefer(caller, change)
    return shapes.SetUserMFAPreferenceResponse()


@operation("cognito-idp", "AdminSetUserMFAPreference")
async def admin_set_user_mfa_preference(
    call: Call, request: shapes.AdminSetUserMFAPreferenceRequest
) -> shapes.AdminSetUserMFAPreferenceResponse:
    """Turn a user's factors on or off, and prefer one: `Factors.prefer_for`."""
    change = msgspec.convert(request, PreferenceChange, from_attributes=True)
    await call.region.mfa.factors.prefer_for(
        call.actor, request.user_pool_id, request.username, change
    )
    return shapes.AdminSetUserMFAPreferenceResponse()


@operation("cognito-idp", "SetUserSettings")
async def set_user_settings(
    call: Call, request: shapes.SetUserSettingsRequest
) -> shapes.SetUserSettingsResponse:
    """Turn the bearer's codes by SMS on or off, the older way: `Factors.set_options`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    options = msgspec.convert(request.mfa_options, list[MfaOption], from_attributes=True)
    await call.region.mfa.factors.set_options(caller, options)
    return shapes.SetUserSettingsResponse()


@operation("cognito-idp", "AdminSetUserSettings")
async def admin_set_user_settings(
    call: Call, request: shapes.AdminSetUserSettingsRequest
) -> shapes.AdminSetUserSettingsResponse:
    """Turn a user's codes by SMS on or off, the older way: `Factors.set_options_for`."""
    options = msgspec.convert(request.mfa_options, list[MfaOption], from_attributes=True)
    await call.region.mfa.factors.set_options_for(
        call.actor, request.user_pool_id, request.username, options
    )
    return shapes.AdminSetUserSettingsResponse()


@operation("cognito-idp", "GetUserAuthFactors")
async def get_user_auth_factors(
    call: Call, request: shapes.GetUserAuthFactorsRequest
) -> shapes.GetUserAuthFactorsResponse:
    """Tell what the bearer can sign in with: `core.factors.rules.auth_factors`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    told = auth_factors(caller.pool, caller.user)
    return shapes.GetUserAuthFactorsResponse(
        username=told.username,
        preferred_mfa_setting=told.preferred,
        user_mfa_setting_list=told.enabled or None,
        configured_user_auth_factors=told.configured or None,
    )


@operation("cognito-idp", "AdminGetUserAuthFactors")
async def admin_get_user_auth_factors(
    call: Call, request: shapes.AdminGetUserAuthFactorsRequest
) -> shapes.AdminGetUserAuthFactorsResponse:
    """Tell what a user can sign in with: `Factors.of_user`."""
    told = await call.region.mfa.factors.of_user(call.actor, request.user_pool_id, request.username)
    return shapes.AdminGetUserAuthFactorsResponse(
        username=told.username,
        preferred_mfa_setting=told.preferred,
        user_mfa_setting_list=told.enabled or None,
        configured_user_auth_factors=told.configured or None,
    )
