"""Custom e-mail and SMS sender: decrypt the code and send the message oneself.

Name it in CustomEmailSender or CustomSMSSender, with the same key as KMSKeyID.

KEY_ARN    the key
MAIL_URL   address that takes {"to", "subject", "text"} as JSON and sends it
"""

import base64
import html
import json
import os
import urllib.request

import aws_encryption_sdk
from aws_encryption_sdk.identifiers import CommitmentPolicy

SEND_S = 10
TEXTS = {
    "SignUp": "Welcome! Your code is {}.",
    "ResendCode": "Here is another code: {}.",
    "ForgotPassword": "To set a new password, use the code {}.",
    "AdminCreateUser": "Your temporary password is {}.",
}

# Cognito's messages do not commit to their key, so the newest policy would refuse them.
client = aws_encryption_sdk.EncryptionSDKClient(
    commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT
)
keys = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[os.environ["KEY_ARN"]])


def handler(event, _context):
    """Send the message; what is returned is of no interest."""
    request = event["request"]
    medium, _, occasion = event["triggerSource"].partition("Sender_")
    attribute = "email" if medium == "CustomEmail" else "phone_number"
    to = request["userAttributes"].get(attribute)
    if to is None or request.get("code") is None:
        return
    plain, _ = client.decrypt(source=base64.b64decode(request["code"]), key_provider=keys)
    code = html.unescape(plain.decode())  # temporary passwords are escaped
    send(to, TEXTS.get(occasion, "Your code is {}.").format(code))


def send(to, text):
    """Hand a message to whoever sends it."""
    body = json.dumps({"to": to, "subject": "Your code", "text": text}).encode()
    headers = {"Content-Type": "application/json"}
    message = urllib.request.Request(os.environ["MAIL_URL"], body, headers)
    with urllib.request.urlopen(message, timeout=SEND_S):
        pass
