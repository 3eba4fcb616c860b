"""Which second factor is owed: the decision table of docs/behaviours/mfa.md."""

from typing import Any

import pytest

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.factors.model import Choice, Demand, MfaOption, PreferenceChange
from poolkeep.core.factors.preferences import preferences_of, with_preferences
from poolkeep.core.factors.rules import Adaptive, auth_factors, chosen, demand_of, with_settings
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AccountRecoverySetting, RecoveryOption
from poolkeep.core.users.model import User, UserDocument
from tests.sdk.support import holds
from tests.unit.core.users.people import a_pool, a_user, with_mfa

SMS, TOTP, MAIL, PASSKEY = "SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP", "WEB_AUTHN"
ALL = (SMS, TOTP, MAIL)
PHONE = {"phone_number": "+12065550100"}
ADDRESS = {"email": "mary@example.com"}
MULTI = "MULTI_FACTOR_WITH_USER_VERIFICATION"


def a_person(*enabled: str, **more: Any) -> User:
    """Return a user with these factors turned on; `has` are attributes, the rest preferences."""
    attributes = more.pop("has", {})
    mfa = {"enabled": list(enabled), **more}
    return a_user(document=UserDocument(attributes=attributes, mfa=mfa))


def offering(
    mode: str, *factors: str, recovery: tuple[str, ...] = (), passkeys: str = ""
) -> LoadedPool:
    """Return a pool with MFA and these ways back to an account."""
    options = tuple(RecoveryOption(priority=n, name=name) for n, name in enumerate(recovery, 1))
    setting = AccountRecoverySetting(recovery_mechanisms=options) if options else None
    bare = a_pool(account_recovery_setting=setting)
    if passkeys:
        return with_mfa(bare, mode, *factors, factor_configuration=passkeys)
    return with_mfa(bare, mode, *factors)


def ask(*factors: str) -> Demand:
    return Demand(factors=factors)


def set_up(*factors: str) -> Demand:
    return Demand(setup=factors)


BOTH = {**PHONE, **ADDRESS}
NOTHING_POSSIBLE = Demand()


@holds("MFA-01", "MFA-02", "MFA-50", "MFA-51", "MFA-52", "MFA-53", "MFA-55", "MFA-56")
@pytest.mark.parametrize(
    "pool, user, owed",
    [
        # OFF: whatever the user prefers.
        (offering("OFF"), a_person(TOTP, software_token=True), None),
        (offering("OFF", *ALL), a_person(SMS, preferred=SMS, has=PHONE), None),
        # One is on, or one is preferred.
        (offering("OPTIONAL", *ALL), a_person(SMS, has=PHONE), ask(SMS)),
        (offering("OPTIONAL", *ALL), a_person(MAIL, has=ADDRESS), ask(MAIL)),
        (offering("OPTIONAL", *ALL), a_person(TOTP, software_token=True), ask(TOTP)),
        (offering("OPTIONAL", *ALL), a_person(SMS, MAIL, preferred=MAIL, has=BOTH), ask(MAIL)),
        (offering("ON", *ALL), a_person(SMS, MAIL, preferred=SMS, has=BOTH), ask(SMS)),
        # Several are on, none preferred: in the order of every list.
        (offering("OPTIONAL", *ALL), a_person(MAIL, SMS, has=BOTH), ask(SMS, MAIL)),
        (
            offering("ON", *ALL),
            a_person(MAIL, TOTP, SMS, software_token=True, has=BOTH),
            ask(SMS, TOTP, MAIL),
        ),
        # What the pool does not offer does not count, not even preferred.
        (offering("OPTIONAL", TOTP), a_person(SMS, preferred=SMS, has=PHONE), None),
        (offering("OPTIONAL", SMS), a_person(SMS, MAIL, preferred=MAIL, has=BOTH), ask(SMS)),
        # An app in use stays in use; one that is not turned on is no more offered.
        (offering("OPTIONAL", SMS), a_person(TOTP, software_token=True), ask(TOTP)),
        (offering("ON", SMS), a_person(software_token=True, has=PHONE), ask(SMS)),
        # OPTIONAL and nothing on.
        (offering("OPTIONAL", *ALL), a_person(has=BOTH), None),
        (offering("OPTIONAL", *ALL), a_person(software_token=True), None),
        # OPTIONAL, and what is on has lost its address.
        (offering("OPTIONAL", *ALL), a_person(SMS), NOTHING_POSSIBLE),
        (offering("OPTIONAL", *ALL), a_person(SMS, MAIL, preferred=SMS, has=ADDRESS), ask(MAIL)),
        # ON and nothing on: what could be used at once.
        (offering("ON", *ALL), a_person(has=PHONE), ask(SMS)),
        (offering("ON", *ALL), a_person(has=ADDRESS), ask(MAIL)),
        (offering("ON", *ALL), a_person(has=BOTH), ask(SMS, MAIL)),
        (offering("ON", *ALL), a_person(software_token=True), ask(TOTP)),
        (offering("ON", *ALL), a_person(software_token=True, has=BOTH), ask(SMS, TOTP, MAIL)),
        (offering("ON", TOTP, SMS), a_person(has=ADDRESS), set_up(SMS, TOTP)),
        (offering("ON", *ALL), a_person(SMS, has=ADDRESS), ask(MAIL)),
        # ON and nothing at all: every factor of the pool is listed.
        (offering("ON", *ALL), a_person(), set_up(SMS, TOTP, MAIL)),
        (offering("ON", SMS), a_person(), set_up(SMS)),
        (offering("ON", TOTP), a_person(has=BOTH), set_up(TOTP)),
        (offering("ON", TOTP), a_person(SMS), set_up(TOTP)),
        # A passkey is never asked for second.
        (offering("OPTIONAL", *ALL, passkeys=MULTI), a_person(PASSKEY, passkeys=1), None),
        (offering("ON", TOTP, passkeys=MULTI), a_person(PASSKEY, passkeys=1), set_up(TOTP)),
    ],
)
def test_what_is_owed(pool: LoadedPool, user: User, owed: Demand | None) -> None:
    assert demand_of(pool, user) == owed


@holds("MFA-54")
@pytest.mark.parametrize(
    "recovery, has, owed",
    [
        ((), BOTH, ask(SMS, MAIL)),
        (("verified_email", "verified_phone_number"), BOTH, ask(SMS, MAIL)),
        (("verified_phone_number",), BOTH, ask(MAIL)),
        (("verified_email",), BOTH, ask(SMS)),
        (("verified_phone_number",), PHONE, NOTHING_POSSIBLE),
        (("verified_email",), ADDRESS, NOTHING_POSSIBLE),
        (("verified_email",), {}, set_up(SMS, TOTP, MAIL)),
        (("admin_only",), PHONE, ask(SMS)),
    ],
)
def test_the_only_way_back_is_no_second_factor(
    recovery: tuple[str, ...], has: dict[str, str], owed: Demand
) -> None:
    assert demand_of(offering("ON", *ALL, recovery=recovery), a_person(has=has)) == owed
    # Whoever has turned it on has chosen: recovery then does without it.
    if owed == NOTHING_POSSIBLE:
        on = SMS if "phone_number" in has else MAIL
        user = a_person(on, has=has)
        assert demand_of(offering("ON", *ALL, recovery=recovery), user) == ask(on)


@holds("MFA-50")
def test_users_of_other_providers_owe_nothing() -> None:
    document = UserDocument(attributes=BOTH, mfa={"enabled": [SMS]})
    user = a_user(status="EXTERNAL_PROVIDER", document=document)
    assert demand_of(offering("ON", *ALL), user) is None


@pytest.mark.parametrize(
    "adaptive, user, owed",
    [
        (Adaptive.IF_CONFIGURED, a_person(has=BOTH), None),
        (Adaptive.IF_CONFIGURED, a_person(software_token=True), ask(TOTP)),
        (Adaptive.REQUIRED, a_person(has=BOTH), ask(SMS, MAIL)),
        (Adaptive.REQUIRED, a_person(), NOTHING_POSSIBLE),
        (Adaptive.REQUIRED, a_person(MAIL, has=BOTH), ask(MAIL)),
    ],
)
def test_a_risk_may_demand_more(adaptive: Adaptive, user: User, owed: Demand | None) -> None:
    assert demand_of(offering("OPTIONAL", *ALL), user, adaptive=adaptive) == owed
    assert demand_of(offering("OFF", *ALL), user, adaptive=adaptive) is None


@holds("MFA-61")
def test_what_came_first_does_not_count_again() -> None:
    user = a_person(SMS, MAIL, preferred=MAIL, has=BOTH)
    pool = offering("OPTIONAL", *ALL)
    assert demand_of(pool, user, barred={MAIL}) == ask(SMS)
    assert demand_of(pool, a_person(MAIL, has=BOTH), barred={MAIL}) == NOTHING_POSSIBLE
    assert demand_of(offering("ON", *ALL), a_person(has=BOTH), barred={SMS}) == ask(MAIL)


ON, OFF, BEST = Choice(enabled=True), Choice(), Choice(enabled=True, preferred_mfa=True)


@holds("MFA-10", "MFA-11", "MFA-15")
@pytest.mark.parametrize(
    "mode, before, change, enabled, preferred",
    [
        ("OPTIONAL", (), {"sms_mfa_settings": ON}, (SMS,), None),
        ("OPTIONAL", (), {"sms_mfa_settings": BEST}, (SMS,), SMS),
        ("OPTIONAL", (), {"email_mfa_settings": ON, "sms_mfa_settings": BEST}, (SMS, MAIL), SMS),
        ("OPTIONAL", (SMS, SMS), {"email_mfa_settings": ON}, (SMS, MAIL), SMS),
        ("OPTIONAL", (SMS, SMS), {"email_mfa_settings": BEST}, (SMS, MAIL), MAIL),
        ("OPTIONAL", (SMS, SMS), {"sms_mfa_settings": ON}, (SMS,), None),
        ("OPTIONAL", (SMS, SMS), {"sms_mfa_settings": OFF}, (), None),
        ("OPTIONAL", (SMS, MAIL, MAIL), {"sms_mfa_settings": OFF}, (MAIL,), MAIL),
        ("OPTIONAL", (SMS, SMS), {}, (SMS,), SMS),
        ("ON", (SMS, SMS), {"sms_mfa_settings": OFF}, (SMS,), None),
        ("ON", (SMS, MAIL, SMS), {"email_mfa_settings": BEST}, (SMS, MAIL), MAIL),
        # Turning off needs nothing of the pool.
        ("OFF", (SMS, SMS), {"sms_mfa_settings": OFF}, (), None),
    ],
)
def test_preferences_change_as_said(
    mode: str,
    before: tuple[str, ...],
    change: dict[str, Choice],
    enabled: tuple[str, ...],
    preferred: str | None,
) -> None:
    user = a_person(*before[:-1], preferred=before[-1] if before else None, has=BOTH)
    found = chosen(offering(mode, *ALL), user, PreferenceChange(**change))
    assert found == (enabled, preferred)


@holds("MFA-11", "MFA-12", "MFA-13", "MFA-14", "MFA-18")
@pytest.mark.parametrize(
    "pool, user, change, text",
    [
        (
            offering("OPTIONAL", *ALL),
            a_person(has=BOTH),
            {"sms_mfa_settings": BEST, "email_mfa_settings": BEST},
            "Only one MFA can be set as preferred",
        ),
        (
            offering("OPTIONAL", *ALL),
            a_person(has=BOTH),
            {"sms_mfa_settings": Choice(preferred_mfa=True)},
            "An MFA that is not enabled cannot be set as preferred",
        ),
        (
            offering("OPTIONAL", *ALL),
            a_person(has=ADDRESS),
            {"sms_mfa_settings": ON},
            "User does not have delivery config set to turn on SMS_MFA",
        ),
        (
            offering("OPTIONAL", *ALL),
            a_person(has=PHONE),
            {"email_mfa_settings": ON},
            "User does not have delivery config set to turn on EMAIL_OTP",
        ),
        (
            offering("OPTIONAL", *ALL),
            a_person(has=BOTH),
            {"software_token_mfa_settings": BEST},
            "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA",
        ),
        (
            offering("OPTIONAL", TOTP),
            a_person(has=BOTH),
            {"sms_mfa_settings": ON},
            "SMS_MFA not enabled for the user pool",
        ),
        (
            offering("OFF"),
            a_person(has=BOTH, software_token=True),
            {"software_token_mfa_settings": ON},
            "SOFTWARE_TOKEN_MFA not enabled for the user pool",
        ),
        (
            offering("OPTIONAL", *ALL),
            a_person(SMS, passkeys=1, has=BOTH),
            {"web_authn_mfa_settings": ON},
            "WEB_AUTHN not enabled for the user pool",
        ),
        (
            offering("OPTIONAL", *ALL, passkeys=MULTI),
            a_person(SMS, has=BOTH),
            {"web_authn_mfa_settings": ON},
            "User does not have delivery config set to turn on WEB_AUTHN",
        ),
        (
            offering("OPTIONAL", *ALL, passkeys=MULTI),
            a_person(passkeys=1, has=BOTH),
            {"web_authn_mfa_settings": ON},
            "WEB_AUTHN can be enabled only beside another MFA such as SMS, TOTP or email",
        ),
    ],
)
def test_preferences_that_cannot_be_are_refused(
    pool: LoadedPool, user: User, change: dict[str, Choice], text: str
) -> None:
    with pytest.raises(InvalidParameter) as caught:
        chosen(pool, user, PreferenceChange(**change))
    assert caught.value.text == text


@holds("MFA-18")
def test_a_passkey_is_turned_on_beside_another_factor() -> None:
    pool = offering("OPTIONAL", *ALL, passkeys=MULTI)
    change = PreferenceChange(web_authn_mfa_settings=ON, sms_mfa_settings=ON)
    assert chosen(pool, a_person(passkeys=1, has=BOTH), change) == ((SMS, PASSKEY), None)


@holds("MFA-17")
def test_the_older_settings_know_only_sms() -> None:
    on = [MfaOption(delivery_medium="SMS", attribute_name="phone_number")]
    pool = offering("OPTIONAL", *ALL)
    assert with_settings(pool, a_person(has=BOTH), on) == ((SMS,), None)
    assert with_settings(pool, a_person(SMS, MAIL, preferred=SMS, has=BOTH), []) == ((MAIL,), None)
    required = offering("ON", *ALL)
    assert with_settings(required, a_person(SMS, preferred=SMS, has=BOTH), []) == ((SMS,), SMS)
    for options in ([MfaOption(delivery_medium="EMAIL", attribute_name="email")], [MfaOption()]):
        with pytest.raises(InvalidParameter):
            with_settings(pool, a_person(has=BOTH), options)
    with pytest.raises(InvalidParameter, match="delivery config set to turn on SMS_MFA"):
        with_settings(pool, a_person(has=ADDRESS), on)


@holds("MFA-19")
@pytest.mark.parametrize(
    "user, configured",
    [
        (a_person(), ()),
        (a_person(SMS, has=BOTH), ("SMS_OTP",)),
        (a_person(SMS, MAIL, has=BOTH), ("EMAIL_OTP", "SMS_OTP")),
        (a_person(TOTP, software_token=True, has=BOTH), ("SOFTWARE_TOKEN",)),
        (a_person(software_token=True), ("SOFTWARE_TOKEN",)),
        (a_person(PASSKEY, passkeys=2), ()),
    ],
)
def test_what_can_be_signed_in_with(user: User, configured: tuple[str, ...]) -> None:
    assert auth_factors(offering("OPTIONAL", *ALL), user).configured == configured


def test_what_others_keep_beside_preferences_stays() -> None:
    user = a_user(document=UserDocument(mfa={"enabled": [SMS], "note": "kept"}))
    changed = with_preferences(user, 5, enabled=(SMS, MAIL))
    assert changed.document.mfa == {"enabled": (SMS, MAIL), "note": "kept"}
    assert (preferences_of(changed).enabled, changed.modified_ms) == ((SMS, MAIL), 5)
    assert with_preferences(changed, 9, enabled=(SMS, MAIL)) is changed
