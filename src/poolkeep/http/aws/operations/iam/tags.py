"""Tags of roles, users, policies and providers; the operations are the same for each."""

from typing import Any, Final

from poolkeep.core.iam.model import Entity, ManagedPolicy, OidcProvider, Role, SamlProvider, User
from poolkeep.core.iam.reading import part
from poolkeep.http.aws.operations.iam.asking import asked, change, tags_in
from poolkeep.http.aws.present import iam as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.iam import shapes

TAGGED: Final[dict[str, tuple[type[Entity], str]]] = {
    "Role": (Role, "role_name"),
    "User": (User, "user_name"),
    "Policy": (ManagedPolicy, "policy_arn"),
    "OpenIDConnectProvider": (OidcProvider, "open_id_connect_provider_arn"),
    "SAMLProvider": (SamlProvider, "saml_provider_arn"),
}
"""What has tags, by the word in the operations' names, with the member that names it."""


def _operations(word: str) -> None:
    of, member = TAGGED[word]

    @operation("iam", f"Tag{word}")
    async def tag(call: Call, request: Any) -> None:  # noqa: ANN401  the shape of the kind
        """Add tags."""
        await call.installation.iam.desk.tag(
            change(call, f"Tag{word}"), of, getattr(request, member), tags_in(request.tags)
        )

    @operation("iam", f"Untag{word}")
    async def untag(call: Call, request: Any) -> None:  # noqa: ANN401  the shape of the kind
        """Take tags away."""
        await call.installation.iam.desk.untag(
            change(call, f"Untag{word}"), of, getattr(request, member), request.tag_keys
        )

    @operation("iam", f"List{word}Tags")
    async def listed(call: Call, request: Any) -> Any:  # noqa: ANN401  the shape of the kind
        """Return the tags."""
        reading, name = call.installation.iam.reading, getattr(request, member)
        if of is ManagedPolicy:
            found = (await reading.policy(call.account, name))[0]
        else:
            found = await reading.entity(of, call.account, name)
        page, marker = part(found.tags.items(), asked(request), key=lambda tag: str(tag[0]))
        response = getattr(shapes, f"List{word}TagsResponse")
        return response(
            tags=present.tags(dict(page)) or [], is_truncated=marker is not None, marker=marker
        )


for _word in TAGGED:
    _operations(_word)
