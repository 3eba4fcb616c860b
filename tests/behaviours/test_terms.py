"""Terms: docs/behaviours/terms.md."""

import uuid
from typing import Final

import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, holds, race, refused

LINK: Final = "https://example.com/terms"
LINKS: Final = {"cognito:default": LINK, "cognito:german": f"{LINK}/de"}
USE: Final = "terms-of-use"
PRIVACY: Final = "privacy-policy"


def create(app: App, name: str = USE, **members: Json) -> dict[str, Json]:
    wanted = {"TermsSource": "LINK", "Enforcement": "NONE", "Links": LINKS, **members}
    made: dict[str, Json] = app.wire.call(
        "CreateTerms",
        UserPoolId=app.pool_id,
        ClientId=app.client_id,
        TermsName=name,
        **wanted,
    )["Terms"]
    return made


def about(app: App, operation: str, terms_id: str, **members: Json) -> Json:
    answer = app.wire.call(operation, UserPoolId=app.pool_id, TermsId=terms_id, **members)
    return answer.get("Terms")


def of_client(app: App, name: str = USE) -> Json:
    return app.wire.call(
        "DescribeTermsByClient", UserPoolId=app.pool_id, ClientId=app.client_id, TermsName=name
    )["Terms"]


@pytest.fixture
def fresh(app: App) -> App:
    return app.another_client()


@holds("TERMS-01")
def test_terms_are_told_as_they_were_made(fresh: App) -> None:
    made = create(fresh)
    name = made["TermsId"]
    assert uuid.UUID(name).version == 4
    assert about(fresh, "DescribeTerms", name) == of_client(fresh) == made
    dates = {made.pop("CreationDate"), made.pop("LastModifiedDate")}
    assert len(dates) == 1
    assert made == {
        "TermsId": name,
        "UserPoolId": fresh.pool_id,
        "ClientId": fresh.client_id,
        "TermsName": USE,
        "TermsSource": "LINK",
        "Enforcement": "NONE",
        "Links": LINKS,
    }
    about(fresh, "DeleteTerms", name)
    with refused("ResourceNotFoundException"):
        about(fresh, "DescribeTerms", name)


@holds("TERMS-02")
def test_a_client_has_one_document_of_each_name(fresh: App) -> None:
    create(fresh)
    with refused("TermsExistsException"):
        create(fresh)
    privacy = create(fresh, PRIVACY)["TermsId"]
    with refused("TermsExistsException"):
        about(fresh, "UpdateTerms", privacy, TermsName=USE)
    about(fresh, "UpdateTerms", privacy, TermsName=PRIVACY)
    create(fresh.another_client())


@holds("TERMS-02", "TERMS-03")
@pytest.mark.parametrize(
    "members",
    [
        {"Links": {}},
        {"Links": {"cognito:german": LINK}},
        {"Links": {**LINKS, "cognito:klingon": LINK}},
        {"Links": {"cognito:default": "javascript:alert(1)"}},
        {"Links": {"cognito:default": "example.com/terms"}},
        {"Links": {"cognito:default": "https://"}},
        {"Links": {"cognito:default": "https://[::1"}},
        {"Links": {"cognito:default": f"https://example.com/{'x' * 1024}"}},
        {"Links": None},
        {"TermsName": "cookies"},
        {"TermsSource": "TEXT"},
        {"Enforcement": "ALWAYS"},
    ],
)
def test_what_terms_cannot_be(fresh: App, members: dict[str, Json]) -> None:
    name = members.pop("TermsName", USE)
    with refused("InvalidParameterException"):
        create(fresh, name, **members)


@holds("TERMS-04")
def test_an_update_leaves_what_is_not_said(fresh: App) -> None:
    made = create(fresh)
    kept = about(fresh, "UpdateTerms", made["TermsId"])
    assert {**kept, "LastModifiedDate": 0} == {**made, "LastModifiedDate": 0}
    assert kept["LastModifiedDate"] >= made["LastModifiedDate"]
    links = {"cognito:default": "https://example.com/new"}
    changed = about(fresh, "UpdateTerms", made["TermsId"], Links=links, TermsName=PRIVACY)
    assert (changed["Links"], changed["TermsName"]) == (links, PRIVACY)
    assert of_client(fresh, PRIVACY) == changed
    with refused("ResourceNotFoundException"):
        of_client(fresh)
    create(fresh)
    with refused("InvalidParameterException"):
        about(fresh, "UpdateTerms", made["TermsId"], Links={"cognito:german": LINK})


@holds("TERMS-05", "TERMS-06")
def test_a_pool_has_forty_documents_in_pages(wire: Wire) -> None:
    pool_id = a_pool(wire)
    apps = [an_app(wire, pool_id) for _ in range(21)]
    made = [create(app, name)["TermsId"] for app in apps[:20] for name in (USE, PRIVACY)]
    with refused("LimitExceededException"):
        create(apps[20])
    seen: list[str] = []
    carried: dict[str, Json] = {}
    for _ in range(4):
        page = wire.call("ListTerms", UserPoolId=pool_id, MaxResults=15, **carried)
        for listed in page["Terms"]:
            assert set(listed) == {
                *("TermsId", "TermsName", "Enforcement", "CreationDate", "LastModifiedDate")
            }
        seen += [listed["TermsId"] for listed in page["Terms"]]
        if "NextToken" not in page:
            break
        carried = {"NextToken": page["NextToken"]}
    assert sorted(seen) == sorted(made)
    assert len(wire.call("ListTerms", UserPoolId=pool_id)["Terms"]) == 40
    for wrong in ({"MaxResults": 0}, {"MaxResults": 61}, {"NextToken": "broken"}):
        with refused("InvalidParameterException"):
            wire.call("ListTerms", UserPoolId=pool_id, **wrong)


@holds("TERMS-07")
def test_unknown_terms_are_told(fresh: App, wire: Wire) -> None:
    foreign = an_app(wire)
    known = create(foreign)["TermsId"]
    for name in (str(uuid.uuid4()), known):
        for operation in ("DescribeTerms", "UpdateTerms", "DeleteTerms"):
            with refused("ResourceNotFoundException"):
                about(fresh, operation, name)
    stranger = App(wire, fresh.pool_id, foreign.client_id)
    for act in (create, of_client):
        with refused(
            "ResourceNotFoundException", f"User pool client {foreign.client_id} does not exist."
        ):
            act(stranger)
    with refused("ResourceNotFoundException"):
        of_client(fresh)


@holds("TERMS-08")
def test_documents_go_with_their_client(fresh: App) -> None:
    name = create(fresh)["TermsId"]
    fresh.wire.call("DeleteUserPoolClient", UserPoolId=fresh.pool_id, ClientId=fresh.client_id)
    with refused("ResourceNotFoundException"):
        about(fresh, "DescribeTerms", name)


@holds("TERMS-09")
def test_one_of_many_racers_makes_the_document(fresh: App) -> None:
    done, refusals = race(8, lambda: create(fresh))
    assert len(done) == 1
    assert {refusal.code for refusal in refusals} == {"TermsExistsException"}
