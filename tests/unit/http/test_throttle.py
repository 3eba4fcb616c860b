"""Quotas: docs/behaviours/wire.md."""

import base64
import contextlib
import json

import pytest

from poolkeep.base.clock import ManualClock
from poolkeep.base.refusal import TooManyRequests
from poolkeep.http.aws.throttle import Counted, Throttle, counted
from poolkeep.wire.cognito_idp import shapes
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import PASSWORD, RefusedError, Wire, holds, refused
from tests.support.server import StartServer

POOL = "us-east-1_aB3dE6gH9"


def a_token(sub: str) -> str:
    claims = json.dumps({"iss": f"https://x/{POOL}", "sub": sub}).encode()
    return f"h.{base64.urlsafe_b64encode(claims).rstrip(b'=').decode()}.s"


def of_token(sub: str, category: str = "UserRead") -> Counted:
    return counted("GetUser", category, shapes.GetUserRequest(access_token=a_token(sub)))


def a_throttle(clock: ManualClock, workers: int = 1) -> Throttle:
    return Throttle(
        per_s={"UserAuthentication": 2, "UserRead": 1000, "UserUpdate": 1000}, workers=workers,
        clock=clock,
    )  # fmt: skip


def taken(throttle: Throttle, request: Counted, tries: int) -> int:
    count = 0
    with contextlib.suppress(TooManyRequests):
        for _ in range(tries):
            throttle.take("1", "r", request)
            throttle.charge("r", request)
            count += 1
    return count


@holds("WIRE-45")
def test_a_category_has_its_requests_a_second() -> None:
    clock = ManualClock(0)
    throttle = a_throttle(clock)
    sign_in = Counted("UserAuthentication", None)
    assert taken(throttle, sign_in, 9) == 2
    clock.advance(ms=500)
    assert taken(throttle, sign_in, 9) == 1
    assert taken(throttle, Counted("UserList", None), 9) == 9, "a category without a quota"
    assert taken(a_throttle(clock, 2), sign_in, 9) == 1, "a worker's share"
    nothing = Throttle(per_s={}, workers=1, clock=clock)
    assert not nothing.is_on
    assert taken(nothing, sign_in, 9) == 9


@holds("WIRE-46")
def test_answers_count_apart_and_first_passwords_as_recovery() -> None:
    def answer(challenge: str) -> Counted:
        request = shapes.RespondToAuthChallengeRequest(client_id="c", challenge_name=challenge)
        return counted("RespondToAuthChallenge", "UserAuthentication", request)

    assert answer("PASSWORD_VERIFIER").category == "Respond"
    assert answer("NEW_PASSWORD_REQUIRED").category == "UserAccountRecovery"
    assert taken(a_throttle(ManualClock(0)), answer("PASSWORD_VERIFIER"), 9) == 6


@holds("WIRE-47")
def test_a_user_has_ten_reads_and_ten_writes_a_second() -> None:
    clock = ManualClock(0)
    throttle = a_throttle(clock)
    assert taken(throttle, of_token("ann"), 99) == 10
    assert taken(throttle, of_token("ann", "UserUpdate"), 99) == 10
    assert taken(throttle, of_token("bob"), 3) == 3
    clock.advance(ms=100)
    assert taken(throttle, of_token("ann"), 99) == 1
    admin = shapes.AdminGetUserRequest(user_pool_id=POOL, username="ann")
    assert taken(throttle, counted("AdminGetUser", "UserRead", admin), 99) == 10
    for nobody in ("garbage", "a.b.c", "h.eyJ9.s"):
        request = shapes.GetUserRequest(access_token=nobody)
        assert counted("GetUser", "UserRead", request).user is None


@holds("WIRE-47")
def test_a_claim_that_was_not_proven_costs_the_user_nothing() -> None:
    throttle = a_throttle(ManualClock(0))
    for _ in range(50):
        throttle.take("1", "r", of_token("ann"))
    assert taken(throttle, of_token("ann"), 99) == 10


@holds("WIRE-45", "WIRE-47")
def test_a_server_that_throttles_says_so(start_server: StartServer) -> None:
    server = start_server(environment={"POOLKEEP_THROTTLE_ENABLED": "true"})
    wire = Wire(server.base_url)
    app: App = an_app(wire, a_pool(wire))
    name = app.user()
    access = app.sign_in(name, PASSWORD)["AccessToken"]

    def read_on() -> None:
        for _ in range(200):
            wire.call("GetUser", AccessToken=access)

    with pytest.raises(RefusedError) as caught:
        read_on()
    assert (caught.value.code, caught.value.text) == ("TooManyRequestsException", "Rate exceeded")
    with refused("NotAuthorizedException"):
        wire.call("GetUser", AccessToken="garbage")
