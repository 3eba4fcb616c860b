"""`poolkeep demo`: from nothing to a token and a sign-in page on a running server."""

import json
import os
import shlex
from typing import Any, Final
from urllib.parse import urlencode

import click

from poolkeep.base.clock import SystemClock
from poolkeep.base.entropy import SystemEntropy, digits, text
from poolkeep.base.ids import BASE62
from poolkeep.base.secret import Secret
from poolkeep.cli.client import DEFAULT_URL, CallFailed, Client, Credentials, read_credentials
from poolkeep.cli.options import store_settings
from poolkeep.cli.say import fail
from poolkeep.cli.sources import Loaded
from poolkeep.settings import Settings

APPLICATION: Final = "http://localhost:3000/"
"""Where most development servers of web applications listen."""
SCOPES: Final = ("openid", "email", "phone", "profile", "aws.cognito.signin.user.admin")
FLOWS: Final = ("ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")


@click.command()
@store_settings
@click.option("--url", default=DEFAULT_URL, show_default=True, help="Address of the server.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines for a shell.")
def demo(loaded: Loaded, url: str, *, as_json: bool) -> None:
    """Make a pool, a client, a user and pages on a running server, and sign in.

    What it prints are lines for a shell: `eval "$(poolkeep demo)"` sets the AWS CLI and every
    AWS SDK to this server. The key pair is read from the server's data directory; a server in
    --dev takes any.
    """
    settings = loaded.settings
    try:
        credentials = _credentials(url, settings)
        client = Client(
            url,
            settings.default_region,
            clock=SystemClock(),
            credentials=credentials,
            ca_file=settings.ca_file,
        )
        made = _make(client)
    except CallFailed as error:
        fail(str(error))
    shown = {**_environment(client, credentials), **made}
    click.echo(json.dumps(shown, indent=2) if as_json else _lines(client, shown))


def _credentials(url: str, settings: Settings) -> Credentials:
    """Return the key to sign with: any in dev, the environment's, or the data directory's."""
    client = Client(url, settings.default_region, clock=SystemClock(), ca_file=settings.ca_file)
    status, health = client.get("/_poolkeep/health")
    if status != 200 or "mode" not in health:
        raise CallFailed(f"{url} is not a poolkeep that is ready. See its log, or give --url.")
    if health["mode"] == "dev":
        return Credentials(key_id=settings.account, secret=Secret("any-secret-will-do"))
    key_id = os.environ.get("AWS_ACCESS_KEY_ID")
    secret = os.environ.get("AWS_SECRET_ACCESS_KEY")
    try:
        return read_credentials(settings.credentials_file)
    except CallFailed:
        if not (key_id and secret):
            raise
        return Credentials(key_id=key_id, secret=Secret(secret))


def _make(client: Client) -> dict[str, str]:
    """Make everything and sign in; return what a newcomer wants to see."""
    entropy = SystemEntropy()
    username = "demo-user"
    # One of each kind of character, as the default policy wants.
    password = f"Aa1-{text(entropy, BASE62, 16)}"
    pool = client.call("CreateUserPool", PoolName=f"demo-{digits(entropy, 4)}")["UserPool"]["Id"]
    app: dict[str, Any] = client.call(
        "CreateUserPoolClient",
        UserPoolId=pool, ClientName="demo", ExplicitAuthFlows=list(FLOWS),
        SupportedIdentityProviders=["COGNITO"], AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"], AllowedOAuthScopes=list(SCOPES),
        CallbackURLs=[APPLICATION], LogoutURLs=[APPLICATION],
    )["UserPoolClient"]  # fmt: skip
    client.call(
        "CreateUserPoolDomain",
        UserPoolId=pool, Domain=f"demo-{digits(entropy, 8)}", ManagedLoginVersion=2,
    )  # fmt: skip
    client.call(
        "CreateManagedLoginBranding",
        UserPoolId=pool, ClientId=app["ClientId"], UseCognitoProvidedValues=True,
    )  # fmt: skip
    client.call("AdminCreateUser", UserPoolId=pool, Username=username, MessageAction="SUPPRESS")
    client.call(
        "AdminSetUserPassword",
        UserPoolId=pool, Username=username, Password=password, Permanent=True,
    )  # fmt: skip
    result = client.call(
        "InitiateAuth",
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=app["ClientId"],
        AuthParameters={"USERNAME": username, "PASSWORD": password},
    )["AuthenticationResult"]
    return {
        "USER_POOL_ID": pool,
        "CLIENT_ID": app["ClientId"],
        "USERNAME": username,
        "PASSWORD": password,
        "ID_TOKEN": result["IdToken"],
        "REFRESH_TOKEN": result["RefreshToken"],
        "ACCESS_TOKEN": result["AccessToken"],
        "SIGN_IN_URL": _sign_in_url(client, pool, app["ClientId"]),
    }


def _sign_in_url(client: Client, pool: str, client_id: str) -> str:
    """Return where the pool's own pages begin, as its discovery document says."""
    _, document = client.get(f"/{pool}/.well-known/openid-configuration")
    query = urlencode({
        "client_id": client_id,
        "response_type": "code",
        "scope": "openid email profile",
        "redirect_uri": APPLICATION,
    })  # fmt: skip
    return f"{document.get('authorization_endpoint', '')}?{query}"


def _environment(client: Client, credentials: Credentials) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": client.url,
        "AWS_REGION": client.region,
        "AWS_DEFAULT_REGION": client.region,
        "AWS_ACCESS_KEY_ID": credentials.key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret.reveal(),
    }


def _lines(client: Client, shown: dict[str, str]) -> str:
    pool = shown["USER_POOL_ID"]
    return "\n".join(
        [
            "# The AWS CLI and every AWS SDK find this server by these variables.",
            *(f"export {name}={shlex.quote(value)}" for name, value in shown.items()),
            "# Now try:",
            '#   aws cognito-idp get-user --access-token "$ACCESS_TOKEN"',
            '#   aws cognito-idp list-users --user-pool-id "$USER_POOL_ID"',
            f"#   curl {client.url}/{pool}/.well-known/jwks.json",
            '#   echo "$USERNAME $PASSWORD"; open "$SIGN_IN_URL"',
            f"# After that page a browser goes to {APPLICATION}, where your application would be.",
        ]
    )
