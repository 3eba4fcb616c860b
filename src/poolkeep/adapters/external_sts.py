"""Questions to another token service: AssumeRoleWithWebIdentity in its query form, unsigned.

Nothing of an answer is believed but one set of credentials in the place where it belongs, or one
code and its text. The XML is read by the one hard parser; redirects, and whatever else is no
answer of a token service, are no answer.
"""

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from poolkeep.adapters.outgoing import Outgoing, OutgoingFailed, OutgoingRefused
from poolkeep.base.secret import Secret
from poolkeep.core.identities.external import Exchange, NoAnswer, RefusedElsewhere
from poolkeep.core.identities.model import Credentials
from poolkeep.crypto.signed_xml import XmlRefused, parse

if TYPE_CHECKING:
    from lxml.etree import _Element

ACTION: Final = "AssumeRoleWithWebIdentity"
VERSION: Final = "2011-06-15"
ANSWER_BYTES_MAX: Final = 64 * 1024
ANSWER_S: Final = 5.0
ERROR_CHARS_MAX: Final = 200
OK: Final = 200
REFUSALS: Final = range(400, 500)
TOO_MANY: Final = 429
MS_PER_S: Final = 1_000
HEADERS: Final = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Accept": "application/xml, text/xml",
    "Accept-Encoding": "identity",
}
_KEY_ID: Final = re.compile(r"\w{1,128}", re.ASCII)
_SECRET: Final = re.compile(r"[\x21-\x7e]{1,256}")
_TOKEN: Final = re.compile(r"[\x21-\x7e]+")
_CODE: Final = re.compile(r"[A-Za-z0-9.:]{1,64}")


class ExternalTokenService:
    """Asks over HTTP. Implements `core.identities.external.Exchanges`."""

    def __init__(self, outgoing: Outgoing) -> None:
        """Ask through `outgoing`, which bounds what comes back."""
        self._outgoing = outgoing

    async def credentials(self, url: str, asked: Exchange) -> Credentials:
        """Return what a token service gives. Raises RefusedElsewhere and NoAnswer."""
        form = {
            "Action": ACTION,
            "Version": VERSION,
            "RoleArn": asked.role_arn,
            "RoleSessionName": asked.session_name,
            "WebIdentityToken": asked.token.reveal(),
            "DurationSeconds": str(asked.duration_s),
        }
        if asked.policy is not None:
            form["Policy"] = asked.policy
        body = urlencode(form, quote_via=quote, safe="").encode("ascii")
        try:
            answer = await self._outgoing.request("POST", url, headers=HEADERS, body=body)
        except (OutgoingFailed, OutgoingRefused) as error:
            raise NoAnswer(f"no answer of the token service: {error}") from error
        if answer.status == TOO_MANY:
            raise NoAnswer("the token service has too many requests")
        if answer.status != OK and answer.status not in REFUSALS:
            raise NoAnswer(f"the token service answers with status {answer.status}")
        try:
            root = parse(answer.body, bytes_max=ANSWER_BYTES_MAX, nodes_max=100)
            if answer.status == OK:
                return _credentials(root)
            refused = _refusal(root)
        except (XmlRefused, ValueError) as error:
            raise NoAnswer(f"status {answer.status} and no token service: {error}") from error
        raise refused


def _credentials(root: "_Element") -> Credentials:
    found = root.findall(f"{{*}}{ACTION}Result/{{*}}Credentials")
    if _name(root) != f"{ACTION}Response" or len(found) != 1:
        raise ValueError("there is not one set of credentials")
    ends_ms = _moment_ms(_text(found[0], "Expiration"))
    return Credentials(
        access_key_id=_matched(_KEY_ID, _text(found[0], "AccessKeyId")),
        secret=Secret(_matched(_SECRET, _text(found[0], "SecretAccessKey"))),
        token=Secret(_matched(_TOKEN, _text(found[0], "SessionToken"))),
        expires_ms=ends_ms,
    )


def _refusal(root: "_Element") -> RefusedElsewhere:
    """Return what an `Error` says, which is the root, or in an `ErrorResponse`."""
    error = root if _name(root) == "Error" else root.find("{*}Error")
    if error is None:
        raise ValueError("there is no error in it")
    message = error.findtext("{*}Message") or ""
    printable = "".join(each if each.isprintable() else " " for each in message)
    return RefusedElsewhere(_matched(_CODE, _text(error, "Code")), printable[:ERROR_CHARS_MAX])


def _name(node: "_Element") -> str:
    return str(node.tag).rpartition("}")[2]


def _text(node: "_Element", name: str) -> str:
    found = node.findall(f"{{*}}{name}")
    if len(found) != 1 or len(found[0]):
        raise ValueError(f"there is not one {name}")
    return (found[0].text or "").strip()


def _moment_ms(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError("the credentials end at no certain moment")
    return int(moment.timestamp() * MS_PER_S)


def _matched(pattern: re.Pattern[str], text: str) -> str:
    """Return the text, of which a refusal tells nothing: it may be a secret."""
    if not pattern.fullmatch(text):
        raise ValueError("a value is not of its form")
    return text
