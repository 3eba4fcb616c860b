"""Every page of managed login, one after the other: how a browser comes to each.

A scene is a way through the pages. It stops wherever there is something to see, and says what that
is; whoever runs it looks at the page then (takes a picture, has axe look at it) and goes on.
"""

import ast
import base64
import inspect
import json
import struct
import time
import urllib.parse
import zlib
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from poolkeep.crypto import totp
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import PASSWORD, Json, Wire, unique
from tests.support.browser import Page
from tests.support.visitor import Visitor

CALLBACK: Final = "http://localhost:4000/callback"
SIGNED_OUT: Final = "http://localhost:4000/signed-out"
CHOICE: Final = ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_PASSWORD_AUTH"]
FACTORS: Final = ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]
LOGO_WIDTH: Final = 160
LOGO_HEIGHT: Final = 48
SMS: Final = {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "external"}


class Look(NamedTuple):
    """Something to see: the name of its picture, its title, its template, and its path."""

    name: str
    title: str
    template: str
    path: str


Scene = Callable[["Stage"], Iterator[Look]]


def looks_of(scene: Scene) -> list[Look]:
    """Return what a scene is going to show, without going there: it says so in plain words."""
    calls = [
        node
        for node in ast.walk(ast.parse(inspect.getsource(scene)))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == Look.__name__
    ]
    calls.sort(key=lambda node: node.lineno)
    return [Look(*(ast.literal_eval(given) for given in node.args)) for node in calls]


class Stage:
    """A browser's page before a server's pools."""

    def __init__(self, wire: Wire, page: Page) -> None:
        """Show what `wire`'s server has in `page`."""
        self.wire = wire
        self.page = page

    def app(self, pool: dict[str, Json] | None = None, *, version: int = 2, **client: Json) -> App:
        """Make a pool with pages, and a client with a style; `version` 1 is the classic look."""
        pool_id = self._pool(version, **(pool or {}))
        return self.another(pool_id, **client) if version == 2 else self._client(pool_id, **client)

    def another(self, pool_id: str, **client: Json) -> App:
        """Make a client with the style that Cognito gives."""
        return self._styled(self._client(pool_id, **client), UseCognitoProvidedValues=True)

    def styled(self, **style: Json) -> App:
        """Make a pool with pages, and a client with a style of its own."""
        return self._styled(self._client(self._pool(2)), **style)

    def _pool(self, version: int, **settings: Json) -> str:
        usual = {"AutoVerifiedAttributes": ["email"], "SmsConfiguration": SMS}
        pool_id = a_pool(self.wire, **{**usual, **settings})
        domain = {"Domain": unique("look"), "ManagedLoginVersion": version}
        self.wire.call("CreateUserPoolDomain", UserPoolId=pool_id, **domain)
        return pool_id

    def _client(self, pool_id: str, **client: Json) -> App:
        wanted: dict[str, Json] = {
            "ClientName": "The application",
            "AllowedOAuthFlowsUserPoolClient": True,
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["openid", "email", "aws.cognito.signin.user.admin"],
            "CallbackURLs": [CALLBACK],
            "LogoutURLs": [SIGNED_OUT],
            "SupportedIdentityProviders": ["COGNITO"],
            "PreventUserExistenceErrors": "ENABLED",
            **client,
        }
        return an_app(self.wire, pool_id, **wanted)

    def _styled(self, app: App, **style: Json) -> App:
        named = {"UserPoolId": app.pool_id, "ClientId": app.client_id}
        self.wire.call("CreateManagedLoginBranding", **named, **style)
        return app

    def mfa(self, app: App, required: str, *factors: str) -> None:
        """Set which second factors the pool has."""
        config: dict[str, Json] = {"UserPoolId": app.pool_id, "MfaConfiguration": required}
        if "app" in factors:
            config["SoftwareTokenMfaConfiguration"] = {"Enabled": True}
        if "sms" in factors:
            config["SmsMfaConfiguration"] = {"SmsConfiguration": SMS}
        if "email" in factors:
            config["EmailMfaConfiguration"] = {}
        self.wire.call("SetUserPoolMfaConfig", **config)

    def user(self, app: App, name: str, /, **values: str) -> str:
        """Make a user with a verified address and number."""
        known = {
            "email": f"{unique(name)}@example.com",
            "email_verified": "true",
            "phone_number": "+12065550100",
            "phone_number_verified": "true",
        }
        return app.user(name, PASSWORD, **{**known, **values})

    def url(self, app: App, path: str = "/login", **more: str) -> str:
        """Return the address of a page, with an authorization request."""
        asked = {
            "client_id": app.client_id,
            "response_type": "code",
            "scope": "openid email",
            "redirect_uri": CALLBACK,
            "state": "state",
            **more,
        }
        return self.at(app, path, **asked)

    def at(self, app: App, path: str, **query: str) -> str:
        """Return an address of the pool's pages."""
        # Browsers know passkeys of names, not of numbers.
        base = self.wire.base_url.replace("127.0.0.1", "localhost")
        asked = f"?{urllib.parse.urlencode(query)}" if query else ""
        return f"{base}/{app.pool_id}{path}{asked}"

    def device_code(self, app: App) -> str:
        """Return what a device shows that wants to sign its user in."""
        form = {"client_id": app.client_id, "scope": "openid email"}
        told = Visitor().ask(self.at(app, "/oauth2/device_authorization"), form)
        found: str = json.loads(told.text)["user_code"]
        return found

    def go(self, url: str) -> None:
        """Open an address as somebody whom nobody knows."""
        self.page.send("Network.enable")
        self.page.send("Network.clearBrowserCookies")
        self.follow(url)

    def follow(self, url: str) -> None:
        """Open an address."""
        self.page.send("Page.enable")
        self.page.run("window.before = true")
        self.page.send("Page.navigate", url=url)
        self._settle()

    def fill(self, press: str = "", **values: str) -> None:
        """Fill in the form that has these fields, and press its button (or the one named)."""
        found = self.page.run(
            f"""(() => {{
                const values = {json.dumps(values)}, press = {json.dumps(press)};
                window.before = true;
                for (const form of document.forms) {{
                    if (!Object.keys(values).every((name) => form.elements[name])) continue;
                    const button = press ? form.querySelector(press)
                        : form.querySelector('button.primary, [type=submit]');
                    if (!button) continue;
                    for (const [name, value] of Object.entries(values)) {{
                        const field = form.elements[name];
                        if (field.type === 'checkbox') field.checked = value !== '';
                        else field.value = value;
                    }}
                    button.formNoValidate = true;
                    setTimeout(() => button.click());
                    return true;
                }}
                return false;
            }})()"""
        )
        assert found, f"no form with {sorted(values)} {press}:\n{self.text()}"
        self._settle()

    def link(self, pattern: str) -> None:
        """Follow the link whose address has this in it."""
        href = self.page.run(f"document.querySelector('a[href*={json.dumps(pattern)}]')?.href")
        assert href, f"no link to {pattern}:\n{self.text()}"
        self.follow(href)

    def arrived(self, url: str) -> None:
        """Refuse another end of the way than this address, whether or not anybody is there."""
        told = self.page.send("Page.getNavigationHistory")
        here = told["entries"][told["currentIndex"]]["url"]
        assert here.startswith(url), f"at {here}:\n{self.text()}"

    def shows(self, look: Look) -> None:
        """Refuse another page than the one that this look is of."""
        template, path = self.page.run("[document.body.dataset.page, location.pathname]")
        assert template == look.template, f"{look.name} is of {template}:\n{self.text()}"
        assert path.endswith(look.path), f"{look.name} is at {path}:\n{self.text()}"

    def text(self) -> str:
        """Return where the browser is, and what it shows."""
        script = "location.href + '\\n' + document.body.innerHTML.slice(0, 6000)"
        found: str = self.page.run(script)
        return found

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """Sign in on the page that is there."""
        self.fill(username=username, password=password)

    def code(self, to: str) -> str:
        """Return the code that was sent."""
        return self.wire.code(to)

    def secret(self) -> str:
        """Return the key that a set-up page shows for an app."""
        script = "document.body.innerText.match(/\\b(?:[A-Z2-7]{4}[ -]?){8,}\\b/)?.[0]"
        found: str | None = self.page.run(script)
        assert found, self.text()
        return found.replace(" ", "").replace("-", "")

    def _settle(self) -> None:
        self.page.wait("!window.before && document.readyState === 'complete'")


def app_code(secret: str) -> str:
    """Return what an authenticator app shows now."""
    step = int(time.time() * 1000) // totp.STEP_MS
    return totp.code_at(totp.seed_of(secret), step)


def a_logo(red: int, green: int, blue: int) -> str:
    """Return a small picture, a disk and two bars of one colour, as the API takes it."""
    ink, nothing = bytes((red, green, blue, 255)), bytes(4)
    rows = b"".join(
        b"\0" + b"".join(ink if _is_inked(x, y) else nothing for x in range(LOGO_WIDTH))
        for y in range(LOGO_HEIGHT)
    )
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", LOGO_WIDTH, LOGO_HEIGHT, 8, 6, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    told = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + told).decode()


def _is_inked(x: int, y: int) -> bool:
    is_bar = (56 <= x < 150 and 14 <= y < 22) or (56 <= x < 116 and 28 <= y < 34)
    return is_bar or (x - 24) ** 2 + (y - 24) ** 2 <= 20**2
