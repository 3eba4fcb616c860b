"""The ways through the pages of signing in: `tests/support/screens.py`."""

from collections.abc import Iterator
from typing import Final

from tests.sdk.support import PASSWORD
from tests.support import scenes_accounts
from tests.support.screens import (
    CALLBACK,
    CHOICE,
    FACTORS,
    SIGNED_OUT,
    Look,
    Scene,
    Stage,
    a_logo,
    app_code,
)

GOOGLE: Final = {
    "client_id": "google",
    "client_secret": "a secret",
    "authorize_scopes": "openid email",
}
WORK: Final = {
    "client_id": "work",
    "client_secret": "a secret",
    "authorize_scopes": "openid email",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://login.example.com",
    "authorize_url": "https://login.example.com/authorize",
    "token_url": "https://login.example.com/token",
    "attributes_url": "https://login.example.com/me",
    "jwks_uri": "https://login.example.com/keys",
}
STYLE: Final = {
    "components": {
        "pageBackground": {"lightMode": {"color": "e8f3eeff"}, "darkMode": {"color": "06130eff"}},
        "form": {
            "borderRadius": 4.0,
            "logo": {"enabled": True, "location": "CENTER", "position": "TOP"},
        },
        "primaryButton": {
            "lightMode": {
                "defaults": {"backgroundColor": "0f6b4aff", "textColor": "ffffffff"},
                "hover": {"backgroundColor": "0b5239ff", "textColor": "ffffffff"},
            },
            "darkMode": {
                "defaults": {"backgroundColor": "6fd6aeff", "textColor": "03150eff"},
                "hover": {"backgroundColor": "94e5c5ff", "textColor": "03150eff"},
            },
        },
    },
    "componentClasses": {"buttons": {"borderRadius": 4.0}, "input": {"borderRadius": 4.0}},
}
CLASSIC: Final = (
    ".banner-customizable{padding:25px 0px;background-color:#1d3557}"
    ".submitButton-customizable{background-color:#1d3557}"
    ".submitButton-customizable:hover{background-color:#457b9d}"
)


def signing_in(stage: Stage) -> Iterator[Look]:
    """The page for a name and a password."""
    app = stage.app()
    stage.user(app, "ada")
    stage.go(stage.url(app))
    yield Look("sign-in", "Sign in", "login", "/login")
    stage.sign_in("ada", "Wrong-Horse-8")
    yield Look("sign-in-wrong", "A wrong password", "login", "/login")


def by_providers(stage: Stage) -> Iterator[Look]:
    """The page where others may vouch for somebody."""
    app = stage.app()
    for name, kind, details in (("Google", "Google", GOOGLE), ("Work", "OIDC", WORK)):
        stage.wire.call(
            "CreateIdentityProvider",
            UserPoolId=app.pool_id,
            ProviderName=name,
            ProviderType=kind,
            ProviderDetails=details,
            AttributeMapping={"email": "email"},
        )
    every = stage.another(app.pool_id, SupportedIdentityProviders=["COGNITO", "Google", "Work"])
    stage.go(stage.url(every))
    yield Look("sign-in-providers", "Sign in, here or elsewhere", "login", "/login")


def choosing(stage: Stage) -> Iterator[Look]:
    """The page for a name alone, the choice of a factor, and each of the factors."""
    policies = {"SignInPolicy": {"AllowedFirstAuthFactors": FACTORS}}
    app = stage.app(
        {"Policies": policies, "WebAuthnConfiguration": {"RelyingPartyId": "localhost"}},
        ExplicitAuthFlows=CHOICE,
    )
    stage.user(app, "ada")
    stage.go(stage.url(app, "/passkeys/add"))
    yield Look("sign-in-name", "Sign in, where there is a choice", "login", "/login")
    stage.fill(username="ada")
    stage.fill(factor="PASSWORD")
    yield Look("password", "A password", "password", "/login/factor")
    stage.fill(password=PASSWORD)
    yield Look("passkey-add", "Add a passkey", "passkey_add", "/passkeys/add")
    keys = stage.page.authenticator()
    stage.fill(credential="")
    keys.unplug()
    stage.go(stage.url(app))
    stage.fill(username="ada")
    yield Look("choose-factor", "Choose how to sign in", "factor", "/login/factor")
    stage.fill(factor="WEB_AUTHN")
    yield Look("passkey", "A passkey", "passkey", "/login/factor")
    stage.fill("[name=another]")
    stage.fill(factor="EMAIL_OTP")
    yield Look("code-email", "A code by e-mail", "code", "/login/factor")
    stage.fill("[name=another]")
    stage.fill(factor="SMS_OTP")
    yield Look("code-sms", "A code by text message", "code", "/login/factor")


def must_change(stage: Stage) -> Iterator[Look]:
    """A password that somebody else has set."""
    app = stage.app()
    name = app.temporary_user("ada")
    stage.go(stage.url(app))
    stage.sign_in(name)
    yield Look("new-password", "A new password is required", "new_password", "/resetPassword")


def setting_up(stage: Stage) -> Iterator[Look]:
    """A second factor is demanded of somebody who has none."""
    app = stage.app()
    app.user("ada", PASSWORD)
    stage.mfa(app, "ON", "app", "sms")
    stage.go(stage.url(app))
    stage.sign_in("ada")
    yield Look("set-up-choice", "Choose a second factor", "mfa_option", "/mfaOption")
    stage.fill(factor="SMS_MFA")
    yield Look("set-up-phone", "A number for codes", "mfa_address", "/mfaOption")
    stage.fill("[name=other]")
    stage.fill(factor="SOFTWARE_TOKEN_MFA")
    yield Look("set-up-app", "Set up an authenticator app", "mfa_app", "/mfaOption")
    stage.fill(code=app_code(stage.secret()), device_name="My phone")
    stage.arrived(CALLBACK)


def second_factors(stage: Stage) -> Iterator[Look]:
    """The second factor, where there are two; the pool asks whether to remember the browser."""
    devices = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}
    app = stage.app({"DeviceConfiguration": devices})
    stage.user(app, "ada")
    stage.mfa(app, "OPTIONAL", "app", "sms")
    token = app.sign_in("ada")["AccessToken"]
    secret = stage.wire.call("AssociateSoftwareToken", AccessToken=token)["SecretCode"]
    stage.wire.call(
        "VerifySoftwareToken",
        AccessToken=token,
        UserCode=app_code(secret),
        FriendlyDeviceName="My phone",
    )
    on = {"Enabled": True, "PreferredMfa": False}
    stage.wire.call(
        "SetUserMFAPreference",
        AccessToken=token,
        SMSMfaSettings=on,
        SoftwareTokenMfaSettings=on,
    )
    stage.go(stage.url(app))
    stage.sign_in("ada")
    yield Look("choose-mfa", "Choose a second factor to use", "mfa_option", "/mfaOption")
    stage.fill(factor="SOFTWARE_TOKEN_MFA")
    yield Look("code-app", "The code of an app, and a browser to remember", "code", "/mfa")


def coming_and_going(stage: Stage) -> Iterator[Look]:
    """Somebody is signed in: who goes on, and signing out."""
    app = stage.app({"UserPoolTags": {"poolkeep:profile": "strict"}})
    stage.user(app, "ada", email="ada@example.com")
    stage.go(stage.url(app))
    stage.sign_in("ada")
    stage.arrived(CALLBACK)
    stage.follow(stage.url(app, "/oauth2/authorize", prompt="select_account"))
    yield Look("choose-account", "Go on as who is signed in", "account", "/login")
    leave = {"client_id": app.client_id, "post_logout_redirect_uri": SIGNED_OUT}
    stage.follow(stage.at(app, "/logout", **leave))
    yield Look("sign-out", "Sign out?", "sign_out", "/logout")
    stage.follow(stage.at(app, "/logout"))
    yield Look("signed-out", "Signed out", "sign_out", "/logout")


def of_a_device(stage: Stage) -> Iterator[Look]:
    """A device without a browser waits for its user (the strict profile)."""
    app = stage.app({"UserPoolTags": {"poolkeep:profile": "strict"}})
    stage.user(app, "ada")
    told = stage.device_code(app)
    stage.go(stage.at(app, "/device"))
    yield Look("device", "The code of a device", "device", "/device")
    stage.fill(user_code=told)
    stage.sign_in("ada")
    yield Look("device-question", "May the device sign in?", "device", "/device")
    stage.fill("[value=yes]", user_code=told)
    yield Look("device-done", "The device may go on", "device", "/device")


def error(stage: Stage) -> Iterator[Look]:
    """When there is nowhere safe to go back to."""
    app = stage.app()
    stage.go(stage.url(app, "/oauth2/authorize", redirect_uri="https://elsewhere.example.com"))
    yield Look("error", "Nowhere to go back to", "trouble", "/error")


def branded(stage: Stage) -> Iterator[Look]:
    """The pages in a client's own style."""
    logos = [
        {"Category": "FORM_LOGO", "ColorMode": mode, "Extension": "PNG", "Bytes": logo}
        for mode, logo in (
            ("LIGHT", a_logo(0x0F, 0x6B, 0x4A)),
            ("DARK", a_logo(0x6F, 0xD6, 0xAE)),
        )
    ]
    app = stage.styled(Settings=STYLE, Assets=logos)
    stage.go(stage.url(app))
    yield Look("branded", "Managed login in a style of its own", "login", "/login")


def classic(stage: Stage) -> Iterator[Look]:
    """The classic pages, with a style sheet and a logo."""
    app = stage.app(version=1)
    stage.wire.call(
        "SetUICustomization",
        UserPoolId=app.pool_id,
        CSS=CLASSIC,
        ImageFile=a_logo(0xF1, 0xFA, 0xEE),
    )
    stage.go(stage.url(app))
    yield Look("classic", "The classic look", "login", "/login")
    stage.link("/signup")
    yield Look("classic-sign-up", "The classic look: an account", "sign_up", "/signup")


SCENES: Final[tuple[Scene, ...]] = (
    signing_in,
    by_providers,
    choosing,
    *scenes_accounts.SCENES,
    must_change,
    setting_up,
    second_factors,
    coming_and_going,
    of_a_device,
    error,
    branded,
    classic,
)
