"""Texts of the authorization endpoint that callers see."""

from typing import Final

USER_GONE: Final = "User is disabled."
