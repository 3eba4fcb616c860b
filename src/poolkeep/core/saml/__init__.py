"""SAML 2.0 as a service provider reads it: providers' metadata, and the responses they sign."""

from poolkeep.core.saml.metadata import MetadataRefused, ProviderMetadata, metadata_of
from poolkeep.core.saml.responses import Assertion, Expected, ResponseRefused, response_of

__all__ = [
    "Assertion",
    "Expected",
    "MetadataRefused",
    "ProviderMetadata",
    "ResponseRefused",
    "metadata_of",
    "response_of",
]
