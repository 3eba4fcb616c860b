"""The account as a whole."""

from typing import Final

from poolkeep.core.iam.documents import MANAGED_MAX
from poolkeep.core.iam.model import Group, Holder, ManagedPolicy, Role, User
from poolkeep.core.iam.reading import part
from poolkeep.http.aws.operations.iam.asking import asked
from poolkeep.http.aws.present import iam as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.iam import shapes

FILTERS: Final = {"Role": Role, "User": User, "Group": Group, "LocalManagedPolicy": ManagedPolicy}


@operation("iam", "ListAccountAliases")
async def list_account_aliases(
    _call: Call, _request: shapes.ListAccountAliasesRequest
) -> shapes.ListAccountAliasesResponse:
    """Return nothing: accounts have no aliases here."""
    return shapes.ListAccountAliasesResponse(account_aliases=[], is_truncated=False)


@operation("iam", "GetAccountSummary")
async def get_account_summary(call: Call, _request: object) -> shapes.GetAccountSummaryResponse:
    """Return how many there are, and how many there may be."""
    iam = call.installation.iam
    counts, limits = await iam.reading.counts(call.account), iam.desk.limits
    return shapes.GetAccountSummaryResponse(
        summary_map={
            "Users": counts["user"],
            "UsersQuota": limits.users,
            "Groups": counts["group"],
            "GroupsQuota": limits.groups,
            "Roles": counts["role"],
            "RolesQuota": limits.roles,
            "Policies": counts["policy"],
            "PoliciesQuota": limits.policies,
            "Providers": counts["oidc-provider"] + counts["saml-provider"],
            "AccessKeysPerUserQuota": limits.keys_of_user,
            "GroupsPerUserQuota": limits.groups_of_user,
            "VersionsPerPolicyQuota": limits.versions,
            "AttachedPoliciesPerRoleQuota": limits.attached,
            "AttachedPoliciesPerUserQuota": limits.attached,
            "AttachedPoliciesPerGroupQuota": limits.attached,
            "PolicySizeQuota": MANAGED_MAX,
        }
    )


@operation("iam", "GetAccountAuthorizationDetails")
async def get_account_authorization_details(
    call: Call, request: shapes.GetAccountAuthorizationDetailsRequest
) -> shapes.GetAccountAuthorizationDetailsResponse:
    """Return everybody with every policy."""
    reading = call.installation.iam.reading
    found = []
    for word, of in FILTERS.items():
        if not request.filter or word in request.filter:
            found += await reading.all(of, call.account)
    page, marker = part(found, asked(request), key=lambda each: f"{each.KIND}/{each.name.lower()}")
    return shapes.GetAccountAuthorizationDetailsResponse(
        user_detail_list=[await _user(call, each) for each in page if isinstance(each, User)],
        group_detail_list=[_group(each) for each in page if isinstance(each, Group)],
        role_detail_list=[await _role(call, each) for each in page if isinstance(each, Role)],
        policies=[await _policy(call, each) for each in page if isinstance(each, ManagedPolicy)],
        is_truncated=marker is not None,
        marker=marker,
    )


async def _user(call: Call, found: User) -> shapes.UserDetail:
    groups = await call.installation.iam.people.groups_of(call.account, found.name)
    return shapes.UserDetail(
        path=found.path,
        user_name=found.name,
        user_id=found.id,
        arn=found.arn,
        create_date=present.seconds(found.created_ms),
        user_policy_list=_inline(found),
        group_list=[group.name for group in groups],
        attached_managed_policies=_attached(found),
        permissions_boundary=present.boundary(found.boundary),
        tags=present.tags(found.tags),
    )


def _group(found: Group) -> shapes.GroupDetail:
    return shapes.GroupDetail(
        path=found.path,
        group_name=found.name,
        group_id=found.id,
        arn=found.arn,
        create_date=present.seconds(found.created_ms),
        group_policy_list=_inline(found),
        attached_managed_policies=_attached(found),
    )


async def _role(call: Call, found: Role) -> shapes.RoleDetail:
    iam = call.installation.iam
    trust = (await iam.reading.shown_trusts([found], iam.roles.shown))[0]
    return shapes.RoleDetail(
        path=found.path,
        role_name=found.name,
        role_id=found.id,
        arn=found.arn,
        create_date=present.seconds(found.created_ms),
        assume_role_policy_document=trust,
        instance_profile_list=[],
        role_policy_list=_inline(found),
        attached_managed_policies=_attached(found),
        permissions_boundary=present.boundary(found.boundary),
        tags=present.tags(found.tags),
        role_last_used=shapes.RoleLastUsed(),
    )


async def _policy(call: Call, found: ManagedPolicy) -> shapes.ManagedPolicyDetail:
    _, usage = await call.installation.iam.reading.policy(call.account, found.arn)
    return shapes.ManagedPolicyDetail(
        policy_name=found.name,
        policy_id=found.id,
        arn=found.arn,
        path=found.path,
        default_version_id=found.default,
        attachment_count=usage.attached,
        permissions_boundary_usage_count=usage.boundaries,
        is_attachable=True,
        description=found.description,
        create_date=present.seconds(found.created_ms),
        update_date=present.seconds(found.updated_ms),
        policy_version_list=[
            present.version(version, found, with_document=True) for version in found.versions
        ],
    )


def _inline(holder: Holder) -> list[shapes.PolicyDetail]:
    return [
        shapes.PolicyDetail(policy_name=name, policy_document=text)
        for name, text in sorted(holder.inline.items())
    ]


def _attached(holder: Holder) -> list[shapes.AttachedPolicy]:
    return [
        shapes.AttachedPolicy(policy_name=arn.rpartition("/")[2], policy_arn=arn)
        for arn in holder.attached
    ]
