"""User migration from a system of one's own, here a file of JSON.

For users of another Cognito there is a function that needs no code: migrate+https://….

USERS_FILE   {"ada": {"email": "ada@example.com", "salt": "<hex>", "scrypt": "<hex>"}, …}
"""

import hashlib
import hmac
import json
import os
from pathlib import Path

COST = {"n": 2**14, "r": 8, "p": 1}


def handler(event, _context):
    """Bring a user who has the password right, or who has forgotten it."""
    known = json.loads(Path(os.environ["USERS_FILE"]).read_text())
    user = known.get(event["userName"].lower())
    response = event["response"]
    if event["triggerSource"] == "UserMigration_Authentication":
        if user is None or not is_right(event["request"]["password"], user):
            # One text for both, so that nobody learns who has an account.
            raise ValueError("Incorrect username or password")
        response["finalUserStatus"] = "CONFIRMED"
    elif user is None:
        raise ValueError("Incorrect username or password")
    else:
        response["finalUserStatus"] = "RESET_REQUIRED"
    response["userAttributes"] = {"email": user["email"], "email_verified": "true"}
    response["messageAction"] = "SUPPRESS"
    return event


def is_right(password, user):
    """Compare a password with its hash."""
    digest = hashlib.scrypt(password.encode(), salt=bytes.fromhex(user["salt"]), **COST)
    return hmac.compare_digest(digest, bytes.fromhex(user["scrypt"]))
