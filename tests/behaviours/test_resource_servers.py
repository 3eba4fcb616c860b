"""Resource servers: docs/behaviours/resource-servers.md."""

import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, holds, race, refused, unique

READ = {"ScopeName": "read", "ScopeDescription": "Read all"}
WRITE = {"ScopeName": "write", "ScopeDescription": "Write all"}


def about(wire: Wire, operation: str, pool_id: str, identifier: str, **members: Json) -> Json:
    answer = wire.call(operation, UserPoolId=pool_id, Identifier=identifier, **members)
    return answer.get("ResourceServer")


def create(wire: Wire, pool_id: str, identifier: str = "", **members: Json) -> Json:
    chosen = identifier or unique("https://api.example.com/")
    return about(wire, "CreateResourceServer", pool_id, chosen, **{"Name": "API", **members})


@holds("RSERVER-01")
def test_a_server_is_told_as_it_was_made(app: App, wire: Wire) -> None:
    made = create(wire, app.pool_id, Scopes=[READ, WRITE])
    identifier = made["Identifier"]
    expected = {"UserPoolId": app.pool_id, "Identifier": identifier, "Name": "API"}
    assert made == {**expected, "Scopes": [READ, WRITE]}
    assert about(wire, "DescribeResourceServer", app.pool_id, identifier) == made


@holds("RSERVER-02")
def test_an_identifier_is_taken_once_in_a_pool(app: App, wire: Wire) -> None:
    identifier = create(wire, app.pool_id)["Identifier"]
    text = f"{identifier} already exists in user pool {app.pool_id}."
    with refused("InvalidParameterException", text):
        create(wire, app.pool_id, identifier)
    assert create(wire, a_pool(wire), identifier)["Identifier"] == identifier


@holds("RSERVER-03")
def test_an_update_replaces_name_and_scopes(app: App, wire: Wire) -> None:
    identifier = create(wire, app.pool_id, Scopes=[READ])["Identifier"]
    changed = about(
        wire, "UpdateResourceServer", app.pool_id, identifier, Name="New", Scopes=[WRITE]
    )
    assert (changed["Name"], changed["Scopes"]) == ("New", [WRITE])
    bare = about(wire, "UpdateResourceServer", app.pool_id, identifier, Name="New")
    assert bare["Scopes"] == []
    assert about(wire, "DescribeResourceServer", app.pool_id, identifier) == bare


@holds("RSERVER-04")
def test_an_unknown_server_is_told(app: App, wire: Wire) -> None:
    foreign = a_pool(wire)
    known = create(wire, app.pool_id)["Identifier"]
    for pool_id, identifier in ((app.pool_id, "nothing"), (foreign, known)):
        text = f"Resource server {identifier} does not exist."
        for operation, members in (
            ("DescribeResourceServer", {}),
            ("UpdateResourceServer", {"Name": "x"}),
            ("DeleteResourceServer", {}),
        ):
            with refused("ResourceNotFoundException", text):
                about(wire, operation, pool_id, identifier, **members)
    about(wire, "DeleteResourceServer", app.pool_id, known)
    with refused("ResourceNotFoundException"):
        about(wire, "DeleteResourceServer", app.pool_id, known)


@holds("RSERVER-05", "RSERVER-06")
def test_a_pool_has_so_many_servers_in_pages(wire: Wire) -> None:
    pool_id = a_pool(wire)
    made = [create(wire, pool_id, f"server-{number:02d}")["Identifier"] for number in range(25)]
    with refused("LimitExceededException"):
        create(wire, pool_id)
    with refused("InvalidParameterException"):  # taken is told before full
        create(wire, pool_id, made[0])
    seen: list[str] = []
    carried: dict[str, Json] = {}
    for _ in range(4):
        page = wire.call("ListResourceServers", UserPoolId=pool_id, MaxResults=10, **carried)
        assert len(page["ResourceServers"]) <= 10
        seen += [server["Identifier"] for server in page["ResourceServers"]]
        if "NextToken" not in page:
            break
        carried = {"NextToken": page["NextToken"]}
    assert sorted(seen) == made
    everything = wire.call("ListResourceServers", UserPoolId=pool_id)
    assert len(everything["ResourceServers"]) == 25
    for wrong in ({"MaxResults": 0}, {"MaxResults": 51}, {"NextToken": "broken"}):
        with refused("InvalidParameterException"):
            wire.call("ListResourceServers", UserPoolId=pool_id, **wrong)
    scopes = [{"ScopeName": f"s{n}", "ScopeDescription": "d"} for n in range(101)]
    with refused("InvalidParameterException"):
        about(wire, "UpdateResourceServer", pool_id, made[0], Name="x", Scopes=scopes)
    about(wire, "UpdateResourceServer", pool_id, made[0], Name="x", Scopes=scopes[:100])


def oauth(*scopes: str) -> dict[str, Json]:
    return {
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthScopes": list(scopes),
    }


@holds("RSERVER-07", "RSERVER-08", "CLIENT-12")
def test_a_client_names_scopes_that_exist(wire: Wire) -> None:
    pool_id = a_pool(wire)
    create(wire, pool_id, "https://api.example.com", Scopes=[READ])
    scope = "https://api.example.com/read"
    app = an_app(wire, pool_id, GenerateSecret=True, **oauth(scope))
    named = {"UserPoolId": pool_id, "ClientId": app.client_id}
    for unknown in ("https://api.example.com/write", "https://api.example.com", "read"):
        with refused("ScopeDoesNotExistException", f"Invalid scope requested: {unknown}"):
            wire.call("UpdateUserPoolClient", **named, **oauth(unknown))
    with refused("ScopeDoesNotExistException"):
        an_app(wire, a_pool(wire), GenerateSecret=True, **oauth(scope))
    about(wire, "DeleteResourceServer", pool_id, "https://api.example.com")
    told = wire.call("DescribeUserPoolClient", **named)["UserPoolClient"]
    assert told["AllowedOAuthScopes"] == [scope]
    with refused("ScopeDoesNotExistException"):
        wire.call("UpdateUserPoolClient", **named, **oauth(scope))


@holds("RSERVER-09")
@pytest.mark.parametrize(
    "members",
    [
        {"Identifier": "x", "Scopes": [READ, READ]},
        {"Identifier": "aws.cognito/dcr", "Scopes": [READ]},
        {"Identifier": "AWS.Cognito.signin"},
        {"Identifier": "with blank"},
        {"Identifier": "x", "Scopes": [{"ScopeName": "a/b", "ScopeDescription": "d"}]},
        {"Identifier": "x", "Scopes": [{"ScopeName": "a"}]},
        {"Identifier": 'x"y'},
    ],
)
def test_what_a_server_cannot_be(app: App, wire: Wire, members: dict[str, Json]) -> None:
    with refused("InvalidParameterException"):
        wire.call("CreateResourceServer", UserPoolId=app.pool_id, Name="API", **members)


@holds("RSERVER-10")
def test_one_of_many_racers_creates_a_server(app: App, wire: Wire) -> None:
    identifier = unique("raced")
    done, refusals = race(8, lambda: create(wire, app.pool_id, identifier))
    assert len(done) == 1
    assert {refusal.code for refusal in refusals} == {"InvalidParameterException"}


def test_another_accounts_pool_has_no_servers(app: App, server_url: str) -> None:
    stranger = Wire(server_url)
    with refused("ResourceNotFoundException", f"User pool {app.pool_id} does not exist."):
        create(stranger, app.pool_id)
    with refused("ResourceNotFoundException"):
        stranger.call("ListResourceServers", UserPoolId=app.pool_id)
