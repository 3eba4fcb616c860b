"""Groups: docs/behaviours/groups.md."""

import pytest

from tests.behaviours.wording import NO_USER
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, holds, refused, unique

NO_GROUP = ("ResourceNotFoundException", "Group not found.")
ROLE = "arn:aws:iam::123456789012:role/reader"


def create(app: App, name: str = "", **members: Json) -> str:
    group = name or unique("group")
    app.wire.call("CreateGroup", UserPoolId=app.pool_id, GroupName=group, **members)
    return group


def about(app: App, operation: str, group: str, **members: Json) -> dict[str, Json]:
    return app.wire.call(operation, UserPoolId=app.pool_id, GroupName=group, **members)


def members_of(app: App, group: str) -> set[str]:
    return {user["Username"] for user in about(app, "ListUsersInGroup", group)["Users"]}


@holds("GROUP-01")
@pytest.mark.parametrize(
    "members",
    [
        {},
        {"Description": "Readers"},
        {"Precedence": 0},
        {"RoleArn": ROLE},
        {"Description": "Readers", "Precedence": 7, "RoleArn": ROLE},
    ],
)
def test_a_group_is_told_as_it_was_made(app: App, members: dict[str, Json]) -> None:
    name = unique("group")
    made = about(app, "CreateGroup", name, **members)["Group"]
    dates = {key: made.pop(key) for key in ("CreationDate", "LastModifiedDate")}
    assert made == {"GroupName": name, "UserPoolId": app.pool_id, **members}
    assert about(app, "GetGroup", name)["Group"] == {**made, **dates}


@holds("GROUP-02")
def test_a_name_is_taken_once_in_a_pool(app: App, wire: Wire) -> None:
    name = create(app)
    with refused("GroupExistsException", "A group with the name already exists."):
        create(app, name)
    assert create(an_app(wire), name) == name


@holds("GROUP-03")
def test_an_update_leaves_omitted_settings_alone(app: App) -> None:
    name = create(app, Description="old", Precedence=3, RoleArn=ROLE)
    updated = about(app, "UpdateGroup", name, Description="new")["Group"]
    assert (updated["Description"], updated["Precedence"]) == ("new", 3)
    assert updated["RoleArn"] == ROLE
    assert about(app, "UpdateGroup", name, Precedence=0)["Group"]["Precedence"] == 0
    assert about(app, "GetGroup", name)["Group"]["Description"] == "new"


@holds("GROUP-04")
def test_unknown_groups_and_users_are_told(app: App) -> None:
    nothing, nobody = unique("nothing"), unique("nobody")
    for operation in ("GetGroup", "UpdateGroup", "DeleteGroup", "ListUsersInGroup"):
        with refused(*NO_GROUP):
            about(app, operation, nothing)
    for operation in ("AdminAddUserToGroup", "AdminRemoveUserFromGroup"):
        with refused(*NO_GROUP):
            app.admin(operation, app.user(), GroupName=nothing)
        with refused(*NO_USER):
            app.admin(operation, nobody, GroupName=create(app))


@holds("GROUP-05")
def test_membership_is_idempotent(app: App) -> None:
    name, group = app.user(), create(app)
    for _ in range(2):
        app.admin("AdminAddUserToGroup", name, GroupName=group)
        assert members_of(app, group) == {name}
    for _ in range(2):
        app.admin("AdminRemoveUserFromGroup", name, GroupName=group)
        assert members_of(app, group) == set()


@holds("GROUP-06", "GROUP-10")
def test_a_users_groups_go_by_precedence_and_then_name(wire: Wire) -> None:
    app = an_app(wire)
    name = app.user()
    for group, members in (
        ("none-b", {}),
        ("five", {"Precedence": 5}),
        ("none-a", {}),
        ("zero", {"Precedence": 0}),
        ("also-five", {"Precedence": 5}),
    ):
        app.admin("AdminAddUserToGroup", name, GroupName=create(app, group, **members))
    listed = app.admin("AdminListGroupsForUser", name)["Groups"]
    expected = ["zero", "also-five", "five", "none-a", "none-b"]
    assert [group["GroupName"] for group in listed] == expected


@holds("GROUP-07")
def test_deleting_a_group_ends_its_memberships(app: App) -> None:
    name, group = app.user(), create(app)
    app.admin("AdminAddUserToGroup", name, GroupName=group)
    about(app, "DeleteGroup", group)
    assert app.admin("AdminListGroupsForUser", name)["Groups"] == []
    create(app, group)
    assert members_of(app, group) == set()


@holds("GROUP-08")
def test_lists_of_groups_and_members_are_paged(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire))
    groups = [create(app, f"group-{number}") for number in range(5)]
    names = [app.temporary_user(f"user-{number}") for number in range(5)]
    for group in groups:
        app.admin("AdminAddUserToGroup", names[0], GroupName=group)
    for name in names:
        app.admin("AdminAddUserToGroup", name, GroupName=groups[0])
    calls: list[tuple[str, dict[str, Json], str, str, list[str]]] = [
        ("ListGroups", {}, "Groups", "GroupName", groups),
        ("ListUsersInGroup", {"GroupName": groups[0]}, "Users", "Username", names),
        ("AdminListGroupsForUser", {"Username": names[0]}, "Groups", "GroupName", groups),
    ]
    for operation, members, listed, key, expected in calls:
        asked = {"UserPoolId": app.pool_id, **members}
        seen: list[str] = []
        carried: dict[str, Json] = {}
        for _ in range(10):
            page = wire.call(operation, **asked, Limit=2, **carried)
            assert len(page[listed]) <= 2
            seen += [entry[key] for entry in page[listed]]
            if "NextToken" not in page:
                break
            carried = {"NextToken": page["NextToken"]}
        assert sorted(seen) == sorted(expected), operation
        assert len(wire.call(operation, **asked)[listed]) == 5
        with refused("InvalidParameterException"):
            wire.call(operation, **asked, Limit=61)
        with refused("InvalidParameterException"):
            wire.call(operation, **asked, NextToken="broken")


@holds("GROUP-09")
def test_a_deleted_user_leaves_every_group(app: App) -> None:
    name, group = app.user(), create(app)
    app.admin("AdminAddUserToGroup", name, GroupName=group)
    app.admin("AdminDeleteUser", name)
    assert members_of(app, group) == set()
    app.user(name)
    assert app.admin("AdminListGroupsForUser", name)["Groups"] == []


@holds("GROUP-10")
def test_precedence_is_not_negative(app: App) -> None:
    with refused("InvalidParameterException"):
        create(app, Precedence=-1)
    group = create(app, Precedence=1)
    assert create(app, Precedence=1) != group


@holds("GROUP-01")
def test_a_member_is_told_as_in_the_list_of_users(app: App) -> None:
    name, group = app.user("", name="N"), create(app)
    app.admin("AdminAddUserToGroup", name, GroupName=group)
    (user,) = about(app, "ListUsersInGroup", group)["Users"]
    assert set(user) == {
        *("Username", "Attributes", "UserCreateDate", "UserLastModifiedDate"),
        *("Enabled", "UserStatus"),
    }
