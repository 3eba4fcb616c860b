"""Who signs a request: verify SigV4 against the stored access keys.

A session token of ours tells whose the temporary key is and what signs, and no database is asked.

In development any signature is accepted, and an access key of twelve digits is an account of its
own, so that parallel tests do not meet; a key that IAM made is its user's, and a session is itself.
A site that a developer visits has no part in that.
"""

from collections.abc import Awaitable, Callable, Collection
from typing import NamedTuple, Protocol

from poolkeep.base.clock import Clock
from poolkeep.base.refusal import Refusal
from poolkeep.base.secret import Secret
from poolkeep.core.sts.model import IssuedSession, Session
from poolkeep.http.aws.request import HttpRequest
from poolkeep.http.origins import is_from_foreign_page
from poolkeep.wire import sigv4

ACCOUNT_DIGITS = 12
ROOT = "root"
USER = "user/"
LONG_TERM = "AKIA"
UNKNOWN = "The security token included in the request is invalid."
SIGNED_ELSEWHERE = "public"
"""The listener that, where ports are split, does not take signed operations."""
FOREIGN_PAGE = (
    "In development, where any signature is accepted, pages of other machines may not call signed "
    "operations."
)


class AccessDenied(Refusal):
    """It is not allowed, by policies or from there."""

    code = "AccessDeniedException"
    query_code = "AccessDenied"


class MissingAuthentication(Refusal):
    """A signed operation without a signature."""

    code = "MissingAuthenticationTokenException"
    query_code = "MissingAuthenticationToken"


class UnrecognizedClient(Refusal):
    """An access key that we do not know, or that is off."""

    code = "UnrecognizedClientException"
    query_code = "InvalidClientTokenId"


class KeyPair(Protocol):
    """An access key as stored."""

    @property
    def account(self) -> str:
        """The account that it belongs to."""
        ...

    @property
    def principal(self) -> str:
        """`root`, or whom the key speaks for."""
        ...

    @property
    def secret(self) -> Secret[str]:
        """What signs."""
        ...

    @property
    def active(self) -> bool:
        """Whether it may be used."""
        ...


class Sessions(Protocol):
    """Opens session tokens."""

    def peek(self, token: str) -> IssuedSession | None:
        """Return what a token holds, ended or not; None when it is not ours."""
        ...

    def open(self, token: str) -> IssuedSession:
        """Return what a token holds. Raises SessionUnknown and SessionExpired."""
        ...


class Identity(NamedTuple):
    """A caller whose signature is right."""

    account: str
    principal: str
    region: str
    session: Session | None = None
    """Of temporary credentials, what the session token tells."""
    access_key_id: str = ""


class Callers:
    """Identifies callers of signed operations."""

    def __init__(
        self,
        *,
        find: Callable[[str], Awaitable[KeyPair | None]],
        clock: Clock,
        regions: Collection[str],
        default_account: str,
        any_signature: bool,
        ports_are_split: bool = False,
        may_sign: Callable[[str], bool] = lambda _: True,
        sessions: Sessions | None = None,
    ) -> None:
        """Look key pairs up with `find`; `clock` is the machine's own, `sessions` open tokens.

        With split ports signed operations answer on the admin port only; `may_sign` tells
        whether they may come from an address at all.
        """
        self._find = find
        self._clock = clock
        self._regions = regions
        self._default_account = default_account
        self._any_signature = any_signature
        self._ports_are_split = ports_are_split
        self._may_sign = may_sign
        self._sessions = sessions

    def answers_at(self, request: HttpRequest) -> bool:
        """Tell whether signed operations exist where the request came in."""
        return not self._ports_are_split or request.listener != SIGNED_ELSEWHERE

    async def identify(self, request: HttpRequest, service: str) -> Identity:
        """Return the caller; refuses a missing, unknown, wrong or stale signature."""
        if not self._may_sign(request.source_ip):
            raise AccessDenied("Signed operations are not accepted from this address.")
        claimed = sigv4.parse(request.headers, request.raw_query)
        if claimed is None:
            raise MissingAuthentication("Missing Authentication Token")
        if self._any_signature:
            if is_from_foreign_page(request.header(b"origin"), request.header(b"sec-fetch-site")):
                raise UnrecognizedClient(FOREIGN_PAGE)
            if self._is_our_session(claimed):
                return self._of_session(claimed, request, service)
            return await self._of_user(claimed) or self._trusted(claimed)
        if claimed.session_token is not None:
            return self._of_session(claimed, request, service)
        pair = await self._find(claimed.access_key_id)
        if pair is None or not pair.active:
            raise UnrecognizedClient(UNKNOWN)
        self._verify(claimed, pair.secret, request, service)
        return Identity(
            pair.account, pair.principal, claimed.region, access_key_id=claimed.access_key_id
        )

    def _is_our_session(self, claimed: sigv4.SignedRequest) -> bool:
        token, sessions = claimed.session_token, self._sessions
        return token is not None and sessions is not None and sessions.peek(token) is not None

    def _of_session(
        self, claimed: sigv4.SignedRequest, request: HttpRequest, service: str
    ) -> Identity:
        """Return who holds temporary credentials. The token proves itself, the signature the rest.

        Raises SessionUnknown and SessionExpired; the latter only to who could sign.
        """
        if self._sessions is None or claimed.session_token is None:
            raise UnrecognizedClient(UNKNOWN)
        held = self._sessions.peek(claimed.session_token)
        if held is None or held.session.access_key_id != claimed.access_key_id:
            raise UnrecognizedClient(UNKNOWN)
        self._verify(claimed, held.secret, request, service)
        session = self._sessions.open(claimed.session_token).session
        return Identity(
            session.account,
            principal_of(session),
            claimed.region,
            session=session,
            access_key_id=claimed.access_key_id,
        )

    def _verify(
        self, claimed: sigv4.SignedRequest, secret: Secret[str], request: HttpRequest, service: str
    ) -> None:
        sigv4.verify(
            claimed,
            secret,
            sent=sigv4.Sent(
                method=request.method, raw_path=request.raw_path, raw_query=request.raw_query,
                headers=request.headers, body=request.body,
            ),
            now_ms=self._clock.now_ms(),
            service=service,
            regions=self._regions_of(service),
        )  # fmt: skip

    async def _of_user(self, claimed: sigv4.SignedRequest) -> Identity | None:
        """Return the user of IAM whose key this is, so that policies can be tried."""
        if not claimed.access_key_id.startswith(LONG_TERM):
            return None
        pair = await self._find(claimed.access_key_id)
        if pair is None or not pair.principal.startswith(USER):
            return None
        if not pair.active:
            raise UnrecognizedClient(UNKNOWN)
        return self._trusted(claimed)._replace(
            account=pair.account, principal=pair.principal, access_key_id=claimed.access_key_id
        )

    def _trusted(self, claimed: sigv4.SignedRequest) -> Identity:
        key = claimed.access_key_id
        own = len(key) == ACCOUNT_DIGITS and key.isascii() and key.isdigit()
        if claimed.region not in self._regions:
            wrong = (
                f"Credential should be scoped to a valid region: this server serves "
                f"{', '.join(self._regions)}, not {sigv4.printable(claimed.region)}."
            )
            raise sigv4.InvalidSignature(wrong)
        return Identity(key if own else self._default_account, ROOT, claimed.region)

    def _regions_of(self, service: str) -> Collection[str]:
        """Return the regions a signature may name: IAM and STS are also global."""
        return {*self._regions, "us-east-1"} if service in {"iam", "sts"} else self._regions


def principal_of(session: Session) -> str:
    """Return the principal that a session is, as the audit trail names it."""
    match session.kind:
        case "role":
            return session.arn.partition(":")[2].rpartition(":")[2]
        case "federated":
            return f"federated-user/{session.session_name}"
        case _:
            return ROOT if session.user_name == ROOT else f"{USER}{session.user_name}"
