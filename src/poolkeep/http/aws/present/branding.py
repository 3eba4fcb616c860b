"""Styles, classic pages and terms as Cognito answers them."""

from typing import Final

import msgspec

from poolkeep.core.directory.changes import stamp
from poolkeep.core.directory.model import Asset, Branding, Terms, UICustomization
from poolkeep.wire.cognito_idp import shapes

MS_PER_S: Final = 1_000


def style(branding: Branding) -> shapes.ManagedLoginBrandingType:
    """Return a style."""
    return shapes.ManagedLoginBrandingType(
        managed_login_branding_id=branding.id,
        user_pool_id=branding.pool_id,
        use_cognito_provided_values=branding.use_cognito_provided_values,
        settings=branding.settings,
        assets=[_asset(asset) for asset in branding.assets] or None,
        creation_date=branding.created_ms / MS_PER_S,
        last_modified_date=branding.modified_ms / MS_PER_S,
    )


def _asset(asset: Asset) -> shapes.AssetType:
    return msgspec.convert(asset, shapes.AssetType, from_attributes=True)


def ui_customization(
    customization: UICustomization, image_url: str | None
) -> shapes.UICustomizationType:
    """Return the setting of classic pages; one that is empty has no dates."""
    kept = customization.css is not None or customization.image is not None
    return shapes.UICustomizationType(
        user_pool_id=customization.pool_id,
        client_id=customization.client_id,
        image_url=image_url,
        css=customization.css,
        css_version=stamp(customization.modified_ms) if kept else None,
        last_modified_date=customization.modified_ms / MS_PER_S if kept else None,
        creation_date=customization.created_ms / MS_PER_S if kept else None,
    )


def terms(found: Terms) -> shapes.TermsType:
    """Return terms."""
    return shapes.TermsType(
        terms_id=found.id,
        user_pool_id=found.pool_id,
        client_id=found.client_id,
        terms_name=found.terms_name,
        terms_source=found.terms_source,
        enforcement=found.enforcement,
        links=found.links,
        creation_date=found.created_ms / MS_PER_S,
        last_modified_date=found.modified_ms / MS_PER_S,
    )


def terms_description(found: Terms) -> shapes.TermsDescriptionType:
    """Return terms as listed."""
    return shapes.TermsDescriptionType(
        terms_id=found.id,
        terms_name=found.terms_name,
        enforcement=found.enforcement,
        creation_date=found.created_ms / MS_PER_S,
        last_modified_date=found.modified_ms / MS_PER_S,
    )
