"""Choice-based sign-in for tests: an app whose users may choose, and the steps that they take."""

from typing import Final

from tests.sdk.builders import SMS_ROLE, App, a_pool, an_app
from tests.sdk.srp import SrpClient
from tests.sdk.support import PASSWORD, Json, Wire, a_phone, an_email, unique

CODES: Final = ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]
WORDS: Final = ["PASSWORD", "PASSWORD_SRP"]
FLOWS: Final = ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
WRONG: Final = "Wrong-Horse-1"
MEDIUM_OF: Final = {"EMAIL_OTP": "EMAIL", "SMS_OTP": "SMS"}


def policies(factors: list[str]) -> dict[str, Json]:
    """Return the policies of a pool that allows these first factors."""
    return {"SignInPolicy": {"AllowedFirstAuthFactors": factors}}


def a_choice_pool(wire: Wire, factors: list[str] | None = None, /, **settings: Json) -> str:
    """Make a pool that allows these first factors (passwords and codes unless said)."""
    wanted = {"SmsConfiguration": SMS_ROLE, "AutoVerifiedAttributes": ["email"], **settings}
    return a_pool(wire, Policies=policies(factors or CODES), **wanted)


def a_choice_app(wire: Wire, factors: list[str] | None = None, /, **client: Json) -> App:
    """Make a client of such a pool that allows USER_AUTH and nothing else."""
    return an_app(wire, a_choice_pool(wire, factors), **{"ExplicitAuthFlows": FLOWS, **client})


def begin(app: App, name: str, preferred: str = "", /, **given: str) -> dict[str, Json]:
    """Begin a sign-in, with a preference or without."""
    wish = {"PREFERRED_CHALLENGE": preferred} if preferred else {}
    return app.initiate("USER_AUTH", USERNAME=name, **wish, **given)


def begin_with(app: App, name: str, session: str | None) -> dict[str, Json]:
    """Begin a sign-in with the session of a sign-up."""
    return app.wire.call(
        "InitiateAuth",
        ClientId=app.client_id,
        AuthFlow="USER_AUTH",
        AuthParameters={"USERNAME": name, **app.proof(name, "SECRET_HASH")},
        Session=session,
    )


def choose(app: App, step: dict[str, Json], name: str, choice: str, /, **more: str) -> Json:
    """Answer SELECT_CHALLENGE."""
    assert step["ChallengeName"] == "SELECT_CHALLENGE", step
    return app.respond("SELECT_CHALLENGE", step["Session"], USERNAME=name, ANSWER=choice, **more)


def code_for(app: App, step: dict[str, Json], to: str) -> str:
    """Return the code that a step says it has sent."""
    assert step["ChallengeName"] in MEDIUM_OF, step
    return app.wire.code(to)


def enter(app: App, step: dict[str, Json], name: str, code: str) -> dict[str, Json]:
    """Answer the challenge of a code."""
    challenge: str = step["ChallengeName"]
    return app.respond(challenge, step["Session"], USERNAME=name, **{f"{challenge}_CODE": code})


def prove(app: App, step: dict[str, Json], srp: SrpClient, password: str = PASSWORD) -> Json:
    """Answer PASSWORD_VERIFIER."""
    assert step["ChallengeName"] == "PASSWORD_VERIFIER", step
    answers = srp.answers(step["ChallengeParameters"], password)
    return app.respond("PASSWORD_VERIFIER", step["Session"], **answers)


def a_person(app: App, /, **values: str) -> tuple[str, str, str]:
    """Make a user with a password, an address and a number; return name, address and number."""
    email, phone = values.pop("email", an_email()), values.pop("phone_number", a_phone())
    return app.user("", email=email, phone_number=phone, **values), email, phone


def a_newcomer(app: App, /, **members: Json) -> tuple[str, str, dict[str, Json]]:
    """Sign a user up without a password; return name, address and the answer."""
    name, email = unique(), an_email()
    listed = [{"Name": "email", "Value": email}]
    return name, email, app.call("SignUp", name, UserAttributes=listed, **members)
