"""What callers read about a pool's directory. Source: docs/behaviours of each part."""

from typing import Final

# -- resource servers
TOO_MANY_SERVERS: Final = "The user pool has reached its limit of resource servers."
RESERVED_SERVER: Final = "Identifiers that begin with aws.cognito are reserved."
NUL: Final = "The text cannot contain the NUL character."


def server_exists(identifier: str, pool_id: str) -> str:
    """Return the text for an identifier that is taken."""
    return f"{identifier} already exists in user pool {pool_id}."


def no_server(identifier: str) -> str:
    """Return the text for a resource server that is not there."""
    return f"Resource server {identifier} does not exist."


def scope_twice(name: str) -> str:
    """Return the text for a scope that a server lists twice."""
    return f"The scope {name} is listed more than once."


# -- identity providers
PROVIDER_EXISTS: Final = "A provider with the same name already exists."
TOO_MANY_PROVIDERS: Final = "The user pool has reached its limit of identity providers."
RESERVED_PROVIDER: Final = "The provider name Cognito is reserved."
PROVIDER_NAME_ENDS: Final = "ProviderName cannot begin or end with an underscore or a blank."
ACR_NEEDS_OIDC: Final = "AcrMapping can only be given for providers of type OIDC."
ACR_LEVELS: Final = "AcrMapping keys must be Level1, Level2, Level3 or Level4."
ONE_METADATA: Final = "Exactly one of MetadataURL and MetadataFile must be given."


def no_provider(name: str) -> str:
    """Return the text for a provider that is not there."""
    return f"Identity provider {name} does not exist."


def no_identifier(identifier: str) -> str:
    """Return the text for an identifier that no provider has."""
    return f"Identity provider with identifier {identifier} does not exist."


def social_name(kind: str) -> str:
    """Return the text for a social provider of another name than its type's."""
    return f"The name of a provider of type {kind} must be {kind}."


def identifier_taken(identifier: str) -> str:
    """Return the text for an identifier that stands twice in a pool."""
    return f"The identifier {identifier} is already in use in this user pool."


def missing_detail(kind: str, key: str) -> str:
    """Return the text for a detail that a type needs."""
    return f"ProviderDetails of type {kind} must include {key}."


def bad_detail(key: str, demand: str) -> str:
    """Return the text for a detail of a wrong form."""
    return f"ProviderDetails.{key} must be {demand}."


def bad_metadata(reason: str) -> str:
    """Return the text for SAML metadata that cannot be used."""
    return f"Invalid SAML metadata: {reason}."


def unknown_mapping(name: str) -> str:
    """Return the text for a mapping to an attribute that the pool lacks."""
    return f"Invalid attribute mapping: {name}: Attribute does not exist in the schema."


def unwritable_mapping(name: str) -> str:
    """Return the text for a mapping to an attribute that nobody may set."""
    return f"Invalid attribute mapping: {name}: Attribute cannot be mapped."


# -- domains
DOMAIN_CHARACTERS: Final = (
    "The domain name contains an invalid character. Domain names can only contain lower-case "
    "letters, numbers, and hyphens."
)
DOMAIN_TAKEN: Final = "Domain already associated with another user pool."
NO_SUCH_DOMAIN: Final = "No such domain or user pool exists."
NO_SUBDOMAIN: Final = "Custom domain is not a valid subdomain."
LOGIN_VERSION: Final = "ManagedLoginVersion must be 1 or 2."
ROUTING_NEEDS_CUSTOM: Final = "Routing can only be given for a custom domain."
ROUTING_TO_ITSELF: Final = "The secondary region must be another region than the user pool's."
CONFIG_NEEDS_CUSTOM: Final = "CustomDomainConfig can only be given for a custom domain."
TOO_MANY_DOMAINS: Final = "The account has reached its limit of custom domains."
MANAGED_LOGIN_FEATURE: Final = "Managed Login"


def reserved_word(word: str) -> str:
    """Return the text for a prefix that could be taken for the vendor's."""
    return f"Domain cannot contain reserved word: {word}"


def second_domain(kind: str) -> str:
    """Return the text for a second domain of a kind."""
    return f"User pool already has a {kind} domain."


# -- threat protection and logs
NOT_PROTECTED: Final = "Threat protection is not enabled for the user pool."
NOTICE_NEEDS_SENDER: Final = "NotifyConfiguration is required when Notify is true."
BAD_RANGE: Final = "Incorrect CIDR format"
LOG_TWICE: Final = "Only one log configuration can be given for each event source."
LOG_EXPORT_FEATURE: Final = "User Activity Log Export"
NO_EVENT: Final = "Event does not exist."
BAD_FEEDBACK_TOKEN: Final = "Invalid feedback token."


def bad_log(source: str) -> str:
    """Return the text for a log of the wrong level or to the wrong place."""
    return f"The log configuration for {source} has a log level or destination that it cannot have."


# -- branding
BRANDING_EXISTS: Final = "The app client already has a managed login branding style."
TOO_MANY_BRANDINGS: Final = "The user pool has reached its limit of branding styles."
PROVIDED_EXCLUDES: Final = (
    "Settings and Assets cannot be given when UseCognitoProvidedValues is true."
)
SETTINGS_OBJECT: Final = "Settings must be a JSON object."
SETTINGS_DEPTH: Final = "Settings are nested too deeply."
SETTINGS_SIZE: Final = "Settings are too large."
TOO_MANY_ASSETS: Final = "A branding style has at most 40 assets."
ASSETS_SIZE: Final = "The assets of a branding style are too large."
NO_USER_POOL_ID: Final = (
    "1 validation error detected: Value null at 'userPoolId' failed to satisfy constraint: "
    "Member must not be null"
)
NO_BRANDING_ID: Final = (
    "1 validation error detected: Value null at 'managedLoginBrandingId' failed to satisfy "
    "constraint: Member must not be null"
)


def no_branding(branding_id: str) -> str:
    """Return the text for a style that is not there."""
    return f"Managed login branding {branding_id} does not exist."


def unknown_settings(key: str) -> str:
    """Return the text for a setting of no known kind."""
    return f"Settings has an unknown key: {key}."


def bad_colour(path: str) -> str:
    """Return the text for a colour in another form than ours."""
    return f"Settings.{path} must be a colour of eight hexadecimal digits."


def bad_asset(category: str, problem: str) -> str:
    """Return the text for a picture that cannot be shown."""
    return f"The asset {category} {problem}."


# -- classic pages
NEEDS_DOMAIN: Final = "There has to be an existing domain associated with this user pool"
TOO_LARGE: Final = "request parameters too large"
BAD_IMAGE: Final = "The image must be a PNG or JPEG file of at most 100 KB."


def bad_css(problem: str) -> str:
    """Return the text for a style sheet that the pages do not take."""
    return f"Invalid CSS: {problem}."


# -- terms
TERMS_EXIST: Final = "The app client already has terms of this name."
TOO_MANY_TERMS: Final = "The user pool has reached its limit of terms."
NO_DEFAULT_LINK: Final = "Links must include cognito:default."


def no_terms(terms_id: str) -> str:
    """Return the text for terms that are not there."""
    return f"Terms {terms_id} do not exist."


def bad_link(language: str) -> str:
    """Return the text for a link that is no web address."""
    return f"The link {language} is not a web address."


# -- linked users
INCOMPLETE_IDENTITY: Final = (
    "ProviderName, ProviderAttributeName and ProviderAttributeValue are required."
)
ALREADY_LINKED: Final = "SourceUser is already linked to DestinationUser"
SIGNED_UP_ALREADY: Final = (
    "Merging is not currently supported, provide a SourceUser that has not been signed up in "
    "order to link"
)
TOO_MANY_IDENTITIES: Final = "The user has as many linked identities as a user may have."
TOO_MANY_ATTRIBUTE_NAMES: Final = (
    "Identities of this provider are linked by as many attributes as a provider may have."
)


def not_an_attribute(name: str, provider: str) -> str:
    """Return the text for an attribute that tells nothing about a provider's users."""
    return f"{name} is not an attribute that the provider {provider} maps."
