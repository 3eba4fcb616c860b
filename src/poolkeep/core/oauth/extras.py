"""What the documents of strict pools say beside Cognito's members: the extensions. Pure.

Importing this module registers them; whoever wires the extensions does.
"""

from poolkeep.core.oauth import device_authorization
from poolkeep.core.oauth.discovery import Members, strict_extra
from poolkeep.core.oauth.dpop import SIGNING_ALGORITHMS
from poolkeep.core.pools.loaded import LoadedPool


@strict_extra
def responses(_pool: LoadedPool, _base: str) -> Members:
    """Tell how answers may travel, and that they name who answers (RFC 9207)."""
    return {
        "response_modes_supported": ["form_post"],
        "authorization_response_iss_parameter_supported": True,
    }


@strict_extra
def pushed(_pool: LoadedPool, base: str) -> Members:
    """Tell where requests are pushed (RFC 9126, 5)."""
    return {
        "pushed_authorization_request_endpoint": f"{base}/oauth2/par",
        "require_pushed_authorization_requests": False,
    }


@strict_extra
def devices(_pool: LoadedPool, base: str) -> Members:
    """Tell where devices ask (RFC 8628, 4)."""
    return {
        "device_authorization_endpoint": f"{base}/oauth2/device_authorization",
        "grant_types_supported": [device_authorization.GRANT_TYPE],
    }


@strict_extra
def proofs(_pool: LoadedPool, _base: str) -> Members:
    """Tell which signatures proofs of possession may have (RFC 9449, 5.1)."""
    return {"dpop_signing_alg_values_supported": list(SIGNING_ALGORITHMS)}


@strict_extra
def sign_outs(_pool: LoadedPool, _base: str) -> Members:
    """Tell that applications hear of sign-outs (Back-Channel Logout 1.0, 2.1)."""
    return {
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": False,
    }
