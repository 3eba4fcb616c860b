"""Texts that callers read about codes and their delivery. Source: docs/behaviours/errors.md."""

CODE_MISMATCH = "Invalid verification code provided, please try again."
EXPIRED_CODE = "Invalid code provided, please request a code again."
NO_SMS_CONFIGURATION = "User pool does not have SMS configuration to send messages."
NO_TRANSPORT = {
    "EMAIL": "Failed to deliver the message: no transport for e-mail is configured.",
    "SMS": "Failed to deliver the message: no transport for SMS is configured.",
}
MESSAGE_TOO_LONG = "Unrecognizable lambda output"
