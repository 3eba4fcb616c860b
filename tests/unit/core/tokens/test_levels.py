"""What proofs are worth: docs/behaviours/levels.md."""

from itertools import combinations

import pytest

from poolkeep.base.refusal import FeatureUnavailableInTier, InvalidParameter
from poolkeep.core.pools.model import AcrLevel, PoolSettings, UserPool
from poolkeep.core.tokens import levels
from tests.sdk.support import holds

EVERYTHING = {"pwd", "otp", "sms", "email_otp", "passkey"}


def a_pool(tier: str = "ESSENTIALS", **names: str) -> UserPool:
    configured = {level: AcrLevel(acr_value=name) for level, name in names.items()}
    settings = PoolSettings(
        name="p", user_pool_tier=tier, acr_configuration=configured, user_pool_tags={}
    )
    return UserPool(
        id="r_p", account="1", region="r", created_ms=1, modified_ms=1, settings=settings
    )


@holds("LEVEL-01", "LEVEL-02", "LEVEL-04")
@pytest.mark.parametrize(
    "factors, level, methods",
    [
        (("pwd",), 1, ["pwd"]),
        (("sms",), 2, ["sms"]),
        (("email_otp",), 2, ["email_otp"]),
        (("swk",), 3, ["swk"]),
        (("hwk",), 3, ["hwk"]),
        (("pwd", "sms"), 3, ["pwd", "sms", "mfa"]),
        (("pwd", "email_otp"), 3, ["pwd", "email_otp", "mfa"]),
        (("pwd", "otp"), 4, ["pwd", "otp", "mfa"]),
        (("otp", "pwd"), 4, ["otp", "pwd", "mfa"]),
        (("email_otp", "otp"), 2, ["email_otp", "otp", "mfa"]),
        (("swk", "otp"), 3, ["swk", "otp", "mfa"]),
        (("swk", "pwd", "otp"), 4, ["swk", "pwd", "otp", "mfa"]),
        (("pwd", "pwd"), 1, ["pwd"]),
        (("fed",), 1, ["fed"]),
        (("pwd", "custom"), 1, ["pwd"]),
        (("custom",), None, []),
        (("custom", "otp"), None, ["otp"]),
        ((), None, []),
    ],
)
def test_proofs_have_a_level_and_names(
    factors: tuple[str, ...], level: int | None, methods: list[str]
) -> None:
    assert levels.level_of(factors) == level
    assert levels.methods(factors) == methods
    named = None if level is None else f"urn:cognito:loa:{level}"
    assert levels.acr_of(a_pool(), factors, None) == named
    assert levels.acr_of(a_pool("LITE"), factors, None) is None


def test_a_provider_names_the_level_itself() -> None:
    assert levels.acr_of(a_pool(Level4="gold"), ("fed",), 4) == "gold"


def test_a_pool_may_name_its_levels() -> None:
    pool = a_pool(Level2="silver")
    assert levels.names(pool)[2] == "silver"
    assert levels.level_named(pool, "silver") == 2
    assert levels.level_named(pool, "urn:cognito:loa:2") is None, "the name of yesterday"
    assert levels.level_named(pool, None) is None


def test_a_tag_keeps_the_claims_out_of_tokens() -> None:
    pool = a_pool()
    assert pool.settings.user_pool_tags is not None
    pool.settings.user_pool_tags[levels.CLAIMS_TAG] = "off"
    assert levels.acr_of(pool, ("pwd",), None) is None


def test_targets_are_read_in_order_and_unknown_ones_passed_over() -> None:
    pool = a_pool(Level4="gold")
    assert levels.targets(pool, "gold nonsense urn:cognito:loa:3 gold") == (4, 3)
    for nothing in ("", " ", "urn:cognito:loa:4", "GOLD"):
        with pytest.raises(InvalidParameter, match=r"Invalid TARGET_ACR_VALUES\."):
            levels.targets(pool, nothing)
    assert levels.targets(a_pool("LITE"), "urn:cognito:loa:1") == (1,)
    with pytest.raises(FeatureUnavailableInTier):
        levels.targets(a_pool("LITE"), "urn:cognito:loa:1", tiers_enforced=True)


@pytest.mark.parametrize(
    "done, available, target, ways",
    [
        ((), {"pwd"}, 1, [("pwd",)]),
        ((), EVERYTHING, 1, [("pwd",), ("passkey",), ("email_otp",), ("sms",)]),
        (("pwd",), EVERYTHING, 4, [("otp",)]),
        (("pwd",), {"pwd", "sms"}, 3, [("sms",)]),
        (("pwd",), {"pwd", "sms"}, 4, []),
        (("swk",), EVERYTHING, 4, [("pwd", "otp")]),
        (("sms",), {"pwd", "sms"}, 3, [("pwd",)]),
        (("pwd", "otp"), set(), 4, [()]),
        (("custom",), {"otp"}, 1, []),
        ((), {"otp"}, 1, []),
        (
            (),
            EVERYTHING,
            3,
            [("passkey",), ("pwd", "otp"), ("pwd", "email_otp"), ("pwd", "sms")],
        ),
    ],
)
def test_what_is_missing_for_a_level(
    done: tuple[str, ...], available: set[str], target: int, ways: list[tuple[str, ...]]
) -> None:
    assert list(levels.missing(done, available, target)) == ways


@pytest.mark.parametrize("target", levels.LEVELS)
def test_every_way_leads_there_and_none_is_longer_than_needed(target: int) -> None:
    for count in range(len(EVERYTHING) + 1):
        for done in combinations(sorted(EVERYTHING), count):
            for way in levels.missing(done, EVERYTHING, target):
                assert levels.reaches((*done, *way), target)
                for left_out in way:
                    shorter = [factor for factor in way if factor != left_out]
                    assert not levels.reaches((*done, *shorter), target)
