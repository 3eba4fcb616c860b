"""Pre sign-up: let in whose e-mail address is of one of our domains.

ALLOWED_DOMAINS   such as "example.com example.org"
"""

import os

ALLOWED = frozenset(os.environ["ALLOWED_DOMAINS"].lower().split())


def handler(event, _context):
    """Refuse strangers; confirm colleagues at once, who have proven nothing yet but a domain."""
    address = event["request"]["userAttributes"].get("email", "").lower()
    _, _, domain = address.rpartition("@")
    if domain not in ALLOWED:
        # The text reaches whoever signs up.
        raise ValueError("Only people of our company may sign up")
    if event["triggerSource"] == "PreSignUp_SignUp":
        event["response"]["autoConfirmUser"] = True
    return event
