"""A token that was narrowed stays narrow, whatever it is swapped for next."""

import pytest

from tests.behaviours.test_machines import READ, WRITE, served
from tests.behaviours.test_token_exchange import (
    ADMIN,
    IMPERSONATION,
    INVALID_SCOPES,
    swap,
)
from tests.sdk.builders import App, an_app
from tests.sdk.support import Wire, claims_of, holds, refused


@pytest.fixture(scope="module")
def pool_id(wire: Wire) -> str:
    """Return a pool with a resource server."""
    return served(wire)


def exchanger(wire: Wire, pool_id: str, *scopes: str) -> App:
    return an_app(
        wire,
        pool_id,
        ExplicitAuthFlows=[IMPERSONATION],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        CallbackURLs=["https://app.example/"],
        SupportedIdentityProviders=["COGNITO"],
        AllowedOAuthScopes=list(scopes),
    )


@holds("EXCHANGE-23")
def test_an_id_token_does_not_wash_scopes(wire: Wire, pool_id: str) -> None:
    front = an_app(wire, pool_id)
    subject = front.sign_in(front.user())["IdToken"]
    every = exchanger(wire, pool_id, ADMIN, READ, WRITE)
    narrow = swap(every, subject, "ID_TOKEN", Scopes=[READ])["IssuedToken"]
    assert claims_of(narrow)["scope"] == READ
    for more in ({"Scopes": [ADMIN]}, {"RequestedTokenType": "ID_TOKEN"}):
        with refused(*INVALID_SCOPES):
            swap(every, narrow, **more)
    wider = swap(every, subject, "ID_TOKEN", Scopes=[ADMIN, READ])["IssuedToken"]
    washed = swap(every, wider, RequestedTokenType="ID_TOKEN")["IssuedToken"]
    with refused(*INVALID_SCOPES):
        swap(every, washed, "ID_TOKEN", Scopes=[WRITE])
    again = swap(every, washed, "ID_TOKEN")
    assert again["Scopes"] == [ADMIN, READ]
    twice = swap(every, washed, "ID_TOKEN", RequestedTokenType="ID_TOKEN")["IssuedToken"]
    assert swap(every, twice, "ID_TOKEN")["Scopes"] == [ADMIN, READ]


@holds("EXCHANGE-23")
def test_an_id_token_of_no_common_scope_opens_nothing(wire: Wire, pool_id: str) -> None:
    front = an_app(wire, pool_id)
    subject = front.sign_in(front.user())["IdToken"]
    reader = exchanger(wire, pool_id, READ)
    writer = exchanger(wire, pool_id, ADMIN, WRITE)
    narrow = swap(reader, subject, "ID_TOKEN")["IssuedToken"]
    with refused(*INVALID_SCOPES):
        swap(writer, narrow)
    with refused(*INVALID_SCOPES):
        swap(writer, narrow, RequestedTokenType="ID_TOKEN")
