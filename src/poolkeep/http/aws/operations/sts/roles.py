"""Operations that give sessions of roles."""

from collections.abc import Sequence

from poolkeep.core.sts.asking import Chosen, Limits, RoleAsked
from poolkeep.core.sts.refusals import AccessDenied, InvalidIdentityToken
from poolkeep.core.sts.service import BY_SAML, BY_WEB, WORDS, account_of
from poolkeep.core.sts.wording import OPAQUE
from poolkeep.http.aws.present import sts as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.sts import shapes


@operation("sts", "AssumeRole")
async def assume_role(call: Call, request: shapes.AssumeRoleRequest) -> shapes.AssumeRoleResponse:
    """Give a session of a role that trusts the caller."""
    issued, size = await call.installation.sts.roles.assume_role(
        call.caller,
        RoleAsked(
            role_arn=request.role_arn,
            session_name=request.role_session_name,
            duration_s=request.duration_seconds,
            limits=limits(request.policy, request.policy_arns),
        ),
        Chosen(
            tags=tags(request.tags),
            transitive=tuple(request.transitive_tag_keys or ()),
            external_id=request.external_id,
            source_identity=request.source_identity or "",
        ),
    )
    return shapes.AssumeRoleResponse(
        credentials=present.credentials(issued),
        assumed_role_user=present.assumed(issued),
        packed_policy_size=size,
        source_identity=issued.session.source_identity or None,
    )


@operation("sts", "AssumeRoleWithWebIdentity")
async def assume_role_with_web_identity(
    call: Call, request: shapes.AssumeRoleWithWebIdentityRequest
) -> shapes.AssumeRoleWithWebIdentityResponse:
    """Give a session of a role that trusts whom the token speaks for."""
    if request.provider_id is not None:
        raise InvalidIdentityToken(OPAQUE)
    account = account_of(request.role_arn)
    if account is None:
        raise AccessDenied(WORDS[BY_WEB])
    sts = call.installation.sts
    who = await sts.proofs.web_identity(account, request.web_identity_token)
    issued, size = await sts.roles.by_proof(
        RoleAsked(
            role_arn=request.role_arn,
            session_name=request.role_session_name,
            duration_s=request.duration_seconds,
            limits=limits(request.policy, request.policy_arns),
        ),
        who,
        BY_WEB,
        source_ip=call.source_ip,
    )
    return shapes.AssumeRoleWithWebIdentityResponse(
        credentials=present.credentials(issued),
        subject_from_web_identity_token=who.subject,
        assumed_role_user=present.assumed(issued),
        packed_policy_size=size,
        provider=who.provider,
        audience=who.audience,
        source_identity=issued.session.source_identity or None,
    )


@operation("sts", "AssumeRoleWithSAML")
async def assume_role_with_saml(
    call: Call, request: shapes.AssumeRoleWithSAMLRequest
) -> shapes.AssumeRoleWithSAMLResponse:
    """Give a session of a role that trusts whom the assertion speaks for."""
    sts = call.installation.sts
    sworn = await sts.proofs.saml(request.role_arn, request.principal_arn, request.saml_assertion)
    issued, size = await sts.roles.by_proof(
        RoleAsked(
            role_arn=request.role_arn,
            session_name=sworn.session_name,
            duration_s=sworn.lasting(request.duration_seconds, call.now_ms),
            limits=limits(request.policy, request.policy_arns),
        ),
        sworn.who,
        BY_SAML,
        source_ip=call.source_ip,
    )
    return shapes.AssumeRoleWithSAMLResponse(
        credentials=present.credentials(issued),
        assumed_role_user=present.assumed(issued),
        packed_policy_size=size,
        subject=sworn.who.subject,
        subject_type=sworn.assertion.name_id_format.rpartition(":")[2],
        issuer=sworn.assertion.issuer,
        audience=sworn.who.audience,
        name_qualifier=sworn.name_qualifier,
        source_identity=issued.session.source_identity or None,
    )


def limits(policy: str | None, arns: Sequence[shapes.PolicyDescriptorType] | None) -> Limits:
    """Return the session policies of a request."""
    return Limits(policy=policy, policy_arns=tuple(each.arn or "" for each in arns or ()))


def tags(listed: Sequence[shapes.Tag] | None) -> tuple[tuple[str, str], ...]:
    """Return the tags of a request, in their order."""
    return tuple((each.key, each.value) for each in listed or ())
