"""Refusals of identity pools, under their own codes."""

from poolkeep.base.refusal import Refusal


class ResourceConflict(Refusal):
    """What is asked for stands against what is there."""

    code = "ResourceConflictException"


class PoolConfigurationInvalid(Refusal):
    """The pool's roles do not give credentials."""

    code = "InvalidIdentityPoolConfigurationException"


class DeveloperUserRegistered(Refusal):
    """Another identity has this developer user."""

    code = "DeveloperUserAlreadyRegisteredException"


class ProviderAway(Refusal):
    """The provider does not answer, so nobody knows whether its token is good."""

    code = "ExternalServiceException"
