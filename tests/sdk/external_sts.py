"""Token services of others: one that answers as a test says, and a second server of ours."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs

import boto3

from tests.sdk.boto import NO_RETRY
from tests.sdk.iam import allow, document, trust
from tests.sdk.support import REGION, unique

BY_WEB: Final = "sts:AssumeRoleWithWebIdentity"
NAMESPACE: Final = "https://sts.amazonaws.com/doc/2011-06-15/"
KEYS: Final = (
    "<AccessKeyId>ASIAELSEWHERE0000001</AccessKeyId><SecretAccessKey>its/secret</SecretAccessKey>"
    "<SessionToken>its+token==</SessionToken><Expiration>2030-01-02T03:04:05.678901234Z</Expiration>"
)


def answer(inside: str, front: str = "") -> str:
    """Return an answer around a set of credentials."""
    return (
        f'{front}<AssumeRoleWithWebIdentityResponse xmlns="{NAMESPACE}">'
        f"<AssumeRoleWithWebIdentityResult><Credentials>{inside}</Credentials>"
        "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
    )


def refusal(code: str, text: str = "No.") -> str:
    """Return a refusal as AWS writes it."""
    return (
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{text}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
    )


class Scripted:
    """A token service that says what it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self.status = 200
        self.body = answer(KEYS).encode()
        self.headers: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.signatures: list[str | None] = []
        self.released = threading.Event()
        self.released.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                form = parse_qs(self.rfile.read(size).decode(), strict_parsing=True)
                outer.asked.append({key: values[0] for key, values in form.items()})
                outer.paths.append(self.path)
                outer.signatures.append(self.headers.get("Authorization"))
                outer.released.wait()
                self.send_response(outer.status)
                for key, value in outer.headers.items():
                    self.send_header(key, value)
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                self.wfile.write(outer.body)

            def do_GET(self) -> None:
                outer.asked.append({})
                self.send_error(405)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    """Whoever asked did not want the whole answer."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/sts"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def says(self, status: int, body: str | bytes, **headers: str) -> None:
        """Answer so from now on."""
        self.status, self.headers = status, headers
        self.body = body.encode() if isinstance(body, str) else body

    def close(self) -> None:
        """Stop."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


class Elsewhere:
    """An account of a second server, which trusts the tokens that an issuer signs."""

    def __init__(self, base_url: str, account: str, issuer: str) -> None:
        """Be known under `account`."""
        self.base_url = base_url
        self.issuer = issuer
        self.name = issuer.partition("://")[2]
        self.iam = self.client("iam", account, "any", "")
        self.provider = ""

    def client(self, name: str, key: str, secret: str, token: str) -> Any:
        """Return a client of a service of that server."""
        return boto3.Session(key, secret, token or None, region_name=REGION).client(
            name, endpoint_url=self.base_url, config=NO_RETRY
        )

    def knows(self, pool_id: str) -> None:
        """Take tokens of a pool."""
        if self.provider:
            self.iam.add_client_id_to_open_id_connect_provider(
                OpenIDConnectProviderArn=self.provider, ClientID=pool_id
            )
        else:
            made = self.iam.create_open_id_connect_provider(Url=self.issuer, ClientIDList=[pool_id])
            self.provider = made["OpenIDConnectProviderArn"]

    def role(self, pool_id: str, *statements: dict[str, Any], tags: bool = False) -> str:
        """Make a role that trusts a pool's identities, and return its ARN."""
        name = unique("role")
        verbs = (BY_WEB, *(("sts:TagSession",) if tags else ()))
        made = self.iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=trust(
                {"Federated": self.provider},
                *verbs,
                Condition={"StringEquals": {f"{self.name}:aud": pool_id}},
            ),
        )
        self.iam.put_role_policy(
            RoleName=name,
            PolicyName="own",
            PolicyDocument=document(*(statements or (allow("cognito-idp:ListUserPools"),))),
        )
        arn: str = made["Role"]["Arn"]
        return arn

    def using(self, given: dict[str, Any], name: str = "sts") -> Any:
        """Return a client with an identity's credentials."""
        keys = given["Credentials"]
        return self.client(name, keys["AccessKeyId"], keys["SecretKey"], keys["SessionToken"])
