import msgspec
import pytest

from poolkeep.wire import codec
from poolkeep.wire.constraints import VIOLATIONS_MAX, check
from poolkeep.wire.service import NAMES, load
from poolkeep.wire.violations import member_path
from tests.unit.wire import samples

JSON_SERVICES = ("cognito-idp", "cognito-identity")


def refusal_of(name: str, body: bytes | str, service: str = "cognito-idp") -> str:
    raw = body.encode() if isinstance(body, str) else body
    with pytest.raises(codec.ValidationRefused) as caught:
        codec.decode(load(service).operations[name], raw)
    return str(caught.value)


def misfit_of(name: str, body: str, service: str = "cognito-idp") -> str:
    with pytest.raises(codec.SerializationRefused) as caught:
        codec.decode(load(service).operations[name], body.encode())
    return str(caught.value)


def sentence(*violations: str) -> str:
    """Return the service's text; in each violation `=>` stands for the fixed words."""
    plural = "s" if len(violations) > 1 else ""
    text = "; ".join(violations).replace("=>", "failed to satisfy constraint:")
    return f"{len(violations)} validation error{plural} detected: {text}"


NOT_NULL = "=> Member must not be null"
MATCH = "=> Member must satisfy regular expression pattern:"
LENGTH_FROM = "Member must have length greater than or equal to"
LENGTH_TO = "Member must have length less than or equal to"
VALUE_FROM = "=> Member must have value greater than or equal to"
VALUE_TO = "=> Member must have value less than or equal to"
SIGN_UP = '{"ClientId":"a","Username":"u","Password":"pw","UserAttributes":'


def worded(name: str, body: str, *violations: str) -> object:
    return pytest.param(name, body, sentence(*violations), id=f"{name}{body[:40]}")


@pytest.mark.parametrize(
    "operation,body,expected",
    [
        worded(
            "DescribeUserPool",
            '{"UserPoolId":"abc"}',
            f"Value 'abc' at 'userPoolId' {MATCH} [\\w-]+_[0-9a-zA-Z]+",
        ),
        worded("DescribeUserPool", "{}", f"Value null at 'userPoolId' {NOT_NULL}"),
        worded("DescribeUserPool", '{"UserPoolId":null}', f"Value null at 'userPoolId' {NOT_NULL}"),
        worded(
            "DescribeUserPoolClient",
            '{"UserPoolId":"r_a","ClientId":""}',
            f"Value at 'clientId' {MATCH} [\\w+]+",
            f"Value at 'clientId' => {LENGTH_FROM} 1",
        ),
        worded(
            "SignUp",
            '{"ClientId":"a","Username":"a b","Password":" x"}',
            f"Value at 'username' {MATCH} [\\p{{L}}\\p{{M}}\\p{{S}}\\p{{N}}\\p{{P}}]+",
            f"Value at 'password' {MATCH} ^[\\S]+.*[\\S]+$",
        ),
        worded(
            "ListUsers", '{"UserPoolId":"r_a","Limit":61}', f"Value '61' at 'limit' {VALUE_TO} 60"
        ),
        worded("ListUserPools", '{"MaxResults":0}', f"Value '0' at 'maxResults' {VALUE_FROM} 1"),
        worded(
            "CreateGroup",
            '{"UserPoolId":"r_a","GroupName":"g","Description":"' + "x" * 2049 + '"}',
            f"Value '{'x' * 2049}' at 'description' => {LENGTH_TO} 2048",
        ),
        worded(
            "SignUp",
            SIGN_UP + '[{"Value":"v"},{"Name":"n"}]}',
            f"Value null at 'userAttributes.1.member.name' {NOT_NULL}",
        ),
        worded(
            "CreateUserPool",
            '{"PoolName":"p","Policies":{"PasswordPolicy":{"MinimumLength":5}}}',
            f"Value '5' at 'policies.passwordPolicy.minimumLength' {VALUE_FROM} 6",
        ),
        worded(
            "CreateUserPool",
            '{"PoolName":"p","Schema":[]}',
            f"Value '[]' at 'schema' => {LENGTH_FROM} 1",
        ),
        worded(
            "ListUsers",
            '{"UserPoolId":"r_a","AttributesToGet":["ok",""]}',
            "Value '[ok, ]' at 'attributesToGet' => Member must satisfy constraint: "
            f"[{LENGTH_TO} 32, {LENGTH_FROM} 1, {MATCH[3:]} "
            "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r ]+]",
        ),
        worded(
            "CreateUserPool",
            '{"PoolName":"p","AliasAttributes":["name"]}',
            "Value '[name]' at 'aliasAttributes' => Member must satisfy constraint: [Member must "
            "satisfy enum value set: [phone_number, email, preferred_username]]",
        ),
        worded(
            "CreateUserPool",
            '{"PoolName":"p","UserPoolTags":{"":"x"}}',
            "Value '{=x}' at 'userPoolTags' => Map keys must satisfy constraint: "
            f"[{LENGTH_TO} 128, {LENGTH_FROM} 1]",
        ),
        worded(
            "CreateUserPool",
            '{"PoolName":"p","UserPoolTags":{"k":"' + "v" * 257 + '"}}',
            f"Value '{{k={'v' * 257}}}' at 'userPoolTags' => Map value must satisfy constraint: "
            f"[{LENGTH_TO} 256, {LENGTH_FROM} 0]",
        ),
        worded(
            "SetUserPoolMfaConfig",
            '{"UserPoolId":"r_a","MfaConfiguration":"MAYBE"}',
            "Value 'MAYBE' at 'mfaConfiguration' => Member must satisfy enum value set: "
            "[OFF, ON, OPTIONAL]",
        ),
        worded(
            "RespondToAuthChallenge",
            '{"ClientId":"a","ChallengeName":"SMS_MFA","ChallengeResponses":{"USERNAME":"'
            + "x" * 131073
            + '"}}',
            "Value at 'challengeResponses' => Map value must satisfy constraint: "
            f"[{LENGTH_TO} 131072, {LENGTH_FROM} 0]",
        ),
        worded("TagResource", '{"Tags":{}}', f"Value null at 'resourceArn' {NOT_NULL}"),
    ],
)
def test_violations_are_worded_as_aws_does(operation: str, body: str, expected: str) -> None:
    assert refusal_of(operation, body) == expected


def test_identity_pools_call_it_validation_exception() -> None:
    with pytest.raises(codec.ValidationRefused) as caught:
        codec.decode(load("cognito-identity").operations["GetId"], b'{"IdentityPoolId":"x"}')
    assert caught.value.code == "ValidationException"


@pytest.mark.parametrize(
    "operation,body,expected",
    [
        ("SignUp", '{"ClientId":5}', "class java.lang.Integer can not be converted to an String"),
        (
            "SignUp",
            '{"ClientId":5000000000}',
            "class java.lang.Long can not be converted to an String",
        ),
        ("SignUp", '{"ClientId":1.5}', "class java.lang.Double can not be converted to an String"),
        (
            "SignUp",
            '{"ClientId":true}',
            "class java.lang.Boolean can not be converted to an String",
        ),
        ("SignUp", '{"ClientId":{}}', "Start of structure or map found where not expected."),
        ("SignUp", '{"ClientId":[]}', "Start of list found where not expected"),
        ("SignUp", '{"UserAttributes":{}}', "Start of structure or map found where not expected."),
        ("SignUp", '{"UserAttributes":"x"}', ""),
        ("SignUp", '{"UserAttributes":["x"]}', ""),
        ("SignUp", '{"ClientMetadata":"x"}', ""),
        ("SignUp", '{"ClientMetadata":[]}', "Start of list found where not expected"),
        (
            "SignUp",
            '{"ClientMetadata":{"k":true}}',
            "class java.lang.Boolean can not be converted to an String",
        ),
        ("ListUsers", '{"Limit":"5"}', "class java.lang.String can not be converted to an Integer"),
        ("ListUsers", '{"Limit":5.5}', "class java.lang.Double can not be converted to an Integer"),
        (
            "ListUsers",
            '{"Limit":true}',
            "class java.lang.Boolean can not be converted to an Integer",
        ),
        (
            "ListUsers",
            '{"Limit":3000000000}',
            "class java.lang.Long can not be converted to an Integer",
        ),
        (
            "ListUsers",
            '{"Limit":%s}' % (10**30),
            "class java.lang.BigInteger can not be converted to an Integer",
        ),
        (
            "AdminCreateUser",
            '{"ForceAliasCreation":"true"}',
            "class java.lang.String can not be converted to an Boolean",
        ),
        (
            "AdminCreateUser",
            '{"ForceAliasCreation":1}',
            "class java.lang.Integer can not be converted to an Boolean",
        ),
        ("SetUICustomization", '{"ImageFile":"not base64"}', ""),
        ("SetUICustomization", '{"ImageFile":"YQ"}', ""),
        (
            "SetUICustomization",
            '{"ImageFile":5}',
            "class java.lang.Integer can not be converted to an Blob",
        ),
    ],
)
def test_a_wrong_json_type_ends_the_walk(operation: str, body: str, expected: str) -> None:
    assert misfit_of(operation, body) == expected


def test_a_wrong_type_wins_over_violations() -> None:
    assert misfit_of("SignUp", '{"ClientId":"","Password":"","ClientMetadata":{"a":1}}')


def test_a_whole_float_is_an_integer() -> None:
    request = codec.decode(
        load("cognito-idp").operations["ListUsers"], b'{"UserPoolId":"r_a","Limit":5.0}'
    )
    assert getattr(request, "limit", None) == 5


def test_unknown_members_are_ignored() -> None:
    operation = load("cognito-idp").operations["DescribeUserPool"]
    assert codec.decode(operation, b'{"UserPoolId":"r_a","Unknown":[{"x":1}]}') is not None


def test_nulls_in_maps_count_as_absent() -> None:
    request = codec.decode(
        load("cognito-idp").operations["InitiateAuth"],
        b'{"AuthFlow":"USER_AUTH","ClientId":"a","AuthParameters":{"USERNAME":"u","DEVICE_KEY":null}}',
    )
    assert getattr(request, "auth_parameters", None) == {"USERNAME": "u"}


def test_null_elements_are_violations() -> None:
    assert "Value null at 'userAttributes.1.member'" in refusal_of("SignUp", SIGN_UP + "[null]}")
    text = refusal_of("ListUsers", '{"UserPoolId":"r_a","AttributesToGet":[null]}')
    assert "Value '[null]' at 'attributesToGet'" in text
    assert text.endswith("Member must not be null]")


def test_a_list_with_something_sensitive_in_it_is_not_printed() -> None:
    body = SIGN_UP + '[{"Name":"","Value":"my secret"},{"Name":"a","Value":"%s"}]}' % ("s" * 2049)
    text = refusal_of("SignUp", body)
    assert "my secret" not in text
    assert "sss" not in text
    assert "Value at 'userAttributes.2.member.value'" in text


def test_no_sensitive_value_is_ever_printed() -> None:
    for name in JSON_SERVICES:
        for operation in load(name).operations.values():
            for broken, _ in samples.mutations(operation):
                with pytest.raises(codec.ValidationRefused) as caught:
                    check(operation, broken)
                said = str(caught.value).partition("detected: ")[2].split("; ")
                for path in operation.sensitive:
                    label = member_path(path.rsplit(".", 1)[-1])
                    about = [text for text in said if f"{label}' failed" in text]
                    assert all(text.startswith(("Value null", "Value at")) for text in about)


def test_the_answer_to_a_flood_of_violations_is_bounded() -> None:
    attributes = ",".join(['{"Name":""}'] * 50_000)
    text = refusal_of("SignUp", f"{SIGN_UP}[{attributes}]}}")
    assert text.count("failed to satisfy") <= VIOLATIONS_MAX + 2


@pytest.mark.parametrize("service", NAMES)
def test_every_single_constraint_is_enforced(service: str) -> None:
    count = 0
    for operation in load(service).operations.values():
        if operation.input is None:
            continue
        for broken, said in samples.mutations(operation):
            with pytest.raises(codec.ValidationRefused) as caught:
                check(operation, broken)
            assert said in str(caught.value), (operation.name, said, str(caught.value))
            count += 1
    assert count > 40


@pytest.mark.parametrize("service", JSON_SERVICES)
def test_every_member_refuses_every_wrong_json_type(service: str) -> None:
    for operation in load(service).operations.values():
        table = operation.table
        for name, target, _ in table.structures[operation.input_shape][0]:
            if table.scalars.get(target, ("",))[0] == "document":
                continue
            whole = samples.members(table, operation.input_shape, full=True)
            for wrong in ({"a": 1}, ["b", 2], "text", 5, 5.5, True, 10**40):
                document = msgspec.to_builtins(whole)
                document[name] = wrong
                try:
                    codec.typed(operation, document)
                except (codec.SerializationRefused, codec.ValidationRefused) as refusal:
                    assert refusal.code.endswith("Exception")  # noqa: PT017  either is right


def test_checking_is_cheap() -> None:
    # A bound that only a change of kind would break; the figure itself is in the benchmarks.
    import timeit

    operation = load("cognito-idp").operations["RespondToAuthChallenge"]
    document = codec.json_object(
        b'{"ClientId":"1example23456789abcdefghij","ChallengeName":"PASSWORD_VERIFIER",'
        b'"Session":"%s","ChallengeResponses":{"USERNAME":"u","PASSWORD_CLAIM_SIGNATURE":"s",'
        b'"PASSWORD_CLAIM_SECRET_BLOCK":"%s","TIMESTAMP":"t"}}' % (b"A" * 900, b"B" * 900)
    )
    best = min(timeit.repeat(lambda: check(operation, document), number=2000, repeat=5)) / 2000
    assert best < 40e-6
