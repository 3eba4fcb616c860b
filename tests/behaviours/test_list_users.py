"""ListUsers: docs/behaviours/list-users.md."""

import dataclasses

import pytest

from tests.behaviours.wording import BAD_PAGE, invalid
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, attribute_map, attributes, holds, refused, tampered

PARSE = invalid("Error while parsing filter")
PEOPLE: dict[str, dict[str, str]] = {
    "anna": {
        "email": "anna@example.com",
        "email_verified": "true",
        "name": 'Anna Quote" Smith',
        "given_name": "Anna",
        "family_name": "Smith",
        "phone_number": "+12065550101",
    },
    "Anna": {"email": "capital@example.com", "name": "anna", "given_name": "ANNA"},
    "bert": {
        "email": "bert@example.org",
        "name": "Bert",
        "preferred_username": "bertie",
        "custom:team": "blue",
    },
    "cléo": {"email": "cleo@example.com", "name": "Cléo", "family_name": "Smithson"},
    "dora": {"name": "Dora \\ Back", "phone_number": "+442071234567"},
}


@dataclasses.dataclass(frozen=True)
class Crowd:
    """A pool with known users in it."""

    app: App
    subs: dict[str, str]

    def page(self, **members: Json) -> dict[str, Json]:
        return self.app.wire.call("ListUsers", UserPoolId=self.app.pool_id, **members)

    def names(self, filter_text: str) -> list[str]:
        return [user["Username"] for user in self.page(Filter=filter_text)["Users"]]


@pytest.fixture(scope="module")
def crowd(wire: Wire) -> Crowd:
    """Return a pool of five people; dora is disabled, bert confirmed."""
    schema = [{"Name": "team", "AttributeDataType": "String"}]
    app = an_app(wire, a_pool(wire, Schema=schema))
    subs = {}
    for name, values in PEOPLE.items():
        made = app.admin(
            "AdminCreateUser",
            name,
            MessageAction="SUPPRESS",
            UserAttributes=attributes(values),
        )["User"]
        subs[name] = attribute_map(made["Attributes"])["sub"]
    app.admin("AdminDisableUser", "dora")
    app.admin("AdminSetUserPassword", "bert", Password="Correct-Horse-7", Permanent=True)
    return Crowd(app, subs)


@holds("LIST-01", "LIST-02", "LIST-03", "LIST-04")
@pytest.mark.parametrize(
    "filter_text, names",
    [
        ('username = "anna"', {"anna"}),
        ('username="anna"', {"anna"}),
        ('username   =   "anna"', {"anna"}),
        ('username = "ANNA"', set()),
        ('username ^= "An"', {"Anna"}),
        ('username ^= "cl"', {"cléo"}),
        ('username = "cléo"', {"cléo"}),
        ('email = "anna@example.com"', {"anna"}),
        ('email = "ANNA@Example.com"', {"anna"}),
        ('email ^= "b"', {"bert"}),
        ('email^="b"', {"bert"}),
        ('email ^= "anna@example.com"', {"anna"}),
        ('email = "anna"', set()),
        ('phone_number = "+12065550101"', {"anna"}),
        ('phone_number ^= "+44"', {"dora"}),
        ('name = "ANNA"', {"Anna"}),
        ('name ^= "anna"', {"anna", "Anna"}),
        ('name = "Anna Quote\\" Smith"', {"anna"}),
        ('name ^= "%"', set()),
        ('name ^= "_"', set()),
        ('name = "Dora \\ Back"', {"dora"}),
        ('given_name = "anna"', {"anna", "Anna"}),
        ('family_name ^= "Smith"', {"anna", "cléo"}),
        ('family_name = "smith"', {"anna"}),
        ('preferred_username = "BERTIE"', {"bert"}),
        ('cognito:user_status = "CONFIRMED"', {"bert"}),
        ('cognito:user_status = "confirmed"', {"bert"}),
        (
            'cognito:user_status = "FORCE_CHANGE_PASSWORD"',
            {"anna", "Anna", "cléo", "dora"},
        ),
        ('status = "Disabled"', {"dora"}),
        ('status = "Enabled"', {"anna", "Anna", "bert", "cléo"}),
        ('status = "disabled"', set()),
        ("", set(PEOPLE)),
    ],
)
def test_a_filter_selects(crowd: Crowd, filter_text: str, names: set[str]) -> None:
    found = crowd.names(filter_text)
    assert sorted(found) == sorted(names)


@holds("LIST-02")
def test_a_filter_selects_by_sub(crowd: Crowd) -> None:
    sub = crowd.subs["bert"]
    assert crowd.names(f'sub = "{sub}"') == ["bert"]
    assert "bert" in crowd.names(f'sub ^= "{sub[:8]}"')
    assert crowd.names('sub = "00000000-0000-4000-8000-000000000000"') == []


@holds("LIST-05")
@pytest.mark.parametrize(
    "filter_text",
    [
        "nonsense",
        "username",
        "username =",
        "username = anna",
        "username = 'anna'",
        'username = "anna',
        'username = anna"',
        'username == "anna"',
        'username != "anna"',
        'username > "anna"',
        'username = "anna" and name = "x"',
        'username = "anna" "bert"',
        '= "anna"',
        '"anna" = username',
        'username = "a" or "1" = "1"',
    ],
)
def test_a_filter_that_does_not_parse_is_refused(crowd: Crowd, filter_text: str) -> None:
    with refused(*PARSE):
        crowd.names(filter_text)


@holds("LIST-06")
@pytest.mark.parametrize("name", ["nickname", "address", "email_verified", "x"])
def test_an_unknown_search_attribute_is_refused(crowd: Crowd, name: str) -> None:
    with refused(*invalid(f"Invalid search attribute: {name}")):
        crowd.names(f'{name} = "x"')


@holds("LIST-06")
def test_custom_attributes_are_not_searched(crowd: Crowd) -> None:
    with refused(*invalid("Input fails to satisfy the constraints.")):
        crowd.names('custom:team = "blue"')


@holds("LIST-07")
def test_attributes_to_get_limit_the_attributes(crowd: Crowd) -> None:
    users = crowd.page(AttributesToGet=["email", "custom:team"])["Users"]
    found = {user["Username"]: attribute_map(user.get("Attributes", [])) for user in users}
    assert found["bert"] == {"email": "bert@example.org", "custom:team": "blue"}
    assert found["anna"] == {"email": "anna@example.com"}
    assert found["dora"] == {}
    with refused("InvalidParameterException"):
        crowd.page(AttributesToGet=["custom:nothing"])


@holds("LIST-08")
def test_users_come_in_a_defined_order(crowd: Crowd) -> None:
    assert crowd.names('family_name ^= "s"') == ["anna", "cléo"]
    assert crowd.names('email ^= ""') == ["anna", "bert", "Anna", "cléo"]
    created = [user["UserCreateDate"] for user in crowd.page()["Users"]]
    assert created == sorted(created)
    assert [user["Username"] for user in crowd.page()["Users"]] == list(PEOPLE)


@holds("LIST-09")
@pytest.mark.parametrize("filter_text", ["", 'email ^= ""', 'cognito:user_status = "CONFIRMED"'])
@pytest.mark.parametrize("limit", [1, 2, 60])
def test_pages_lead_on_to_the_end(crowd: Crowd, filter_text: str, limit: int) -> None:
    everyone = crowd.names(filter_text)
    seen: list[str] = []
    carried: dict[str, Json] = {}
    for _ in range(20):
        page = crowd.page(Filter=filter_text, Limit=limit, **carried)
        assert len(page["Users"]) <= limit
        seen += [user["Username"] for user in page["Users"]]
        if "PaginationToken" not in page:
            break
        carried = {"PaginationToken": page["PaginationToken"]}
    else:
        pytest.fail("the pages do not end")
    assert seen == everyone


@holds("LIST-09")
def test_a_page_holds_at_most_sixty(crowd: Crowd) -> None:
    assert len(crowd.page(Limit=0)["Users"]) == len(PEOPLE)
    for limit in (61, -1):
        with refused("InvalidParameterException"):
            crowd.page(Limit=limit)


@holds("LIST-09")
def test_sixty_is_the_default(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire))
    for number in range(61):
        app.admin("AdminCreateUser", f"user-{number}", MessageAction="SUPPRESS")
    first = wire.call("ListUsers", UserPoolId=app.pool_id)
    assert len(first["Users"]) == 60
    token = first["PaginationToken"]
    second = wire.call("ListUsers", UserPoolId=app.pool_id, PaginationToken=token)
    assert [user["Username"] for user in second["Users"]] == ["user-60"]
    assert "PaginationToken" not in second


@holds("LIST-10", "POOL-24")
def test_a_paging_token_is_bound_to_its_list(crowd: Crowd, wire: Wire) -> None:
    token = crowd.page(Limit=1)["PaginationToken"]
    with refused(*BAD_PAGE):
        crowd.page(Limit=1, PaginationToken=token, Filter='email ^= "a"')
    other = a_pool(wire)
    for broken in (tampered(token, -4), "x", token + "x"):
        with refused(*BAD_PAGE):
            crowd.page(Limit=1, PaginationToken=broken)
    with refused(*BAD_PAGE):
        wire.call("ListUsers", UserPoolId=other, PaginationToken=token)


@holds("LIST-11")
def test_an_entry_is_told_whole(crowd: Crowd) -> None:
    (bert,) = crowd.page(Filter='username = "bert"')["Users"]
    assert set(bert) == {
        *("Username", "Attributes", "UserCreateDate", "UserLastModifiedDate"),
        *("Enabled", "UserStatus"),
    }
    assert bert["Attributes"][0] == {"Name": "sub", "Value": crowd.subs["bert"]}
    assert attribute_map(bert["Attributes"]) == {"sub": crowd.subs["bert"], **PEOPLE["bert"]}


@holds("LIST-12", "LIST-13")
def test_pages_keep_their_place_while_users_come_and_go(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire))

    def make(name: str) -> None:
        given = attributes({"name": name})
        app.admin("AdminCreateUser", name, MessageAction="SUPPRESS", UserAttributes=given)

    for number in range(6):
        make(f"stays-{number}")
        make(f"goes-{number}")
    for text in ("", 'name ^= ""'):
        seen: list[str] = []
        carried: dict[str, Json] = {}
        for turn in range(20):
            page = wire.call("ListUsers", UserPoolId=app.pool_id, Filter=text, Limit=3, **carried)
            seen += [user["Username"] for user in page["Users"]]
            if "PaginationToken" not in page:
                break
            carried = {"PaginationToken": page["PaginationToken"]}
            if turn < 6 and not text:
                app.admin("AdminDeleteUser", f"goes-{turn}")
                make(f"comes-{turn}")
        stayed = [name for name in seen if name.startswith("stays")]
        assert sorted(stayed) == [f"stays-{number}" for number in range(6)]
        assert len(set(seen)) == len(seen)
    left = {user["Username"] for user in wire.call("ListUsers", UserPoolId=app.pool_id)["Users"]}
    assert "goes-0" not in left


@holds("LIST-14")
def test_a_filter_has_at_most_256_characters(crowd: Crowd) -> None:
    text = 'username = "{}"'
    room = 256 - len(text.format(""))
    assert crowd.names(text.format("x" * room)) == []
    with refused("InvalidParameterException"):
        crowd.names(text.format("x" * (room + 1)))


@holds("LIST-03")
def test_a_moved_value_is_found_by_its_new_form_only(crowd: Crowd) -> None:
    change = attributes({"family_name": "Moved"})
    crowd.app.admin("AdminCreateUser", "mover", MessageAction="SUPPRESS")
    for step, expected in (("Moved", ["mover"]), ("Again", ["mover"])):
        change = attributes({"family_name": step})
        crowd.app.admin("AdminUpdateUserAttributes", "mover", UserAttributes=change)
        assert crowd.names(f'family_name = "{step}"') == expected
    assert crowd.names('family_name = "moved"') == []
    crowd.app.admin("AdminDeleteUser", "mover")
    assert crowd.names('family_name = "again"') == []
