"""Sign in without a password, by a link in an e-mail.

DefineAuthChallenge is `define`, CreateAuthChallenge `create`, VerifyAuthChallengeResponse
`verify`. The client begins with CUSTOM_AUTH, waits for the link to be followed, and answers with
the code in it.

LINK_URL   page of your application that the link leads to
MAIL_URL   address that takes {"to", "subject", "text"} as JSON and sends it
"""

import hmac
import json
import os
import secrets
import urllib.parse
import urllib.request

CODE_BYTES = 24
MAIL_S = 3


def define(event, _context):
    """One link, and one answer to it."""
    request, response = event["request"], event["response"]
    session = request["session"]
    right = bool(session) and session[-1]["challengeResult"]
    response["issueTokens"] = bool(right and not request.get("userNotFound"))
    response["failAuthentication"] = bool(session and not response["issueTokens"])
    if not session:
        response["challengeName"] = "CUSTOM_CHALLENGE"
    return event


def create(event, _context):
    """Send the link; to nobody, where there is nobody."""
    code = secrets.token_urlsafe(CODE_BYTES)
    attributes = event["request"]["userAttributes"]
    if attributes.get("email_verified") == "true":
        query = urllib.parse.urlencode({"name": event["userName"], "code": code})
        send(attributes["email"], f"Sign in: {os.environ['LINK_URL']}?{query}")
    event["response"]["publicChallengeParameters"] = {"sent": "true"}
    event["response"]["privateChallengeParameters"] = {"code": code}
    event["response"]["challengeMetadata"] = "EMAIL_LINK"
    return event


def verify(event, _context):
    """Compare the code of the link."""
    request = event["request"]
    expected = request["privateChallengeParameters"]["code"].encode()
    given = request["challengeAnswer"].encode()
    event["response"]["answerCorrect"] = hmac.compare_digest(expected, given)
    return event


def send(to, text):
    """Hand a message to whoever sends it."""
    body = json.dumps({"to": to, "subject": "Your link", "text": text}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(os.environ["MAIL_URL"], body, headers)
    with urllib.request.urlopen(request, timeout=MAIL_S):
        pass
