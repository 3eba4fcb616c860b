"""A custom challenge: a question that people can answer, after the password.

DefineAuthChallenge is `define`, CreateAuthChallenge `create`, VerifyAuthChallengeResponse
`verify`. The client begins with CUSTOM_AUTH and SRP.
"""

import hmac
import secrets

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TRIES = 3


def define(event, _context):
    """First the password, then the question; three answers may be wrong."""
    request, response = event["request"], event["response"]
    session = request["session"]
    questions = [one for one in session if one["challengeName"] == "CUSTOM_CHALLENGE"]
    if not session or session[0]["challengeName"] != "SRP_A":
        response.update(issueTokens=False, failAuthentication=True)
    elif len(session) == 1:
        response.update(issueTokens=False, failAuthentication=False)
        response["challengeName"] = "PASSWORD_VERIFIER"
    elif not session[1]["challengeResult"]:
        response.update(issueTokens=False, failAuthentication=True)
    elif questions and questions[-1]["challengeResult"]:
        # Whoever does not exist has no password; this is for the day when we change the order.
        response.update(issueTokens=not request.get("userNotFound"), failAuthentication=False)
    elif len(questions) >= TRIES:
        response.update(issueTokens=False, failAuthentication=True)
    else:
        response.update(issueTokens=False, failAuthentication=False)
        response["challengeName"] = "CUSTOM_CHALLENGE"
    return event


def create(event, _context):
    """Ask for a sum, in words; a picture would do as well."""
    one, other = secrets.randbelow(10), secrets.randbelow(10)
    event["response"]["publicChallengeParameters"] = {
        "question": f"How much is {WORDS[one]} and {WORDS[other]}?"
    }
    event["response"]["privateChallengeParameters"] = {"answer": str(one + other)}
    event["response"]["challengeMetadata"] = "SUM"
    return event


def verify(event, _context):
    """Compare the answer."""
    request = event["request"]
    expected = request["privateChallengeParameters"]["answer"]
    given = request["challengeAnswer"].strip()
    event["response"]["answerCorrect"] = hmac.compare_digest(expected.encode(), given.encode())
    return event
