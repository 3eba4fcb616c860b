"""ID, access and refresh tokens: claims, issue, refresh, revocation, and who a token speaks for.

    sign-in ──▶ Grant ──▶ issue ──▶ access + ID (RS256), refresh (sealed envelope)
    refresh token ──▶ refresh ──▶ issue          access token ──▶ authenticate ──▶ Caller

Only revocations and rotations are stored; everything else a refresh token says, it carries
sealed. Source of the claims: docs/behaviours/tokens.md.
"""

from poolkeep.core.tokens.issuer import Issuers
from poolkeep.core.tokens.model import Caller, Grant, IssuedTokens, RefreshContents
from poolkeep.core.tokens.service import Tokens

__all__ = ["Caller", "Grant", "IssuedTokens", "Issuers", "RefreshContents", "Tokens"]
