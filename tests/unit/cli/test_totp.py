"""`poolkeep totp`: the code that a phone would show, and what a phone would scan."""

import re
import urllib.parse

import pytest
from click.testing import CliRunner

from poolkeep.cli.main import root
from poolkeep.cli.totp import address, picture
from poolkeep.crypto.totp import seed_of, seed_text
from tests.behaviours.factors import Authenticator, now
from tests.sdk.support import holds

SECRET = "JW2OXKN4FNEZZBUFKTHLL5C3MPD5QTNN4XYKU6WYNDRRV44WSPAQ"


def near(secret: str) -> set[str]:
    phone = Authenticator(secret)
    return {phone.at(now() + shift) for shift in (-1, 0, 1)}


@holds("MFA-99")
@pytest.mark.parametrize(
    "arguments, typed",
    [
        ([SECRET], ""),
        ([SECRET.lower()], ""),
        ([" ".join(re.findall(".{4}", SECRET))], ""),
        ([], SECRET + "\n"),
        (["-"], SECRET + "\n"),
    ],
)
def test_the_code_is_that_of_the_phone(arguments: list[str], typed: str) -> None:
    done = CliRunner().invoke(root, ["totp", *arguments], input=typed)
    assert done.exit_code == 0, done.output
    code, _, left_s, _ = done.output.split()
    assert code in near(SECRET)
    assert 1 <= int(left_s) <= 30
    plain = CliRunner().invoke(root, ["totp", "--plain", *arguments], input=typed)
    assert plain.output.strip() in near(SECRET)


@holds("MFA-99")
def test_the_picture_is_shown_above_the_code() -> None:
    done = CliRunner().invoke(root, ["totp", SECRET, "--qr", "--account", "mary"])
    assert done.exit_code == 0, done.output
    assert done.output.startswith(
        picture(address(seed_of(SECRET), account="mary", issuer="poolkeep"))
    )
    assert done.output.count("\n") > 20


@holds("MFA-99")
def test_the_address_is_what_apps_scan() -> None:
    told = urllib.parse.urlsplit(address(seed_of(SECRET), account="m:ary & co", issuer="A B"))
    assert (told.scheme, told.netloc) == ("otpauth", "totp")
    assert urllib.parse.unquote(told.path) == "/A B:m:ary & co"
    assert urllib.parse.parse_qs(told.query) == {"secret": [SECRET], "issuer": ["A B"]}
    assert "+" not in told.query


@pytest.mark.parametrize("secret", ["", "1", "not base32!", "ABC1", "=", "\x00"])
def test_what_is_no_secret_is_said_to_be_none(secret: str) -> None:
    done = CliRunner().invoke(root, ["totp", "-"], input=secret + "\n")
    assert done.exit_code == 1
    assert "that is no secret" in done.output
    assert "Traceback" not in done.output


def test_seeds_survive_their_spelling() -> None:
    for length in (10, 16, 20, 32):
        seed = bytes(range(length))
        assert seed_of(seed_text(seed)) == seed
