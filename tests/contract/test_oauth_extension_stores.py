"""Proofs, pushed requests and devices, on both databases."""

import hashlib
import json
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from poolkeep.base.clock import ManualClock
from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.refusal import TooManyRequests
from poolkeep.base.transaction import Database
from poolkeep.core.oauth.device_authorization import DeviceAuthorizations
from poolkeep.core.oauth.dpop import DpopProofs, Presented
from poolkeep.core.oauth.model import AuthorizationRequest, Code, Params
from poolkeep.core.oauth.pushed import PushedRequests
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.crypto import base64url
from poolkeep.storage.stores.device_grants import SqlDeviceGrants
from poolkeep.storage.stores.dpop_proofs import SqlDpopProofs
from poolkeep.storage.stores.pushed_requests import SqlPushedRequests
from tests.sdk.support import holds
from tests.unit.core.users.people import a_pool

POOL = a_pool()
OTHER = a_pool(pool_id="eu-west-1_Other2345")
KEY = ECKey.generate_key("P-256")
URL = "https://x.auth.example.com/oauth2/token"
REQUEST = AuthorizationRequest(
    client_id="one",
    redirect_uri="",
    response_types=("code",),
    response_mode="query",
    scopes=("openid",),
)
CODE = Code(
    request=REQUEST,
    user_id="user",
    factors=("pwd",),
    authenticated_ms=1,
    issued_ms=1,
    event_id="event",
    provider="COGNITO",
)


def a_proof(clock: ManualClock, *, key: ECKey = KEY, typ: str = "dpop+jwt", **claims: Any) -> str:
    said = {"jti": "one", "htm": "POST", "htu": URL, "iat": clock.now_ms() // 1000, **claims}
    header = {"alg": "ES256", "typ": typ, "jwk": key.as_dict(private=False)}
    return jws.serialize_compact(header, json.dumps(said), key, algorithms=["ES256"])


def error_of(caught: pytest.ExceptionInfo[OAuthRefusal]) -> str:
    return caught.value.error


@holds("OEXT-20", "OEXT-21", "OEXT-22", "OEXT-23")
async def test_a_proof_counts_once_for_its_request(database: Database) -> None:
    clock = ManualClock(1_700_000_000_000)
    proofs = DpopProofs(database=database, rows=SqlDpopProofs(), clock=clock)

    async def judge(*texts: str, pool: Any = POOL, **more: Any) -> str | None:
        said: dict[str, Any] = {"method": "POST", "url": URL, **more}
        return await proofs.key_of(pool, Presented(proofs=texts, **said))

    assert await judge() is None
    jkt = await judge(a_proof(clock, htu=URL.upper().replace("/OAUTH2/TOKEN", "/oauth2/token")))
    assert jkt == KEY.thumbprint()
    assert await judge(a_proof(clock), pool=OTHER) == jkt
    token = "an.access.token"
    ath = base64url.encode(hashlib.sha256(token.encode()).digest()).decode()
    assert await judge(a_proof(clock, jti="two", ath=ath, htu=f"{URL}?x#y"), access_token=token)
    other = ECKey.generate_key("P-256")
    assert await judge(a_proof(clock, key=other)) == other.thumbprint()
    front, _, _ = a_proof(clock, jti="4").rpartition(".")
    _, _, signature = a_proof(clock, jti="5").rpartition(".")
    for wrong, more in (
        ((a_proof(clock),), {}),  # used
        ((a_proof(clock, jti="3"), a_proof(clock, jti="4")), {}),
        ((a_proof(clock, jti="3", typ="jwt"),), {}),
        ((a_proof(clock, jti="3", htm="GET"),), {}),
        ((a_proof(clock, jti="3", htu="https://x.auth.example.com/oauth2/userInfo"),), {}),
        ((a_proof(clock, jti="3", htu="http://x.auth.example.com/oauth2/token"),), {}),
        ((a_proof(clock, jti="3", htu="https://x.auth.example.com:99999/oauth2/token"),), {}),
        ((a_proof(clock, jti="3", htu=5),), {}),
        ((a_proof(clock, jti="3", iat=clock.now_ms() // 1000 - 61),), {}),
        ((a_proof(clock, jti="3", iat=clock.now_ms() // 1000 + 62),), {}),
        ((a_proof(clock, jti="3", iat=True),), {}),
        ((a_proof(clock, jti=""),), {}),
        ((a_proof(clock, jti=5),), {}),
        ((a_proof(clock, jti="3"),), {"access_token": token}),
        ((a_proof(clock, jti="3", ath=ath),), {"access_token": "another.one"}),
        ((f"{front}.{signature}",), {}),
        (("not.a.proof",), {}),
        (("",), {}),
    ):
        with pytest.raises(OAuthRefusal) as caught:
            await judge(*wrong, **more)
        assert error_of(caught) == "invalid_dpop_proof"


@holds("OEXT-02", "OEXT-03")
async def test_a_pushed_request_is_its_clients_and_is_used_once(database: Database) -> None:
    clock = ManualClock(1_700_000_000_000)
    pushed = PushedRequests(
        database=database, rows=SqlPushedRequests(), clock=clock, entropy=SeededEntropy()
    )
    params = Params([("client_id", "one"), ("state", "é"), ("client_secret", "s"), ("state", "2")])
    made = await pushed.push(POOL, "one", params)
    assert made.expires_in_s == 300
    found = await pushed.find(POOL, "one", made.request_uri)
    assert found is not None
    assert found.pairs == (("client_id", "one"), ("state", "é"), ("state", "2"))
    assert await pushed.find(POOL, "two", made.request_uri) is None
    assert await pushed.find(OTHER, "one", made.request_uri) is None
    assert await pushed.find(POOL, "one", made.request_uri + "x") is None
    assert await pushed.find(POOL, "one", "https://elsewhere.example.com/request") is None
    assert await pushed.use(POOL, made.request_uri)
    assert not await pushed.use(POOL, made.request_uri)
    assert await pushed.find(POOL, "one", made.request_uri) is None
    again = await pushed.push(POOL, "one", params)
    clock.advance(ms=300_000)
    assert await pushed.find(POOL, "one", again.request_uri) is None


@holds("OEXT-11", "OEXT-12", "OEXT-13", "OEXT-14", "OEXT-15")
async def test_a_device_waits_for_its_user(database: Database) -> None:
    clock = ManualClock(1_700_000_000_000)
    devices = DeviceAuthorizations(
        database=database, rows=SqlDeviceGrants(), clock=clock, entropy=SeededEntropy()
    )

    async def refused(device_code: str, client_id: str = "one") -> str:
        with pytest.raises(OAuthRefusal) as caught:
            await devices.redeem(POOL, client_id, device_code)
        return error_of(caught)

    opened = await devices.open(POOL, REQUEST)
    assert len(opened.user_code) == 9
    assert await refused("unknown") == "invalid_grant"
    assert await refused(opened.device_code, "two") == "invalid_grant"
    assert await refused(opened.device_code) == "authorization_pending"
    assert await refused(opened.device_code) == "slow_down"
    clock.advance(ms=9_999)
    assert await refused(opened.device_code) == "slow_down"
    clock.advance(ms=15_000)
    assert await refused(opened.device_code) == "authorization_pending"

    typed = opened.user_code.lower().replace("-", " ")
    pending = await devices.pending(POOL, typed, ip_address="a")
    assert pending is not None
    assert pending.request == REQUEST
    assert await devices.pending(OTHER, typed, ip_address="a") is None
    assert await devices.grant(POOL, pending, CODE)
    assert not await devices.deny(POOL, pending)
    assert await devices.pending(POOL, typed, ip_address="a") is None
    assert await devices.redeem(POOL, "one", opened.device_code) == CODE
    assert await refused(opened.device_code) == "invalid_grant"

    denied = await devices.open(POOL, REQUEST)
    asked = await devices.pending(POOL, denied.user_code, ip_address="a")
    assert asked is not None
    assert await devices.deny(POOL, asked)
    assert await refused(denied.device_code) == "access_denied"

    old = await devices.open(POOL, REQUEST)
    asked = await devices.pending(POOL, old.user_code, ip_address="a")
    assert asked is not None
    clock.advance(ms=600_000)
    assert not await devices.grant(POOL, asked, CODE)
    assert await refused(old.device_code) == "expired_token"
    assert await devices.pending(POOL, old.user_code, ip_address="a") is None

    for _ in range(9):
        await devices.pending(POOL, "BBBB-BBBB", ip_address="a")
    with pytest.raises(TooManyRequests):
        await devices.pending(POOL, "BBBB-BBBB", ip_address="a")
    fresh = await devices.open(POOL, REQUEST)
    assert await devices.pending(POOL, fresh.user_code, ip_address="b") is not None
    clock.advance(ms=60_000)
    assert await devices.pending(POOL, fresh.user_code, ip_address="a") is not None
