"""Refusals in OAuth's own words: a code of the RFCs, and a sentence for the developer."""

from poolkeep.base.refusal import Refusal


class OAuthRefusal(Refusal):
    """An OAuth error. `error` is the RFC's code, `status` what HTTP says; `headers` go with it."""

    def __init__(
        self,
        error: str,
        description: str | None = None,
        *,
        status: int = 400,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Refuse with this code; no description where Cognito gives none."""
        super().__init__(description or error)
        self.error = error
        self.description = description
        self.status = status
        self.headers = headers
