"""Managed login styles and classic pages. Rules: `core/directory/branding.py`, `css.py`."""

import msgspec

from poolkeep.core.directory.branding import Style
from poolkeep.core.directory.model import UICustomization
from poolkeep.core.directory.ui_customization import ALL
from poolkeep.http.aws.present import branding as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "CreateManagedLoginBranding")
async def create_managed_login_branding(
    call: Call, request: shapes.CreateManagedLoginBrandingRequest
) -> shapes.CreateManagedLoginBrandingResponse:
    """Make a client's style: `BrandingService.create`."""
    branding = await call.region.directory.branding.create(
        call.actor, request.user_pool_id, request.client_id, _style(request)
    )
    return shapes.CreateManagedLoginBrandingResponse(managed_login_branding=present.style(branding))


@operation("cognito-idp", "DescribeManagedLoginBranding")
async def describe_managed_login_branding(
    call: Call, request: shapes.DescribeManagedLoginBrandingRequest
) -> shapes.DescribeManagedLoginBrandingResponse:
    """Tell a style: `BrandingService.describe`."""
    branding = await call.region.directory.branding.describe(
        call.actor,
        request.user_pool_id,
        request.managed_login_branding_id,
        with_defaults=request.return_merged_resources is True,
    )
    return shapes.DescribeManagedLoginBrandingResponse(
        managed_login_branding=present.style(branding)
    )


@operation("cognito-idp", "DescribeManagedLoginBrandingByClient")
async def describe_managed_login_branding_by_client(
    call: Call, request: shapes.DescribeManagedLoginBrandingByClientRequest
) -> shapes.DescribeManagedLoginBrandingByClientResponse:
    """Tell a client's style: `BrandingService.of_client`."""
    branding = await call.region.directory.branding.of_client(
        call.actor,
        request.user_pool_id,
        request.client_id,
        with_defaults=request.return_merged_resources is True,
    )
    return shapes.DescribeManagedLoginBrandingByClientResponse(
        managed_login_branding=present.style(branding)
    )


@operation("cognito-idp", "UpdateManagedLoginBranding")
async def update_managed_login_branding(
    call: Call, request: shapes.UpdateManagedLoginBrandingRequest
) -> shapes.UpdateManagedLoginBrandingResponse:
    """Change parts of a style: `BrandingService.update`."""
    branding = await call.region.directory.branding.update(
        call.actor, request.user_pool_id, request.managed_login_branding_id, _style(request)
    )
    return shapes.UpdateManagedLoginBrandingResponse(managed_login_branding=present.style(branding))


@operation("cognito-idp", "DeleteManagedLoginBranding")
async def delete_managed_login_branding(
    call: Call, request: shapes.DeleteManagedLoginBrandingRequest
) -> None:
    """Remove a style: `BrandingService.delete`."""
    await call.region.directory.branding.delete(
        call.actor, request.user_pool_id, request.managed_login_branding_id
    )


@operation("cognito-idp", "SetUICustomization")
async def set_ui_customization(
    call: Call, request: shapes.SetUICustomizationRequest
) -> shapes.SetUICustomizationResponse:
    """Replace style sheet and logo: `UICustomizationService.put`."""
    service = call.region.directory.ui_customization
    kept = await service.put(
        call.actor,
        request.user_pool_id,
        request.client_id,
        css=request.css,
        image=request.image_file,
    )
    told = present.ui_customization(kept, service.image_url(kept))
    return shapes.SetUICustomizationResponse(ui_customization=told)


@operation("cognito-idp", "GetUICustomization")
async def get_ui_customization(
    call: Call, request: shapes.GetUICustomizationRequest
) -> shapes.GetUICustomizationResponse:
    """Tell style sheet and logo, ids only where there are none: `UICustomizationService.get`."""
    service = call.region.directory.ui_customization
    found = await service.get(call.actor, request.user_pool_id, request.client_id)
    shown = found or UICustomization(
        pool_id=request.user_pool_id,
        client_id=request.client_id or ALL,
        created_ms=0,
        modified_ms=0,
    )
    told = present.ui_customization(shown, service.image_url(shown))
    return shapes.GetUICustomizationResponse(ui_customization=told)


def _style(
    request: shapes.CreateManagedLoginBrandingRequest | shapes.UpdateManagedLoginBrandingRequest,
) -> Style:
    return msgspec.convert(request, Style, from_attributes=True)
