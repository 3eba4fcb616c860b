"""Checks before a sign-in begins or goes on: flow, parameters, handle, secret hash. Pure."""

from collections.abc import Mapping

from poolkeep.base.refusal import InvalidParameter, NotAuthorized
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import auth_flows, rotates, uses_srp
from poolkeep.core.signin import handles, wording
from poolkeep.core.signin.attempt import Attempt, Flow
from poolkeep.core.signin.challenges import device_password_verifier, mfa_setup, password_verifier
from poolkeep.core.signin.commands import Respond
from poolkeep.core.signin.secret_hash import check_secret_hash
from poolkeep.core.signin.srp_exchange import block_of, block_text

ADMIN_PASSWORD_FLOWS = {"ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"}
BLOCK_IS_HANDLE = frozenset({password_verifier.NAME, device_password_verifier.NAME})
"""Challenges whose SECRET_BLOCK is the handle once more, where they have a Session."""
REFRESH_FLOWS = {"REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"}


def permitted(pool: LoadedPool, client: AppClient, flow: str, *, by_admin: bool) -> Flow:
    """Return the flow if this API and this client offer it."""
    is_admin_flow = flow in ADMIN_PASSWORD_FLOWS
    if is_admin_flow != by_admin and (is_admin_flow or flow == "USER_PASSWORD_AUTH"):
        raise InvalidParameter(wording.METHOD_NOT_SUPPORTED)
    wanted = Flow.ADMIN_USER_PASSWORD_AUTH if is_admin_flow else Flow(flow)
    if wanted not in auth_flows(client) or (wanted is Flow.USER_SRP_AUTH and not uses_srp(pool)):
        raise InvalidParameter(wording.ADMIN_FLOW_OFF if is_admin_flow else wording.flow_off(flow))
    return wanted


def permit_refresh(client: AppClient) -> None:
    """Refuse the flow where the client does not list it; a rotating client gets its own answer."""
    if "REFRESH_TOKEN_AUTH" not in auth_flows(client) and not rotates(client):
        raise InvalidParameter(wording.flow_off("REFRESH_TOKEN_AUTH"))


def demand(flow: Flow, given: Mapping[str, str]) -> None:
    """Refuse a request that lacks what its flow needs."""
    needed = {
        Flow.USER_PASSWORD_AUTH: "PASSWORD",
        Flow.ADMIN_USER_PASSWORD_AUTH: "PASSWORD",
        Flow.USER_SRP_AUTH: "SRP_A",
        Flow.CUSTOM_AUTH: "SRP_A" if given.get("CHALLENGE_NAME") == "SRP_A" else None,
    }.get(flow)
    if needed is not None and not given.get(needed):
        raise InvalidParameter(wording.missing(needed))


def handle_of(command: Respond) -> bytes:
    """Return the sealed handle: Session, or the block that the SRP flow uses in its place."""
    if command.session is not None:
        sealed = handles.from_text(command.session)
        block = command.answers.get("PASSWORD_CLAIM_SECRET_BLOCK")
        if block and command.challenge in BLOCK_IS_HANDLE and block != block_text(sealed):
            raise NotAuthorized(wording.SESSION_INVALID)
        return sealed
    if command.challenge not in BLOCK_IS_HANDLE:
        raise InvalidParameter(wording.missing("Session"))
    if not command.answers.get("PASSWORD_CLAIM_SECRET_BLOCK"):
        raise InvalidParameter(wording.missing("PASSWORD_CLAIM_SECRET_BLOCK"))
    return block_of(command.answers)


def demand_session(command: Respond, attempt: Attempt) -> None:
    """Refuse a proof of SRP without the Session that its flow gave beside the block."""
    alone = attempt.flow is Flow.USER_SRP_AUTH or attempt.awaiting != password_verifier.NAME
    if command.session is None and not alone:
        raise InvalidParameter(wording.missing("Session"))


def demand_place(command: Respond, attempt: Attempt) -> None:
    """Refuse an attempt of the pages in the API or at another request, and one of the API there."""
    if command.authorization_request != attempt.authorization_request:
        raise NotAuthorized(wording.SESSION_INVALID)


def check_address(command: Respond, attempt: Attempt) -> None:
    """Refuse a Session before which another client's id was put, or from which its own was cut."""
    if command.session is None:
        return
    expected = command.client_id if attempt.awaiting == mfa_setup.NAME else None
    if handles.client_of(command.session) != expected:
        raise NotAuthorized(wording.SESSION_INVALID)


def check_any_hash(client: AppClient, names: frozenset[str], given: str | None) -> None:
    """Accept the hash over any name of the token's owner; all of them are tried."""
    failure: NotAuthorized | None = None
    right = False
    for name in names:
        try:
            check_secret_hash(client, name, given)
            right = True
        except NotAuthorized as refusal:
            failure = refusal
    if not right and failure is not None:
        raise failure
