"""Codes are short: somebody patient, who knows the password, must not try many of them."""

import pytest

from tests.behaviours.factors import ALL, MAIL, SMS, TOTP, a_person, an_mfa_app
from tests.sdk.builders import App
from tests.sdk.support import RefusedError, Wire, holds

KEY = {SMS: "SMS_MFA_CODE", MAIL: "EMAIL_OTP_CODE", TOTP: "SOFTWARE_TOKEN_MFA_CODE"}
HOUR_S = 3_600
LONGEST_LOCK_S = 900
DAY_S = 24 * HOUR_S


@pytest.fixture(scope="module")
def app(clock_wire: Wire) -> App:
    return an_mfa_app(clock_wire, "OPTIONAL", *ALL)


def guess(app: App, name: str, factor: str) -> bool:
    """Try a code in a new sign-in; tell whether it was judged."""
    step = app.password_step(name)
    with pytest.raises(RefusedError) as caught:
        app.respond(factor, step["Session"], USERNAME=name, **{KEY[factor]: "000000"})
    told = caught.value
    assert told.code == "CodeMismatchException" or told.text == "Password attempts exceeded", told
    return told.code == "CodeMismatchException"


@holds("MFA-81")
@pytest.mark.parametrize("factor", [TOTP, MAIL])
def test_who_waits_for_failures_to_be_forgotten_gains_little(app: App, factor: str) -> None:
    name = a_person(app, factor).name
    judged, passed_s = 0, 0
    while passed_s < 6 * HOUR_S:
        # As many as the first locks let through in a minute, and then a rest.
        for pause_s in (0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32):
            app.wire.advance(pause_s + 1)
            passed_s += pause_s + 1
            if not guess(app, name, factor):
                break
            judged += 1
        app.wire.advance(LONGEST_LOCK_S + 1)
        passed_s += LONGEST_LOCK_S + 1
    assert judged <= 5 + 10 + passed_s // LONGEST_LOCK_S


@holds("MFA-81")
def test_a_day_forgets_wrong_codes(app: App) -> None:
    person = a_person(app, TOTP)
    for _ in range(5):
        assert guess(app, person.name, TOTP)
    app.wire.advance(DAY_S + 1)
    for _ in range(5):
        assert guess(app, person.name, TOTP)
    assert not guess(app, person.name, TOTP)
