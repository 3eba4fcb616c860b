import copy

from poolkeep.wire.service import load
from tools.model_drift import drift
from tools.wire_model import Json, patched_model

SERVICE = load("cognito-identity")
REQUIRED_NOW = (
    "GetIdInput.AccountId: shape and requiredness were ('AccountId', False), "
    "are ('AccountId', True)"
)


def changes(model: Json) -> list[str]:
    return list(drift(SERVICE, model, everything=True))


def test_the_pinned_models_have_not_drifted() -> None:
    for name in ("cognito-idp", "cognito-identity", "cognito-sync", "sts"):
        assert list(drift(load(name), patched_model(name), everything=True)) == []
    assert list(drift(load("iam"), patched_model("iam"), everything=False)) == []


def test_every_kind_of_drift_is_reported() -> None:
    model = copy.deepcopy(patched_model("cognito-identity"))
    shapes, operations = model["shapes"], model["operations"]
    operations["GetNew"] = operations["GetId"]
    del operations["ListIdentities"]
    operations["GetOpenIdToken"]["http"]["requestUri"] = "/new"
    operations["DescribeIdentity"]["authtype"] = "none"
    operations["GetId"]["errors"].append({"shape": "DeveloperUserAlreadyRegisteredException"})
    shapes["GetIdInput"]["members"]["Extra"] = {"shape": "ExtraType"}
    shapes["GetIdInput"]["required"].append("AccountId")
    shapes["ExtraType"] = {"type": "string"}
    shapes["IdentityPoolId"]["max"] = 99
    shapes["IdentityPoolId"]["pattern"] = "x"
    shapes["IdentityPoolId"]["sensitive"] = True
    shapes["AmbiguousRoleResolutionType"]["enum"] = ["Deny", "Shrug"]
    assert set(changes(model)) >= {
        "new operation GetNew",
        "operation ListIdentities is gone",
        "GetOpenIdToken: URI was /, is /new",
        "DescribeIdentity needs no signature any more",
        "GetId declares DeveloperUserAlreadyRegisteredException: new",
        "GetIdInput has member Extra: new",
        "new string ExtraType",
        "IdentityPoolId: minimum and maximum were (1, 55), are (1, 99)",
        "IdentityPoolId: pattern was [\\w-]+:[0-9a-f-]+, is x",
        "IdentityPoolId is now sensitive",
        "AmbiguousRoleResolutionType allows Shrug: new",
        "AmbiguousRoleResolutionType allows AuthenticatedRole: gone",
        REQUIRED_NOW,
    }
