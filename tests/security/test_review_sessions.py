"""A session is worth what was proven to get it, and only while that holds."""

from tests.sdk.builders import App, result_of
from tests.sdk.support import PASSWORD, refused

CHALLENGE = "NEW_PASSWORD_REQUIRED"
SET = "Second-Horse-8"
STOLEN = "Stolen-Horse-9"
SPENT = "Invalid session for the user, session can only be used once."


def opened(app: App, name: str, password: str = PASSWORD) -> str:
    """Return the session that a temporary password opens."""
    step = app.password_step(name, password)
    assert step["ChallengeName"] == CHALLENGE
    session: str = step["Session"]
    return session


def test_a_temporary_password_replaces_no_other_than_itself(app: App) -> None:
    name = app.temporary_user()
    first, second = opened(app, name), opened(app, name)
    app.respond(CHALLENGE, first, USERNAME=name, NEW_PASSWORD=SET)
    with refused("NotAuthorizedException", SPENT):
        app.respond(CHALLENGE, second, USERNAME=name, NEW_PASSWORD=STOLEN)
    assert app.sign_in(name, SET)


def test_a_withdrawn_temporary_password_replaces_nothing(app: App) -> None:
    name = app.temporary_user()
    session = opened(app, name)
    app.admin("AdminSetUserPassword", name, Password=SET, Permanent=False)
    with refused("NotAuthorizedException", SPENT):
        app.respond(CHALLENGE, session, USERNAME=name, NEW_PASSWORD=STOLEN)
    answer = app.respond(CHALLENGE, opened(app, name, SET), USERNAME=name, NEW_PASSWORD=PASSWORD)
    assert result_of(answer)
