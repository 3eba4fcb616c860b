import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

from poolkeep.wire.service import NAMES, Operation, Service, load
from tools.generate_wire import attribute
from tools.wire_model import installed_version, read_json, service_model, snake_case

ROOT = Path(__file__).resolve().parents[3]
SERVICES = {name: load(name) for name in NAMES}
OPERATIONS = [o for service in SERVICES.values() for o in service.operations.values()]


def model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def operation_model(operation: Operation) -> OperationModel:
    return model(operation.service).operation_model(operation.name)


def test_the_files_are_what_the_generator_writes() -> None:
    done = subprocess.run(
        [sys.executable, "tools/generate_wire.py", "--check"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_the_installed_models_are_the_pinned_ones() -> None:
    assert installed_version() == read_json("pin.json")["botocore"]


def test_the_numbers_of_operations_are_known() -> None:
    counts = {name: len(service.operations) for name, service in SERVICES.items()}
    assert counts == {
        "cognito-idp": 141,
        "cognito-identity": 23,
        "cognito-sync": 17,
        "sts": 11,
        "iam": 96,
        "kms": 5,
    }


def test_thirteen_operations_have_no_output() -> None:
    silent = [o.name for o in SERVICES["cognito-idp"].operations.values() if o.output is None]
    assert len(silent) == 13
    assert "DeleteUser" in silent


@pytest.mark.parametrize("service", NAMES)
def test_attributes_are_named_as_the_sdk_names_them(service: str) -> None:
    for shape in service_model(service)["shapes"].values():
        for member in shape.get("members", {}):
            assert snake_case(member) == xform_name(member)


def test_a_keyword_gets_an_underscore() -> None:
    assert attribute("From") == "from_"


def made_optional(service: str, shape: str) -> set[str]:
    """Return the members that our patches let callers leave out."""
    return {
        member
        for patch in read_json("patches.json")
        if (patch["service"], patch["shape"]) == (service, shape)
        for member in patch.get("optional", ())
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: f"{o.service}:{o.name}")
def test_an_operation_is_what_the_model_says(operation: Operation) -> None:
    theirs = operation_model(operation)
    service = SERVICES[operation.service]
    assert operation.http_method == theirs.http["method"]
    assert operation.http_uri == theirs.http["requestUri"]
    assert (operation.input is None) == (theirs.input_shape is None)
    assert (operation.output is None) == (theirs.output_shape is None)
    assert set(operation.errors) <= set(service.errors)
    assert len(operation.errors) == len(theirs.error_shapes)
    if operation.name != "GetClientToken":
        assert operation.signed == (theirs.auth_type != "none")
    for ours, shape in (
        (operation.input, theirs.input_shape),
        (operation.output, theirs.output_shape),
    ):
        if ours is not None and shape is not None:
            fields = {f.encode_name: f for f in msgspec.structs.fields(ours)}
            assert list(fields) == list(shape.members)
            required = set(shape.required_members) - made_optional(operation.service, shape.name)
            assert {n for n, f in fields.items() if f.required} == required


def test_every_structure_can_be_read_and_written() -> None:
    # Resolving the annotations of each class shows names that hide a type.
    for service in NAMES:
        module = sys.modules[f"poolkeep.wire.{service.replace('-', '_')}.shapes"]
        for shape in load(service).table.structures:
            msgspec.json.Decoder(getattr(module, shape))


@pytest.mark.parametrize("service", SERVICES.values(), ids=NAMES)
def test_errors_have_the_status_of_the_model(service: Service) -> None:
    shapes = service_model(service.name)["shapes"]
    theirs = {s.get("error", {}).get("code", n): s for n, s in shapes.items() if s.get("exception")}
    for code, error in service.errors.items():
        fault = bool(theirs[code].get("fault"))
        status = theirs[code].get("error", {}).get("httpStatusCode", 500 if fault else 400)
        assert (error.code, error.status) == (code, status)
        assert error.fault is (status >= 500)
        assert service.status(code) == status


def test_the_codes_of_sts_differ_from_the_shapes() -> None:
    assert "InvalidIdentityToken" in SERVICES["sts"].errors
    assert "InvalidIdentityTokenException" not in SERVICES["sts"].errors


def test_who_may_call() -> None:
    idp = SERVICES["cognito-idp"].operations
    assert len([o for o in idp.values() if not o.signed]) == 35
    assert not idp["GetClientToken"].signed
    assert idp["GetDerivedToken"].signed
    assert [o.name for o in idp.values() if o.optional_signature] == ["GetDerivedToken"]


def test_what_a_policy_is_asked() -> None:
    idp = SERVICES["cognito-idp"].operations
    assert idp["DescribeUserPool"].iam_action == "cognito-idp:DescribeUserPool"
    assert idp["DescribeUserPool"].resource == "userpool"
    assert {o.name for o in idp.values() if o.resource == "*"} == {
        "CreateUserPool",
        "ListUserPools",
        "DescribeUserPoolDomain",
        "GetProvisionedLimit",
        "UpdateProvisionedLimit",
    }
    assert "aws:TagKeys" in idp["CreateUserPool"].condition_keys
    assert idp["SignUp"].iam_action == ""
    assert all(o.iam_action and o.resource for o in OPERATIONS if o.signed)


def test_every_user_pool_operation_counts_in_one_quota() -> None:
    idp = SERVICES["cognito-idp"].operations
    assert all(o.category for o in idp.values())
    listed = [
        n
        for names in read_json("operations.json")["cognito-idp"]["categories"].values()
        for n in names
    ]
    assert len(listed) == len(set(listed)) == len(idp)


def test_facts_name_operations_that_exist() -> None:
    for service, facts in read_json("operations.json").items():
        known = set(SERVICES[service].operations)
        for part in ("categories", "resources"):
            for names in facts[part].values():
                assert set(names) <= known
        assert set(facts["condition_keys"]) <= known


def test_sensitive_members_are_found_at_any_depth() -> None:
    idp = SERVICES["cognito-idp"].operations
    assert set(idp["SignUp"].sensitive) >= {
        "ClientId",
        "SecretHash",
        "Username",
        "Password",
        "UserAttributes.Value",
    }
    assert "ChallengeResponses" in idp["RespondToAuthChallenge"].sensitive


def test_corrections_are_applied() -> None:
    strings = SERVICES["cognito-idp"].table.strings
    assert "ALLOW_CLIENT_TOKEN_AUTH" in strings["ExplicitAuthFlowsType"][3]
    assert strings["PasswordType"][2] == r"^[\S]+.*[\S]+$"


def test_statuses_of_codes_outside_the_model() -> None:
    assert SERVICES["cognito-idp"].status("AccessDeniedException") == 400
    assert SERVICES["cognito-sync"].status("AccessDeniedException") == 403
    assert SERVICES["sts"].status("SignatureDoesNotMatch") == 403
    assert SERVICES["sts"].status("ValidationError") == 400


def test_an_unknown_service_is_refused() -> None:
    with pytest.raises(KeyError):
        load("s3")
