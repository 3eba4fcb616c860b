"""What an authorization request may say, and in which order it is judged."""

from typing import Any

import pytest

from poolkeep.core.oauth.model import Params
from poolkeep.core.oauth.profile import profile_of
from poolkeep.core.oauth.requests import (
    VALUE_CHARACTERS_MAX,
    Facts,
    ToClient,
    ToErrorPage,
    digest,
    parse,
)
from tests.sdk.support import holds
from tests.unit.core.oauth.asking import (
    CALLBACK,
    CHALLENGE,
    OTHER,
    PROFILES,
    a_client,
    pool_of,
    read,
    usual,
    verdict,
)

S256 = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


@holds("OAUTH-01")
@pytest.mark.parametrize("profile", PROFILES)
def test_without_a_client_that_signs_in_here_nobody_is_sent_back(profile: str) -> None:
    assert verdict(usual(client_id=None), profile=profile) == "page: invalid_request"
    off = a_client(allowed_o_auth_flows_user_pool_client=False)
    assert verdict(usual(), profile=profile, client=off) == "page: unauthorized_client"
    nobody = a_client(supported_identity_providers=None)
    assert verdict(usual(), profile=profile, client=nobody) == "page: no_provider"
    pool = pool_of(profile)
    with pytest.raises(ToErrorPage, match="client_not_found"):
        parse(None, Params(usual().items()), Facts(pool=pool, profile=profile_of(pool)))


@holds("OAUTH-02")
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://app.example/cb/",
        "https://app.example/CB",
        "https://app.example:443/cb",
        "https://app.example/cb?x=1",
        "https://app.example/cb#x",
        "https://app.example@evil.example/cb",
        "https://evil.example/https://app.example/cb",
        "http://app.example/cb",
        "https://app.example/cb/../cb",
        "https://app.example\\cb",
        "https://app.example/cb\t",
        " https://app.example/cb",
        "myapp://signed-in",
    ],
)
def test_a_redirect_uri_is_a_registered_one_to_the_byte(profile: str, address: str) -> None:
    assert verdict(usual(redirect_uri=address), profile=profile) == "page: redirect_mismatch"
    twice = [*usual().items(), ("redirect_uri", CALLBACK)]
    assert verdict(twice, profile=profile) == "page: invalid_request"


@holds("OAUTH-02")
def test_without_a_redirect_uri_the_clients_default_counts() -> None:
    assert verdict(usual(redirect_uri=None)) == "page: redirect_mismatch"
    client = a_client(default_redirect_uri=OTHER)
    assert read(usual(redirect_uri=None), client=client).redirect_uri == OTHER
    assert read(usual(), client=client).redirect_uri == CALLBACK


@holds("OAUTH-03")
@pytest.mark.parametrize(
    "response_type, compat, strict",
    [
        ("code", "ok", "ok"),
        ("token", "ok", "ok"),
        (None, "invalid_request", "invalid_request"),
        ("", "invalid_request", "invalid_request"),
        ("none", "invalid_request", "unsupported_response_type"),
        ("CODE", "invalid_request", "unsupported_response_type"),
        ("code code", "invalid_request", "unsupported_response_type"),
        ("id_token", "invalid_request", "ok"),
        ("id_token token", "invalid_request", "ok"),
        ("code id_token", "invalid_request", "ok"),
        ("code token", "invalid_request", "ok"),
    ],
)
def test_which_response_types_there_are(
    response_type: str | None, compat: str, strict: str
) -> None:
    params = usual(response_type=response_type, nonce="n")
    assert verdict(params) == compat
    assert verdict(params, profile="strict") == strict


@holds("OAUTH-03")
@pytest.mark.parametrize("profile", PROFILES)
def test_a_flow_that_the_client_lacks_is_refused(profile: str) -> None:
    implicit = a_client(allowed_o_auth_flows=("implicit",))
    code = a_client(allowed_o_auth_flows=("code",))
    assert verdict(usual(), profile=profile, client=implicit) == "unauthorized_client"
    token = usual(response_type="token")
    assert verdict(token, profile=profile, client=code) == "unauthorized_client"
    hybrid = usual(response_type="code token")
    assert verdict(hybrid, profile="strict", client=code) == "unauthorized_client"


@holds("OAUTH-04")
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "challenge, method, expected",
    [
        (None, None, "ok"),
        (CHALLENGE, "S256", "ok"),
        ("a" * 128, "S256", "ok"),
        (CHALLENGE, None, "invalid_request"),
        (None, "S256", "invalid_request"),
        (CHALLENGE, "plain", "invalid_request"),
        (CHALLENGE, "s256", "invalid_request"),
        (CHALLENGE, "", "invalid_request"),
        ("", "S256", "invalid_request"),
        ("a" * 42, "S256", "invalid_request"),
        ("a" * 129, "S256", "invalid_request"),
        ("a" * 42 + "+", "S256", "invalid_request"),
        (CHALLENGE + "\n", "S256", "invalid_request"),
    ],
)
def test_a_challenge_is_whole_and_hashed(
    profile: str, challenge: str | None, method: str | None, expected: str
) -> None:
    params = usual(code_challenge=challenge, code_challenge_method=method)
    assert verdict(params, profile=profile) == expected


@holds("OAUTH-04")
def test_a_pool_can_demand_challenges() -> None:
    pool = pool_of(tags={"poolkeep:require-pkce": "on"})
    assert verdict(usual(), pool=pool) == "invalid_request"
    assert verdict(usual(**S256), pool=pool) == "ok"
    assert verdict(usual(response_type="token"), pool=pool) == "ok"


@holds("OAUTH-05")
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "scope, granted",
    [
        ("openid", ("openid",)),
        ("email openid", ("email", "openid")),
        ("openid  openid", ("openid",)),
        ("api/read", ("api/read",)),
        ("openid api/gone api/read", ("openid", "api/read")),
        (None, ("openid", "email", "phone", "profile", "api/read")),
        ("", ("openid", "email", "phone", "profile", "api/read")),
    ],
)
def test_scopes_come_in_their_order(
    profile: str, scope: str | None, granted: tuple[str, ...]
) -> None:
    assert read(usual(scope=scope), profile=profile).scopes == granted


@holds("OAUTH-05")
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "scope",
    [
        "openid unknown",
        "openid aws.cognito.signin.user.admin",
        "api/other",
        "api/gone",
        "email",
        "phone profile",
        "openid\nemail",
        "openid\temail",
        'openid "',
        "OpenID",
    ],
)
def test_scopes_beyond_the_client_are_refused(profile: str, scope: str) -> None:
    assert verdict(usual(scope=scope), profile=profile) == "invalid_scope"


@holds("OAUTH-05")
def test_openid_connects_own_scopes_are_taken_in_strict_pools_alone() -> None:
    for scope in ("openid address", "openid offline_access"):
        assert verdict(usual(scope=scope)) == "invalid_scope"
    assert read(usual(scope="openid address"), profile="strict").scopes == ("openid", "address")
    assert read(usual(scope="openid offline_access"), profile="strict").scopes == ("openid",)


@holds("OAUTH-06")
@pytest.mark.parametrize(
    "resource, expected",
    [
        ("https://api.example/v1", "ok"),
        ("http://localhost:8080", "ok"),
        ("myapi://one", "ok"),
        ("http://api.example", "invalid_target"),
        ("https://api.example/#x", "invalid_target"),
        ("api", "invalid_target"),
        ("https://[::1", "invalid_target"),
    ],
)
def test_a_resource_is_an_address(resource: str, expected: str) -> None:
    assert verdict(usual(resource=resource)) == expected
    twice = [*usual(resource=resource).items(), ("resource", resource)]
    assert verdict(twice) == "invalid_target"


@holds("OAUTH-07")
def test_a_named_provider_is_one_of_the_clients() -> None:
    client = a_client(supported_identity_providers=("COGNITO", "Corporate"))
    one: dict[str, Any] = {
        "client": client,
        "identifiers": {"corp.example": "Corporate", "x.example": "Other"},
    }
    for asked, provider in (
        ({}, None),
        ({"identity_provider": "COGNITO"}, "COGNITO"),
        ({"identity_provider": "Corporate"}, "Corporate"),
        ({"idp_identifier": "Corp.Example"}, "Corporate"),
        ({"identity_provider": "COGNITO", "idp_identifier": "corp.example"}, "COGNITO"),
    ):
        assert read(usual(**asked), **one).provider == provider
    for asked in (
        {"identity_provider": "Other"},
        {"identity_provider": "cognito"},
        {"idp_identifier": "x.example"},
        {"idp_identifier": "nobody.example"},
    ):
        assert verdict(usual(**asked), **one) == "invalid_request"


@holds("OAUTH-08")
def test_prompts_are_heard_where_cognito_hears_them() -> None:
    assert read(usual(prompt="login consent")).prompts == {"login", "consent"}
    assert read(usual(prompt="NONE")).prompts == {"none"}
    assert read(usual(prompt="surprise")).prompts == frozenset()
    assert read(usual(prompt="none"), managed=False).prompts == frozenset()
    assert verdict(usual(prompt="none login")) == "invalid_request"
    strict: dict[str, Any] = {"profile": "strict", "managed": False}
    assert read(usual(prompt="create"), **strict).prompts == {"create"}
    assert verdict(usual(prompt="surprise"), **strict) == "invalid_request"
    assert verdict(usual(prompt="none login"), **strict) == "invalid_request"


@holds("OAUTH-08")
def test_levels_and_ages_are_passed_over_where_the_tier_lacks_them() -> None:
    asked = usual(acr_values="urn:cognito:loa:3", max_age="60")
    heard = read(asked, tiers_enforced=True)
    assert (heard.acr_values, heard.max_age_s) == ("urn:cognito:loa:3", 60)
    elsewhere: tuple[dict[str, Any], ...] = (
        {"pool": pool_of(user_pool_tier="LITE"), "tiers_enforced": True},
        {"managed": False},
    )
    for facts in elsewhere:
        passed = read(asked, **facts)
        assert (passed.acr_values, passed.max_age_s) == (None, None)
    strict = read(asked, pool=pool_of("strict", user_pool_tier="LITE"), tiers_enforced=True)
    assert strict.max_age_s == 60
    for age in ("-1", "1.5", "soon", "٣", "9" * 11):
        assert verdict(usual(max_age=age)) == "invalid_request"


@holds("OAUTH-08")
def test_a_language_is_one_that_the_pages_speak() -> None:
    for asked, expected in (
        ("de", "de"),
        ("pt-br", "pt-BR"),
        ("en-GB", "en"),
        ("xx", None),
        ("zh", None),
    ):
        assert read(usual(lang=asked)).lang == expected
    assert read(usual(lang="de"), managed=False).lang is None
    assert read(usual(ui_locales="xx fr-CA de")).lang is None
    assert read(usual(ui_locales="xx fr-CA de"), profile="strict").lang == "fr"


@holds("OAUTH-09")
@pytest.mark.parametrize("profile", PROFILES)
def test_a_parameter_comes_once_and_has_an_end(profile: str) -> None:
    for name in ("scope", "state", "nonce", "response_type", "code_challenge", "prompt"):
        twice = [*usual(nonce="n", prompt="login", **S256).items(), (name, "x")]
        assert verdict(twice, profile=profile) == "invalid_request"
    unknown = [*usual().items(), ("x", "1"), ("x", "2")]
    assert verdict(unknown, profile=profile) == "ok"
    endless = "n" * (VALUE_CHARACTERS_MAX + 1)
    for name in ("state", "nonce", "login_hint"):
        assert verdict(usual(**{name: endless}), profile=profile) == "invalid_request"
    with pytest.raises(ToClient) as told:
        read(usual(state=endless), profile=profile)
    assert told.value.state is None


@holds("OAUTH-10")
@pytest.mark.parametrize("name", ["request", "request_uri", "registration"])
def test_request_objects_are_passed_over_or_refused(name: str) -> None:
    params = usual(**{name: "https://app.example/request.jwt"})
    assert verdict(params) == "ok"
    assert verdict(params, profile="strict") == f"{name}_not_supported"


@holds("OAUTH-11")
def test_how_the_answer_comes_is_the_clients_choice_in_strict_pools() -> None:
    assert read(usual(response_mode="form_post")).response_mode == "query"
    assert read(usual(response_type="token")).response_mode == "fragment"
    strict: dict[str, Any] = {"profile": "strict"}
    assert read(usual(response_mode="form_post"), **strict).response_mode == "form_post"
    assert read(usual(response_mode="fragment"), **strict).response_mode == "fragment"
    assert verdict(usual(response_mode="carrier-pigeon"), **strict) == "invalid_request"
    leak = usual(response_type="token", response_mode="query")
    with pytest.raises(ToClient) as told:
        read(leak, **strict)
    assert (told.value.error, told.value.mode) == ("invalid_request", "fragment")


@holds("OAUTH-11")
@pytest.mark.parametrize("profile", PROFILES)
def test_errors_of_the_implicit_flow_stand_in_the_fragment(profile: str) -> None:
    with pytest.raises(ToClient) as told:
        read(usual(response_type="token", scope="nonsense"), profile=profile)
    assert (told.value.mode, told.value.state) == ("fragment", "s1")


@holds("OAUTH-03")
def test_an_id_token_needs_openid_and_a_nonce() -> None:
    asked = usual(response_type="id_token")
    assert verdict(asked, profile="strict") == "invalid_request"
    without = usual(response_type="id_token", nonce="n", scope="api/read")
    assert verdict(without, profile="strict") == "invalid_scope"


def test_a_digest_names_what_is_asked_for_and_not_how() -> None:
    one = digest(read(usual(nonce="n", **S256)))
    assert digest(read(usual(nonce="n", prompt="login", lang="de", login_hint="a", **S256))) == one
    others = [usual(nonce="n"), usual(nonce="m", **S256), usual(nonce="n", state="s2", **S256)]
    assert len({one, *(digest(read(other)) for other in others)}) == 4


@holds("OAUTH-11")
@pytest.mark.parametrize("mode", ["form_post", "fragment"])
@pytest.mark.parametrize(
    "wrong", [{"request": "e30.e30."}, {"response_type": None}, {"response_type": "pigeon"}]
)
def test_errors_of_whatever_kind_come_as_the_client_asked_in_strict_pools(
    mode: str, wrong: dict[str, str | None]
) -> None:
    asked = usual(response_mode=mode, **wrong)
    with pytest.raises(ToClient) as told:
        read(asked, profile="strict")
    assert told.value.mode == mode
    with pytest.raises(ToClient) as twice:
        read([*asked.items(), ("response_mode", mode)], profile="strict")
    assert (twice.value.error, twice.value.mode) == ("invalid_request", "query")
