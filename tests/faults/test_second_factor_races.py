"""Two nodes and one code: exactly one caller gets through, wherever the sessions came from."""

from tests.behaviours.factors import ALL, SMS, TOTP, Authenticator, a_person, an_mfa_app, answer
from tests.faults.nodes import RACERS, Nodes, race
from tests.faults.test_travelling_challenges import at
from tests.sdk.builders import App, result_of
from tests.sdk.support import Json, holds

REFUSED = {"ExpiredCodeException", "NotAuthorizedException"}


@holds("MFA-37", "MFA-82")
def test_one_code_of_an_app_is_good_on_one_node(nodes: Nodes) -> None:
    app = an_mfa_app(nodes.wire, "OPTIONAL", *ALL)
    person = a_person(app, TOTP)
    steps = [app.password_step(person.name) for _ in range(RACERS)]
    code = person.code(nodes.wire, TOTP)

    def act(on: App, number: int) -> Json:
        return result_of(answer(on, steps[number], person.name, code))

    outcome = race(nodes, app, act)
    assert len(outcome.won) == 1, outcome.refusals
    assert outcome.codes <= REFUSED


@holds("MFA-82")
def test_one_session_is_good_on_one_node(nodes: Nodes) -> None:
    app = an_mfa_app(nodes.wire, "OPTIONAL", *ALL)
    person = a_person(app, SMS)
    step = app.password_step(person.name)
    code = person.code(nodes.wire, SMS)
    outcome = race(nodes, app, lambda on, _: result_of(answer(on, step, person.name, code)))
    assert len(outcome.won) == 1, outcome.refusals
    assert outcome.codes <= REFUSED


@holds("MFA-37", "MFA-38")
def test_a_code_that_verifies_on_one_node_signs_nobody_in_on_another(nodes: Nodes) -> None:
    app = an_mfa_app(nodes.wire, "ON", TOTP)
    name = app.user()
    told = nodes.wire.call("AssociateSoftwareToken", Session=app.password_step(name)["Session"])
    phone = Authenticator(told["SecretCode"])
    code = phone.code()

    def verify(on: App, number: int) -> Json:
        del number
        return on.wire.call("VerifySoftwareToken", Session=told["Session"], UserCode=code)

    outcome = race(nodes, app, verify)
    assert len(outcome.won) == 1, outcome.refusals
    assert outcome.codes <= REFUSED
    there = at(nodes.other, app)
    step = there.password_step(name)
    assert step["ChallengeName"] == TOTP
    late = race(nodes, app, lambda on, _: result_of(answer(on, step, name, code)))
    assert not late.won
    assert result_of(there.respond("MFA_SETUP", outcome.won[0]["Session"], USERNAME=name))


@holds("MFA-90")
def test_a_factor_is_set_up_across_nodes(nodes: Nodes) -> None:
    app = an_mfa_app(nodes.wire, "ON", TOTP)
    there = at(nodes.other, app)
    name = app.user()
    told = there.wire.call("AssociateSoftwareToken", Session=app.password_step(name)["Session"])
    phone = Authenticator(told["SecretCode"])
    told = app.wire.call("VerifySoftwareToken", Session=told["Session"], UserCode=phone.code())
    assert result_of(there.respond("MFA_SETUP", told["Session"], USERNAME=name))


@holds("MFA-81")
def test_guesses_on_two_nodes_are_all_counted(nodes: Nodes) -> None:
    app = an_mfa_app(nodes.wire, "OPTIONAL", *ALL)
    person = a_person(app, TOTP)
    assert person.app is not None
    steps = [app.password_step(person.name) for _ in range(RACERS)]
    wrong = person.app.wrong()
    outcome = race(nodes, app, lambda on, n: answer(on, steps[n], person.name, wrong))
    told = [refusal.code for refusal in outcome.refusals]
    # Five are free, the fifth locks; whoever comes then learns nothing of the code.
    assert told.count("CodeMismatchException") == 5, told
    assert told.count("NotAuthorizedException") == RACERS - 5
