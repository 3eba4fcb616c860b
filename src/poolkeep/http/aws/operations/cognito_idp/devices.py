"""Devices, for their users and for administrators. Rules: `core/devices/service.py`."""

from poolkeep.base.limits import PAGE_ENTRIES_MAX
from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.devices.model import Confirmation
from poolkeep.http.aws.present.devices import device_type
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "ConfirmDevice")
async def confirm_device(
    call: Call, request: shapes.ConfirmDeviceRequest
) -> shapes.ConfirmDeviceResponse:
    """Confirm the device of a sign-in: `DeviceService.confirm`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    verifier = request.device_secret_verifier_config or shapes.DeviceSecretVerifierConfigType()
    waits = await call.region.devices.confirm(
        caller,
        Confirmation(
            key=request.device_key,
            name=request.device_name,
            salt=verifier.salt,
            password_verifier=verifier.password_verifier,
        ),
        ip_address=call.source_ip,
    )
    return shapes.ConfirmDeviceResponse(user_confirmation_necessary=waits)


@operation("cognito-idp", "GetDevice")
async def get_device(call: Call, request: shapes.GetDeviceRequest) -> shapes.GetDeviceResponse:
    """Tell about a device of the bearer: `DeviceService.get`."""
    caller = await call.region.tokens.authenticate(_demanded(request.access_token))
    found = await call.region.devices.get(caller, request.device_key)
    return shapes.GetDeviceResponse(device=device_type(found.pool, found.user, found.device))


@operation("cognito-idp", "ListDevices")
async def list_devices(
    call: Call, request: shapes.ListDevicesRequest
) -> shapes.ListDevicesResponse:
    """List the bearer's devices: `DeviceService.list`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    page = await call.region.devices.list(
        caller,
        limit=request.limit or PAGE_ENTRIES_MAX,
        pagination_token=request.pagination_token,
    )
    return shapes.ListDevicesResponse(
        devices=[device_type(page.pool, page.user, device) for device in page.devices],
        pagination_token=page.next_token,
    )


@operation("cognito-idp", "ForgetDevice")
async def forget_device(call: Call, request: shapes.ForgetDeviceRequest) -> None:
    """Drop a device of the bearer: `DeviceService.forget`."""
    caller = await call.region.tokens.authenticate(_demanded(request.access_token))
    await call.region.devices.forget(caller, request.device_key)


@operation("cognito-idp", "UpdateDeviceStatus")
async def update_device_status(
    call: Call, request: shapes.UpdateDeviceStatusRequest
) -> shapes.UpdateDeviceStatusResponse:
    """Remember a device of the bearer, or not: `DeviceService.set_status`."""
    caller = await call.region.tokens.authenticate(request.access_token)
    await call.region.devices.set_status(
        caller, request.device_key, request.device_remembered_status
    )
    return shapes.UpdateDeviceStatusResponse()


@operation("cognito-idp", "AdminGetDevice")
async def admin_get_device(
    call: Call, request: shapes.AdminGetDeviceRequest
) -> shapes.AdminGetDeviceResponse:
    """Tell about a device of a user: `DeviceService.admin_get`."""
    found = await call.region.devices.admin_get(
        call.actor, request.user_pool_id, username=request.username, key=request.device_key
    )
    return shapes.AdminGetDeviceResponse(device=device_type(found.pool, found.user, found.device))


@operation("cognito-idp", "AdminListDevices")
async def admin_list_devices(
    call: Call, request: shapes.AdminListDevicesRequest
) -> shapes.AdminListDevicesResponse:
    """List a user's devices: `DeviceService.admin_list`."""
    page = await call.region.devices.admin_list(
        call.actor,
        request.user_pool_id,
        username=request.username,
        limit=request.limit or PAGE_ENTRIES_MAX,
        pagination_token=request.pagination_token,
    )
    return shapes.AdminListDevicesResponse(
        devices=[device_type(page.pool, page.user, device) for device in page.devices],
        pagination_token=page.next_token,
    )


@operation("cognito-idp", "AdminForgetDevice")
async def admin_forget_device(call: Call, request: shapes.AdminForgetDeviceRequest) -> None:
    """Drop a device of a user: `DeviceService.admin_forget`."""
    await call.region.devices.admin_forget(
        call.actor, request.user_pool_id, username=request.username, key=request.device_key
    )


@operation("cognito-idp", "AdminUpdateDeviceStatus")
async def admin_update_device_status(
    call: Call, request: shapes.AdminUpdateDeviceStatusRequest
) -> shapes.AdminUpdateDeviceStatusResponse:
    """Remember a device of a user, or not: `DeviceService.admin_set_status`."""
    await call.region.devices.admin_set_status(
        call.actor,
        request.user_pool_id,
        username=request.username,
        key=request.device_key,
        status=request.device_remembered_status,
    )
    return shapes.AdminUpdateDeviceStatusResponse()


def _demanded(access_token: str | None) -> str:
    """Return the token, which the model lets be absent and the service does not."""
    if access_token is None:
        raise InvalidParameter("Missing required parameter AccessToken")
    return access_token
