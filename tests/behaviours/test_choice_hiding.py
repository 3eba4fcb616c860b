"""USER_AUTH where nobody may learn who exists: docs/behaviours/user-auth.md."""

import contextlib
import re
import time
from typing import Final

import pytest

from tests.behaviours.choice import (
    FLOWS,
    WORDS,
    WRONG,
    a_choice_app,
    a_choice_pool,
    a_person,
    begin,
    choose,
    enter,
)
from tests.behaviours.wording import BAD_SESSION, INCORRECT, NO_USER, words_of
from tests.sdk.builders import App, an_app
from tests.sdk.srp import SrpClient
from tests.sdk.support import (
    PASSWORD,
    Json,
    RefusedError,
    Wire,
    a_phone,
    an_email,
    holds,
    refused,
    unique,
)

HIDING: Final = {"PreventUserExistenceErrors": "ENABLED"}
CODES: Final = ["EMAIL_OTP", "SMS_OTP"]
PREFERENCES: Final = ["", "PASSWORD", "PASSWORD_SRP", *CODES, "NONSENSE"]
BAD_CODE: Final = ("CodeMismatchException", "Invalid code or auth state for the user.")


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    """Return a client that hides who exists."""
    return a_choice_app(wire, **HIDING)


def shape(step: dict[str, Json]) -> dict[str, Json]:
    """Return what of an answer can be compared between two users."""
    parameters = {
        name: re.sub("[0-9a-zA-Z]", "x", value)
        for name, value in step["ChallengeParameters"].items()
        if name not in {"SALT", "SRP_B", "SECRET_BLOCK"}
    }
    return {**step, "Session": len(step["Session"]), "ChallengeParameters": parameters}


@holds("CHOICE-30")
def test_legacy_tells(app: App) -> None:
    told = app.another_client(ExplicitAuthFlows=FLOWS)
    for preferred in PREFERENCES:
        with refused(*NO_USER):
            begin(told, unique("nobody"), preferred)
    with refused(*NO_USER):
        begin(told, unique("nobody"), "PASSWORD", PASSWORD=PASSWORD)


@holds("CHOICE-30", "CHOICE-33")
@pytest.mark.parametrize("preferred", PREFERENCES)
def test_nobody_is_answered_like_somebody(app: App, preferred: str) -> None:
    email = an_email()
    name = app.user(email, email=email, phone_number=a_phone())
    nobody = an_email()
    given = {"SRP_A": SrpClient(app.pool_id).public}
    known, unknown = begin(app, name, preferred, **given), begin(app, nobody, preferred, **given)
    assert shape(known) == shape(unknown)
    assert shape(begin(app, nobody, preferred, **given)) == shape(unknown)


@holds("CHOICE-33")
@pytest.mark.parametrize(
    "settings", [{}, {"UsernameAttributes": ["email"]}, {"AliasAttributes": ["email"]}]
)
def test_sessions_have_one_length(wire: Wire, settings: dict[str, Json]) -> None:
    app = an_app(wire, a_choice_pool(wire, **settings), ExplicitAuthFlows=FLOWS, **HIDING)
    email = an_email()
    if "UsernameAttributes" in settings:
        app.user(email, phone_number=a_phone())
    elif settings:
        app.user("", email=email, email_verified="true", phone_number=a_phone())
    else:
        app.user(email, email=email, phone_number=a_phone())
    for preferred in PREFERENCES:
        lengths = {
            len(begin(app, who, preferred)["Session"]) for who in (email, an_email(), an_email())
        }
        assert len(lengths) == 1, preferred


@holds("CHOICE-30")
@pytest.mark.parametrize("factor", CODES)
def test_a_code_for_nobody_is_simulated(app: App, factor: str) -> None:
    nobody = unique("nobody")
    first, second = begin(app, nobody, factor), begin(app, nobody, factor)
    assert first["ChallengeName"] == factor
    assert first["ChallengeParameters"] == second["ChallengeParameters"]
    assert first["ChallengeParameters"]["USER_ID_FOR_SRP"] == nobody
    assert first["AvailableChallenges"] == [*CODES, *WORDS]
    assert first["Session"] != second["Session"]


@holds("CHOICE-31")
def test_the_destination_follows_the_name(app: App) -> None:
    for name, factor, masked in (
        ("nobody@somewhere.test", "EMAIL_OTP", "n***@s***"),
        ("+12065559876", "SMS_OTP", "+*******9876"),
    ):
        step = begin(app, name, factor)
        assert step["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == masked
    step = begin(app, unique("nobody"), "SMS_OTP")
    shown = step["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"]
    assert re.fullmatch(r"\+\*{7}[0-9]{4}", shown)


@holds("CHOICE-31")
def test_the_destination_does_not_tell_the_spelling(wire: Wire) -> None:
    pool = a_choice_pool(wire, UsernameConfiguration={"CaseSensitive": False})
    app = an_app(wire, pool, ExplicitAuthFlows=FLOWS, **HIDING)
    name = unique("nobody")
    seen = {
        str(begin(app, form, factor)["ChallengeParameters"])
        for factor in CODES
        for form in (name, name.upper(), name.title())
    }
    assert len(seen) == len(CODES)


@holds("CHOICE-32")
def test_no_answer_for_nobody_is_right(app: App) -> None:
    nobody = unique("nobody")
    with refused(*INCORRECT):
        begin(app, nobody, "PASSWORD", PASSWORD=PASSWORD)
    step = begin(app, nobody)
    with refused(*INCORRECT):
        choose(app, step, nobody, "PASSWORD", PASSWORD=PASSWORD)
    asked = begin(app, nobody, "PASSWORD")
    with refused(*INCORRECT):
        app.respond("PASSWORD", asked["Session"], USERNAME=nobody, PASSWORD=PASSWORD)
    srp = SrpClient(app.pool_id)
    proof = begin(app, nobody, "PASSWORD_SRP", SRP_A=srp.public)
    answers = srp.answers(proof["ChallengeParameters"], PASSWORD)
    with refused(*INCORRECT):
        app.respond("PASSWORD_VERIFIER", proof["Session"], **answers)
    for factor in CODES:
        code = choose(app, begin(app, nobody), nobody, factor)
        with refused(*BAD_CODE):
            enter(app, code, nobody, "12345678")


def told(app: App, name: str, step: dict[str, Json], **answers: str) -> tuple[str, str]:
    with pytest.raises(RefusedError) as caught:
        app.respond(step["ChallengeName"], step["Session"], USERNAME=name, **answers)
    return words_of(caught.value)


@holds("CHOICE-32")
def test_wrong_answers_are_judged_alike_to_the_end(clock_wire: Wire) -> None:
    app = a_choice_app(clock_wire, AuthSessionValidity=15, **HIDING)
    name, _, _ = a_person(app)
    seen = []
    for who in (name, unique("nobody")):
        mine = []
        for _ in range(7):
            step = begin(app, who, "PASSWORD")
            mine.append(told(app, who, step, PASSWORD=WRONG))
        clock_wire.advance(120)
        step = begin(app, who, "EMAIL_OTP")
        for _ in range(13):
            mine.append(told(app, who, step, EMAIL_OTP_CODE="00000000"))
            clock_wire.advance(20)
        seen.append(mine)
    assert seen[0] == seen[1]
    assert seen[0][-1] == BAD_SESSION


@holds("CHOICE-32")
def test_nobodys_session_does_not_become_a_later_users(app: App) -> None:
    name, email = unique("later"), an_email()
    steps = [begin(app, name, preferred) for preferred in ("", "PASSWORD", "EMAIL_OTP")]
    app.user(name, email=email)
    with refused(*INCORRECT):
        choose(app, steps[0], name, "PASSWORD", PASSWORD=PASSWORD)
    with refused(*INCORRECT):
        app.respond("PASSWORD", steps[1]["Session"], USERNAME=name, PASSWORD=PASSWORD)
    with refused(*BAD_CODE):
        enter(app, steps[2], name, "12345678")
    sent = choose(app, begin(app, name), name, "EMAIL_OTP")
    assert enter(app, sent, name, app.wire.code(email))["AuthenticationResult"]


@holds("CHOICE-34")
def test_who_can_choose_nothing_looks_like_nobody(app: App) -> None:
    name = unique()
    app.admin("AdminCreateUser", name)
    assert shape(begin(app, name)) == shape(begin(app, unique()))
    step = begin(app, name, "EMAIL_OTP")
    assert step["ChallengeName"] == "EMAIL_OTP"
    with refused(*BAD_CODE):
        enter(app, step, name, "12345678")
    with refused(*INCORRECT):
        begin(app, name, "PASSWORD", PASSWORD=PASSWORD)


@holds("CHOICE-33")
@pytest.mark.parametrize("preferred", ["", "PASSWORD", "EMAIL_OTP"])
def test_hiding_costs_the_same_time(wire: Wire, preferred: str) -> None:
    # A coarse check, meant to catch work that is missing altogether, not to prove secrecy.
    app = a_choice_app(wire, **HIDING)
    given = {"PASSWORD": WRONG} if preferred == "PASSWORD" else {}
    spent: dict[str, list[float]] = {"known": [], "unknown": []}
    for _ in range(15):
        for kind, name in (("known", a_person(app)[0]), ("unknown", unique("nobody"))):
            begun = time.perf_counter()
            with refused(*INCORRECT) if given else contextlib.nullcontext():
                begin(app, name, preferred, **given)
            spent[kind].append(time.perf_counter() - begun)
    assert 0.4 < min(spent["known"]) / min(spent["unknown"]) < 2.5
