"""The authorization endpoint as use cases: read a request, reuse a session, answer, sign out.

    read ─▶ arrive ─▶ Finished                        a session counts: answered at once
               └───▶ Asks(page) ─▶ … sign-in … ─▶ finish ─▶ Finished

Every page reads the request again from its own address, so nothing stands between the pages but
the address and the browser's cookies. Source: docs/behaviours/oauth.md.
"""

from typing import Final

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.refusal import Refusal
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.oauth import browser_sessions
from poolkeep.core.oauth.browser_sessions import Known
from poolkeep.core.oauth.browsers import Browsers
from poolkeep.core.oauth.codes import Codes
from poolkeep.core.oauth.decision import Verdict, decide, selected
from poolkeep.core.oauth.model import AuthorizationRequest, BrowserSession, Code, Params
from poolkeep.core.oauth.profile import profile_of
from poolkeep.core.oauth.reading import Asked, Requests
from poolkeep.core.oauth.requests import ToClient
from poolkeep.core.oauth.responses import Finished, Pairs, answered, refused
from poolkeep.core.pools.client_checks import LOCAL_USERS
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.sessions import Activity
from poolkeep.core.signin.commands import Authenticated
from poolkeep.core.tokens import Grant, IssuedTokens, Issuers, Tokens
from poolkeep.core.users.model import Group, User
from poolkeep.core.users.ports import Users

SOURCE: Final = "HostedAuth"
"""What the pre-token function is told of the occasion."""
BEARER: Final = "bearer"
"""In lower case, as Cognito writes it in an address."""
MS_PER_S: Final = 1_000


class Asks(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody has to act first: at `/login` or `/signup`, or at another provider."""

    page: str = "/login"
    provider: str = LOCAL_USERS


class _Answered(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers a request, and how they came to be known."""

    user_id: str
    factors: tuple[str, ...]
    authenticated_ms: int
    event_id: str
    provider: str
    level: int | None
    device_key: str | None
    sso_session_id: str | None


class Authorizations:
    """The authorization endpoints of every pool of a region."""

    def __init__(
        self,
        *,
        database: Database,
        requests: Requests,
        browsers: Browsers,
        codes: Codes,
        users: Users,
        tokens: Tokens,
        issuers: Issuers,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        """Keep codes in `database`."""
        self._database = database
        self._requests = requests
        self._browsers = browsers
        self._codes = codes
        self._users = users
        self._tokens = tokens
        self._issuers = issuers
        self._clock = clock
        self._entropy = entropy

    async def read(self, pool: LoadedPool, params: Params, *, managed: bool = True) -> Asked:
        """Return the request of these parameters; see `Requests.read`."""
        return await self._requests.read(pool, params, managed=managed)

    async def known(self, pool: LoadedPool, cookie: str | None) -> Known | None:
        """Return the session of a browser with its user, while both count."""
        return await self._browsers.known(pool, cookie)

    async def session_of(self, pool: LoadedPool, cookie: str | None) -> BrowserSession | None:
        """Return the session of a browser, while it and its user count."""
        return await self._browsers.session_of(pool, cookie)

    async def end_session(self, pool: LoadedPool, cookie: str | None) -> BrowserSession | None:
        """Sign the browser out and return the session that it had; tokens live on."""
        return await self._browsers.end_session(pool, cookie)

    async def arrive(
        self, pool: LoadedPool, asked: Asked, *, cookie: str | None, activity: Activity
    ) -> Finished | Asks:
        """Answer at once where the browser's session counts; else say who has to act.

        Raises ToClient where nobody may be asked (`prompt=none`).
        """
        client, request = asked.client, asked.request
        known = await self.known(pool, cookie)
        verdict = decide(
            request,
            known,
            pool=pool,
            client=client,
            profile=profile_of(pool),
            now_ms=self._clock.now_ms(),
        )
        match verdict:
            case Verdict.REUSE if known is not None:
                return await self._reuse(pool, asked, known, activity)
            case Verdict.LOGIN_REQUIRED | Verdict.LEVEL_REQUIRED:
                raise _no(request, verdict.value)
            case Verdict.SIGN_UP:
                return Asks(page="/signup")
        return Asks(provider=selected(request, client))

    async def finish(
        self,
        pool: LoadedPool,
        client: AppClient,
        request: AuthorizationRequest,
        authenticated: Authenticated,
        *,
        cookie: str | None,
        activity: Activity,
        provider: str = LOCAL_USERS,
    ) -> Finished:
        """Answer a request whose user has just signed in; the browser gets a new session.

        The old cookie dies, whoever's it was: nobody goes on in a session planted before.
        """
        now_ms = self._clock.now_ms()
        before = await self._browsers.known(pool, cookie)
        life_ms = await self._browsers.life_ms(pool)
        value = browser_sessions.new_cookie(self._entropy)
        made = BrowserSession(
            key=browser_sessions.key_of(pool, value),
            pool_id=pool.pool.id,
            user_id=authenticated.user.id,
            client_id=client.id,
            provider=provider,
            factors=authenticated.factors,
            authenticated_ms=authenticated.authenticated_ms,
            expires_ms=authenticated.authenticated_ms + life_ms,
            level=authenticated.level,
            device_key=authenticated.device_key,
        )
        code = self._codes.new_text() if "code" in request.response_types else None
        await self._requests.use_up(pool, request)

        def save(tx: Transaction) -> _Answered:
            session = self._browsers.begin(
                tx, pool, made, cookie=cookie, before=before, activity=activity
            )
            answer = _answered(session, authenticated.event_id)
            self._put_code(tx, pool, request, code, answer, now_ms=now_ms)
            return answer

        answer = await self._database.write(save)
        finished = await self._finished(
            pool, client, request, code, answer,
            user=authenticated.user, groups=authenticated.groups, activity=activity,
        )  # fmt: skip
        return msgspec.structs.replace(
            finished, cookie=value, cookie_life_s=(made.expires_ms - now_ms) // MS_PER_S
        )

    def refuse(self, pool: LoadedPool, error: ToClient) -> Finished:
        """Return the answer that tells a client of an error."""
        return refused(error, self._issuer(pool))

    async def _reuse(
        self, pool: LoadedPool, asked: Asked, known: Known, activity: Activity
    ) -> Finished:
        """Answer by a session; its sign-in's time and proofs go into the tokens."""
        request, now_ms = asked.request, self._clock.now_ms()
        answer = _answered(known.session, uuid4(self._entropy))
        code = self._codes.new_text() if "code" in request.response_types else None
        await self._requests.use_up(pool, request)
        groups: tuple[Group, ...] = ()
        if code is not None:
            await self._database.write(
                lambda tx: self._put_code(tx, pool, request, code, answer, now_ms=now_ms)
            )
        if request.is_implicit:
            user_id = answer.user_id
            groups = tuple(
                await self._database.read(
                    lambda tx: self._users.groups_of(tx, pool.pool.id, user_id)
                )
            )
        return await self._finished(
            pool, asked.client, request, code, answer,
            user=known.user, groups=groups, activity=activity,
        )  # fmt: skip

    def _put_code(
        self,
        tx: Transaction,
        pool: LoadedPool,
        request: AuthorizationRequest,
        code: str | None,
        answer: _Answered,
        *,
        now_ms: int,
    ) -> None:
        if code is None:
            return
        self._codes.put(
            tx,
            pool,
            code,
            Code(
                request=request,
                user_id=answer.user_id,
                factors=answer.factors,
                authenticated_ms=answer.authenticated_ms,
                issued_ms=now_ms,
                event_id=answer.event_id,
                provider=answer.provider,
                level=answer.level,
                device_key=answer.device_key,
                sso_session_id=answer.sso_session_id,
            ),
        )

    async def _finished(
        self,
        pool: LoadedPool,
        client: AppClient,
        request: AuthorizationRequest,
        code: str | None,
        answer: _Answered,
        *,
        user: User,
        groups: tuple[Group, ...],
        activity: Activity,
    ) -> Finished:
        tokens = None
        if request.is_implicit:
            grant = Grant(
                pool=pool,
                client=client,
                user=user,
                groups=groups,
                auth_time_ms=answer.authenticated_ms,
                event_id=answer.event_id,
                factors=answer.factors,
                scopes=request.scopes,
                device_key=answer.device_key,
                sso_session_id=answer.sso_session_id,
                nonce=request.nonce,
                level=answer.level,
                activity=activity,
                audience=request.resource,
                provider=answer.provider,
                from_pages=True,
                code=code,
            )
            try:
                tokens = await self._tokens.issue(grant, source=SOURCE)
            except Refusal as refusal:
                raise _no(request, "invalid_request", refusal.text or None) from refusal
        pairs = _pairs(request, code, tokens, strict=profile_of(pool).strict)
        issuer = self._issuer(pool)
        tail: Pairs = () if issuer is None else (("iss", issuer),)
        return answered(request.redirect_uri, request.response_mode, pairs + tail)

    def _issuer(self, pool: LoadedPool) -> str | None:
        """Return what tells clients of several providers who answers (RFC 9207), where known."""
        return self._issuers.of(pool.pool) if profile_of(pool).strict else None


def _answered(session: BrowserSession, event_id: str) -> _Answered:
    return _Answered(
        user_id=session.user_id,
        factors=session.factors,
        authenticated_ms=session.authenticated_ms,
        event_id=event_id,
        provider=session.provider,
        level=session.level,
        device_key=session.device_key,
        sso_session_id=session.sso_session_id,
    )


def _pairs(
    request: AuthorizationRequest, code: str | None, tokens: IssuedTokens | None, *, strict: bool
) -> Pairs:
    """Return what the client gets, in Cognito's order.

    Cognito's `token` brings the ID token too where `openid` is granted; the RFCs' does not.
    """
    given: list[tuple[str, str | None]] = [("code", code)]
    if tokens is not None:
        if "id_token" in request.response_types or not strict:
            given.append(("id_token", tokens.id_token))
        if "token" in request.response_types:
            given.append(("access_token", tokens.access_token))
            given.append(("token_type", BEARER))
            given.append(("expires_in", str(tokens.expires_in_s)))
    given.append(("state", request.state))
    return tuple((name, value) for name, value in given if value is not None)


def _no(request: AuthorizationRequest, error: str, description: str | None = None) -> ToClient:
    return ToClient(
        request.redirect_uri,
        error,
        description=description,
        state=request.state,
        mode=request.response_mode,
    )
