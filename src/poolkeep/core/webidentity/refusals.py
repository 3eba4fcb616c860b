"""Why a token of another issuer is not believed; whoever asked has words of its own for each."""


class TokenRefused(Exception):
    """The token is not believed."""


class NotAToken(TokenRefused):
    """Not a signed JWT in the form and by an algorithm that we take."""


class IssuerDiffers(TokenRefused):
    """The token is of another issuer than it should be."""

    def __init__(self, issuer: str) -> None:
        """Carry the issuer that it names."""
        super().__init__()
        self.issuer = issuer


class ClaimMissing(TokenRefused):
    """A claim that every token has is not there, or of the wrong kind."""

    def __init__(self, name: str) -> None:
        """Carry the name of the claim."""
        super().__init__()
        self.name = name


class TokenExpired(TokenRefused):
    """The token was good once."""

    def __init__(self, now_s: int, exp: int) -> None:
        """Carry the moment, and the token's end."""
        super().__init__()
        self.now_s = now_s
        self.exp = exp


class NotYetValid(TokenRefused):
    """The token is of the future."""


class SignatureWrong(TokenRefused):
    """No key of the issuer has signed this."""


class KeysAway(TokenRefused):
    """The issuer does not tell its keys now."""
