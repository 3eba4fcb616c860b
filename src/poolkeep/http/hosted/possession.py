"""Proofs of possession that come with a request (RFC 9449). Strict profile only."""

from poolkeep.core.oauth.dpop import Presented
from poolkeep.core.oauth.profile import profile_of
from poolkeep.http.hosted.web import Visit

HEADER = "dpop"


async def key_of(visit: Visit, access_token: str | None = None) -> str | None:
    """Return the thumbprint of the key that made the request's proof, None without one.

    With an access token the proof must be for that token. Refuses `invalid_dpop_proof`.
    """
    proof = visit.headers.get(HEADER)
    if proof is None or not profile_of(visit.pool).strict:
        return None
    key: str | None = await visit.services.oauth_extensions.proofs.key_of(
        visit.pool,
        Presented(
            proofs=(proof,) if HEADER not in visit.repeated else (proof, proof),
            method=visit.method,
            url=visit.absolute(visit.path),
            access_token=access_token,
        ),
    )
    return key
