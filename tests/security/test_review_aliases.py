"""Nobody takes the place of an address that somebody else may prove."""

import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import PASSWORD, Wire, a_phone, an_email, refused, unique

WIDE = {ord("@"): "\N{FULLWIDTH COMMERCIAL AT}", ord("+"): "\N{FULLWIDTH PLUS SIGN}"}


@pytest.fixture(scope="module", params=[True, False], ids=["case", "any-case"])
def app(request: pytest.FixtureRequest, wire: Wire) -> App:
    pool_id = a_pool(
        wire,
        AliasAttributes=["email", "phone_number", "preferred_username"],
        AutoVerifiedAttributes=["email"],
        UsernameConfiguration={"CaseSensitive": request.param},
    )
    return an_app(wire, pool_id)


def spellings() -> list[str]:
    """Return an address and a number, as typed and in letters that only look different."""
    plain = [an_email(), a_phone()]
    return plain + [text.translate(WIDE) for text in plain]


def signs_up(app: App, email: str) -> None:
    """Assert that the owner of an address can sign up, prove it and sign in with it."""
    name = unique()
    app.sign_up(name, PASSWORD, email=email)
    app.call("ConfirmSignUp", name, ConfirmationCode=app.wire.code(email))
    assert app.sign_in(email)


@pytest.mark.parametrize("index", range(4))
def test_a_preferred_username_is_no_address(app: App, index: int) -> None:
    name = app.user()
    token = app.sign_in(name)["AccessToken"]
    wanted = spellings()[index]
    change = [{"Name": "preferred_username", "Value": wanted}]
    if index > 1 and is_case_sensitive(app):
        app.wire.call("UpdateUserAttributes", AccessToken=token, UserAttributes=change)
    else:
        with refused("InvalidParameterException"):
            app.wire.call("UpdateUserAttributes", AccessToken=token, UserAttributes=change)
        with refused("InvalidParameterException"):
            app.admin("AdminUpdateUserAttributes", name, UserAttributes=change)
    if index in {0, 2}:
        signs_up(app, wanted.translate({0xFF20: "@"}))


@pytest.mark.parametrize("index", range(4))
def test_a_username_is_no_address(app: App, index: int) -> None:
    wanted = spellings()[index]
    if index > 1 and is_case_sensitive(app):
        app.sign_up(wanted)
    else:
        with refused("InvalidParameterException"):
            app.sign_up(wanted)
        with refused("InvalidParameterException"):
            app.admin("AdminCreateUser", wanted)
    if index in {0, 2}:
        signs_up(app, wanted.translate({0xFF20: "@"}))


def is_case_sensitive(app: App) -> bool:
    """Tell whether the pool takes letters that only look different for different."""
    pool = app.wire.call("DescribeUserPool", UserPoolId=app.pool_id)["UserPool"]
    return bool(pool["UsernameConfiguration"]["CaseSensitive"])
