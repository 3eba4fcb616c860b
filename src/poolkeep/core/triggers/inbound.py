"""What an InboundFederation function makes of a provider's attributes. Pure."""

from collections.abc import Mapping

from poolkeep.core.triggers.sources import InboundFederationReply


def attributes_to_map(
    originals: Mapping[str, str], reply: InboundFederationReply | None
) -> dict[str, str]:
    """Return the attributes to map: those that the function lists, all where it lists none."""
    listed = reply.user_attributes_to_map if reply is not None else None
    return dict(listed or originals)
