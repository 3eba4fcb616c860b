"""The policies of roles, users and groups; the operations are the same for each.

`Put<Holder>Policy` and its like are made here for every kind of holder, from one function.
"""

from typing import Any

from poolkeep.core.iam import wording
from poolkeep.core.iam.reading import part
from poolkeep.core.iam.refusals import NoSuchEntity
from poolkeep.http.aws.operations.iam.asking import HOLDERS, asked, change, named
from poolkeep.http.aws.present import iam as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.iam import shapes

BOUNDED = ("Role", "User")


def _inline(kind: str) -> None:
    of = HOLDERS[kind]

    @operation("iam", f"Put{kind}Policy")
    async def put(call: Call, request: Any) -> None:  # noqa: ANN401  the shape of the kind
        """Give an inline policy."""
        await call.installation.iam.holders.put(
            change(call, f"Put{kind}Policy"),
            of,
            named(request, kind),
            policy_name=request.policy_name,
            text=request.policy_document,
        )

    @operation("iam", f"Get{kind}Policy")
    async def get(call: Call, request: Any) -> Any:  # noqa: ANN401  the shape of the kind
        """Return an inline policy."""
        iam = call.installation.iam
        found = await iam.reading.entity(of, call.account, named(request, kind))
        text = found.inline.get(request.policy_name)
        if text is None:
            raise NoSuchEntity(wording.no_inline(of, request.policy_name))
        response = getattr(shapes, f"Get{kind}PolicyResponse")
        return response(
            **{f"{kind.lower()}_name": found.name},
            policy_name=request.policy_name,
            policy_document=text,
        )

    @operation("iam", f"Delete{kind}Policy")
    async def delete(call: Call, request: Any) -> None:  # noqa: ANN401  the shape of the kind
        """Take an inline policy away."""
        await call.installation.iam.holders.delete(
            change(call, f"Delete{kind}Policy"), of, named(request, kind), request.policy_name
        )

    @operation("iam", f"List{kind}Policies")
    async def listed(call: Call, request: Any) -> Any:  # noqa: ANN401  the shape of the kind
        """Return the names of the inline policies."""
        iam = call.installation.iam
        found = await iam.reading.entity(of, call.account, named(request, kind))
        names, marker = part(found.inline, asked(request), key=str)
        response = getattr(shapes, f"List{kind}PoliciesResponse")
        return response(policy_names=names, is_truncated=marker is not None, marker=marker)


def _attached(kind: str) -> None:
    of = HOLDERS[kind]

    @operation("iam", f"Attach{kind}Policy")
    async def attach(call: Call, request: Any) -> None:  # noqa: ANN401  the shape of the kind
        """Attach a managed policy."""
        await call.installation.iam.holders.attach(
            change(call, f"Attach{kind}Policy"), of, named(request, kind), request.policy_arn
        )

    @operation("iam", f"Detach{kind}Policy")
    async def detach(call: Call, request: Any) -> None:  # noqa: ANN401  the shape of the kind
        """Detach a managed policy."""
        await call.installation.iam.holders.detach(
            change(call, f"Detach{kind}Policy"), of, named(request, kind), request.policy_arn
        )

    @operation("iam", f"ListAttached{kind}Policies")
    async def listed(call: Call, request: Any) -> Any:  # noqa: ANN401  the shape of the kind
        """Return the managed policies that are attached."""
        reading = call.installation.iam.reading
        wanted = asked(request)
        found = await reading.attached(of, call.account, named(request, kind))
        below = [each for each in found if each.path.startswith(wanted.prefix or "/")]
        page, marker = part(below, wanted, key=lambda each: each.name.lower())
        response = getattr(shapes, f"ListAttached{kind}PoliciesResponse")
        return response(
            attached_policies=present.attached(page),
            is_truncated=marker is not None,
            marker=marker,
        )


def _bounded(kind: str) -> None:
    of = HOLDERS[kind]

    @operation("iam", f"Put{kind}PermissionsBoundary")
    async def put(call: Call, request: Any) -> None:  # noqa: ANN401  the shape of the kind
        """Set the boundary."""
        await call.installation.iam.holders.limit(
            change(call, f"Put{kind}PermissionsBoundary"),
            of,
            named(request, kind),
            request.permissions_boundary,
        )

    @operation("iam", f"Delete{kind}PermissionsBoundary")
    async def delete(call: Call, request: Any) -> None:  # noqa: ANN401  the shape of the kind
        """Take the boundary away."""
        await call.installation.iam.holders.limit(
            change(call, f"Delete{kind}PermissionsBoundary"), of, named(request, kind), None
        )


for _kind in HOLDERS:
    _inline(_kind)
    _attached(_kind)
for _kind in BOUNDED:
    _bounded(_kind)
