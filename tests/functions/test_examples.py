"""The functions of examples/triggers, under the runtime clients that AWS publishes."""

import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import pytest

from tests.functions.servers import ACCOUNT, configured
from tests.functions.support import ARN, NODE_CLIENT, client_of
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import (
    PASSWORD,
    Json,
    Wire,
    an_email,
    attributes,
    claims_of,
    refused,
    unique,
)
from tests.support.node import FOLDER, run_node
from tests.support.server import ROOT, Server

EXAMPLES: Final = ROOT / "examples" / "triggers"
KEY: Final = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-4234-8234-123456789abc"
GROUP: Final = "newcomers"
NODE_PACKAGES: Final = {
    "aws-lambda-ric": NODE_CLIENT,
    "@aws-crypto": NODE_CLIENT.parent / "@aws-crypto",
    "@aws-sdk": FOLDER / "node_modules" / "@aws-sdk",
}
# The function's name: its file without suffix, and the handler in it.
FUNCTIONS: Final = {
    "allow-list": ("allow_list", "handler"),
    "claims": ("claims", "handler"),
    "captcha-define": ("captcha", "define"),
    "captcha-create": ("captcha", "create"),
    "captcha-verify": ("captcha", "verify"),
    "link-define": ("email_link", "define"),
    "link-create": ("email_link", "create"),
    "link-verify": ("email_link", "verify"),
    "sender": ("sender", "handler"),
    "migrate": ("migrate", "handler"),
    "groups": ("groups", "handler"),
}


class Mailbox:
    """Takes messages as the examples send them, and shows the newest."""

    def __init__(self) -> None:
        self.messages: list[dict[str, str]] = []
        self._came = threading.Condition()
        box = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                message = json.loads(self.rfile.read(size))
                with box._came:
                    box.messages.append(message)
                    box._came.notify_all()
                self._answer(b"{}")

            def do_GET(self) -> None:
                self._answer(json.dumps(box.messages[-1]).encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def _answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def newest_to(self, address: str, within_s: float = 20.0) -> str:
        """Return the text of the newest message to an address, once there is one."""
        with self._came:
            came = self._came.wait_for(lambda: self._to(address), within_s)
        assert came, f"nothing came to {address}: {self.messages}"
        return self._to(address)[-1]

    def _to(self, address: str) -> list[str]:
        return [one["text"] for one in self.messages if one["to"] == address]


class Place:
    """A server with the examples of one language."""

    def __init__(self, wire: Wire, mailbox: Mailbox, users: Path) -> None:
        self.wire = wire
        self.mailbox = mailbox
        self.users = users

    def app(self, pool: dict[str, Json] | None = None, **functions: Json) -> App:
        """Return an app of a pool with these functions."""
        config = {
            member: name if not isinstance(name, str) or name.startswith("arn:") else ARN + name
            for member, name in functions.items()
        }
        pool_id = a_pool(
            self.wire, LambdaConfig=config, AutoVerifiedAttributes=["email"], **(pool or {})
        )
        return an_app(self.wire, pool_id)


@pytest.fixture(scope="module", params=["python", "node"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    language: str = request.param
    folder = tmp_path_factory.mktemp(language)
    chosen = {key: str(value) for key, value in client_of(language).items() if key == "node"}
    code = folder / "functions"
    shutil.copytree(
        EXAMPLES / language, code, ignore=shutil.ignore_patterns("node_modules", "__pycache__")
    )
    if language == "node":
        (code / "node_modules").mkdir()
        for name, where in NODE_PACKAGES.items():
            (code / "node_modules" / name).symlink_to(where, target_is_directory=True)
    suffix = ".py" if language == "python" else ".mjs"
    mapped = {
        name: f"{language}:{code / (file if language == 'python' else file.replace('_', '-'))}"
        f"{suffix}:{handler}"
        for name, (file, handler) in FUNCTIONS.items()
    }
    users = folder / "users.json"
    users.write_text("{}")
    with Mailbox() as mailbox:
        config = configured(folder, mapped, start_s=30, **chosen)
        variables = {
            "allow-list:ALLOWED_DOMAINS": "example.org example.com",
            "LINK_URL": "https://app.example.com/link",
            "MAIL_URL": mailbox.url,
            "KEY_ARN": KEY,
            "USERS_FILE": str(users),
            "GROUP": GROUP,
        }
        lines = [f"{json.dumps(name)} = {json.dumps(value)}" for name, value in variables.items()]
        config.write_text("\n".join([config.read_text(), "[functions.environment]", *lines]))
        data = ["--dev", "--data", str(folder / "data")]
        with Server(folder, *data, "--config", str(config)) as server:
            subprocess.run(
                [
                    *(sys.executable, "-m", "poolkeep", "kms", "create-key", *data),
                    *("--key-id", KEY.rpartition("/")[2]),
                ],
                check=True, capture_output=True, cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            )  # fmt: skip
            yield Place(Wire(server.base_url, ACCOUNT), mailbox, users)


def test_an_allow_list(place: Place) -> None:
    app = place.app(PreSignUp="allow-list")
    app.sign_up(name := unique(), PASSWORD, email=f"{name}@example.org")
    assert app.admin("AdminGetUser", name)["UserStatus"] == "CONFIRMED"
    text = "PreSignUp failed with error Only people of our company may sign up."
    for stranger in ("x@example.net", "x@notexample.org", "x@example.org.evil.net"):
        with refused("UserLambdaValidationException", text):
            app.sign_up(unique(), PASSWORD, email=stranger)


def test_custom_claims(place: Place) -> None:
    config = {"LambdaArn": f"{ARN}claims", "LambdaVersion": "V2_0"}
    plan = {"Name": "plan", "AttributeDataType": "String", "Mutable": True}
    app = place.app({"Schema": [plan]}, PreTokenGenerationConfig=config)
    name = app.user(custom__plan="gold")
    place.wire.call("CreateGroup", UserPoolId=app.pool_id, GroupName="editors")
    app.admin("AdminAddUserToGroup", name, GroupName="editors")
    tokens = app.sign_in(name)
    assert claims_of(tokens["IdToken"])["plan"] == "gold"
    access = claims_of(tokens["AccessToken"])
    assert access["limits"] == {"articles": 100}
    assert set(access["scope"].split()) == {"aws.cognito.signin.user.admin", "articles/write"}
    free = claims_of(app.sign_in(app.user())["AccessToken"])
    assert (free["plan"], free["scope"]) == ("free", "aws.cognito.signin.user.admin")


def test_a_question_and_a_link_through_the_javascript_library(place: Place) -> None:
    captcha = place.app(
        DefineAuthChallenge="captcha-define",
        CreateAuthChallenge="captcha-create",
        VerifyAuthChallengeResponse="captcha-verify",
    )
    link = link_app(place)
    link_user = link.user(email=an_email(), email_verified="true")
    given = {
        "url": place.wire.base_url,
        "password": PASSWORD,
        "mailbox": place.mailbox.url,
        "captcha": {"pool": captcha.pool_id, "client": captcha.client_id, "name": captcha.user()},
        "link": {"pool": link.pool_id, "client": link.client_id, "name": link_user},
    }
    told = json.loads(run_node("examples.mjs", environment={"CLIENT_TEST": json.dumps(given)}))
    assert told["right"] == {"asked": 1, "valid": True}
    assert told["second"] == {"asked": 2, "valid": True}
    assert told["link"] == {"asked": 1, "valid": True}
    for how in ("third", "wrongPassword", "oldLink"):
        assert told[how]["code"] == "NotAuthorizedException", how


def link_app(place: Place) -> App:
    return place.app(
        DefineAuthChallenge="link-define",
        CreateAuthChallenge="link-create",
        VerifyAuthChallengeResponse="link-verify",
    )


def test_a_link_goes_to_nobody_where_there_is_nobody(place: Place) -> None:
    app = link_app(place).another_client(PreventUserExistenceErrors="ENABLED")
    before = len(place.mailbox.messages)
    step = app.initiate("CUSTOM_AUTH", USERNAME=unique())
    assert step["ChallengeParameters"]["sent"] == "true"
    unverified = app.user(email=an_email())
    assert app.initiate("CUSTOM_AUTH", USERNAME=unverified)["ChallengeParameters"]["sent"] == "true"
    assert len(place.mailbox.messages) == before


def test_a_sender_that_decrypts(place: Place) -> None:
    sender = {"LambdaArn": f"{ARN}sender", "LambdaVersion": "V1_0"}
    app = place.app(CustomEmailSender=sender, KMSKeyID=KEY)
    name, email = unique(), an_email()
    app.sign_up(name, PASSWORD, email=email)
    text = place.mailbox.newest_to(email)
    assert text.startswith("Welcome! Your code is ")
    app.call("ConfirmSignUp", name, ConfirmationCode=text.removesuffix(".").rpartition(" ")[2])
    invited, address = unique(), an_email()
    temporary = "A<b>&'\"9-long-one"
    app.admin(
        "AdminCreateUser",
        invited,
        TemporaryPassword=temporary,
        DesiredDeliveryMediums=["EMAIL"],
        UserAttributes=attributes({"email": address}),
    )
    assert place.mailbox.newest_to(address) == f"Your temporary password is {temporary}."


def test_users_from_a_file(place: Place) -> None:
    app = place.app(UserMigration="migrate")
    name, forgetful = unique(), unique()
    salt = b"s" * 16
    digest = hashlib.scrypt(PASSWORD.encode(), salt=salt, n=2**14, r=8, p=1)
    hashed = {"salt": salt.hex(), "scrypt": digest.hex()}
    known = {one: {"email": f"{one}@example.com", **hashed} for one in (name, forgetful)}
    place.users.write_text(json.dumps(known))
    with refused("UserNotFoundException"):
        app.sign_in(name, "Wrong-Horse-1")
    assert claims_of(app.sign_in(name)["IdToken"])["email_verified"] is True
    place.users.write_text("{}")
    assert app.sign_in(name)
    place.users.write_text(json.dumps(known))
    app.call("ForgotPassword", forgetful)
    assert app.admin("AdminGetUser", forgetful)["UserStatus"] == "RESET_REQUIRED"
    app.call(
        "ConfirmForgotPassword", forgetful, Password="Another-Horse-7",
        ConfirmationCode=place.wire.code(f"{forgetful}@example.com"),
    )  # fmt: skip
    assert app.sign_in(forgetful, "Another-Horse-7")


def test_newcomers_join_a_group(place: Place) -> None:
    app = place.app(PostConfirmation="groups")
    place.wire.call("CreateGroup", UserPoolId=app.pool_id, GroupName=GROUP)
    app.sign_up(name := unique(), PASSWORD, email=an_email())
    app.admin("AdminConfirmSignUp", name)
    groups = app.admin("AdminListGroupsForUser", name)["Groups"]
    assert [one["GroupName"] for one in groups] == [GROUP]
    assert claims_of(app.sign_in(name)["IdToken"])["cognito:groups"] == [GROUP]
