import json

import pytest

from poolkeep.base.refusal import Refusal
from poolkeep.wire import codec
from poolkeep.wire.protocols import json11, query_xml, rest_json
from poolkeep.wire.service import load

IDP, SYNC, STS, IAM = (load(n) for n in ("cognito-idp", "cognito-sync", "sts", "iam"))
POOL = b"us-east-1%3A12345678-1234-4234-8234-123456789abc"
BASE = b"/identitypools/" + POOL + b"/identities/" + POOL + b"/datasets"


class TestJson11:
    @pytest.mark.parametrize(
        "target",
        [
            None,
            "",
            "SignUp",
            ".SignUp",
            "AWSCognitoIdentityProviderService",
            "AWSCognitoIdentityProviderService.",
            "AWSCognitoIdentityProviderService.signUp",
            "AWSCognitoIdentityProviderService.SignUp.x",
            "AWSCognitoIdentityService.SignUp",
        ],
    )
    def test_an_unknown_target_names_nothing(self, target: str | None) -> None:
        assert json11.operation_of(IDP, target) is None

    def test_an_error_says_it_twice(self) -> None:
        reply = json11.error(
            "UserNotFoundException", "User does not exist.", status=400, request_id="r"
        )
        assert dict(reply.headers) == {
            "content-type": "application/x-amz-json-1.1",
            "x-amzn-requestid": "r",
            "x-amzn-errortype": "UserNotFoundException:",
            "x-amzn-errormessage": "User does not exist.",
        }
        assert json.loads(reply.body) == {
            "__type": "UserNotFoundException",
            "message": "User does not exist.",
        }

    def test_an_error_without_text_has_no_message(self) -> None:
        reply = json11.error("SerializationException", "", status=400, request_id="r")
        assert reply.body == b'{"__type":"SerializationException"}'

    def test_a_reason_code_is_sent(self) -> None:
        reply = json11.error("X", "t", status=400, request_id="r", reason_code="R")
        assert json.loads(reply.body)["reasonCode"] == "R"

    @pytest.mark.parametrize("text", ["a\r\nSet-Cookie: x", "é", "\x00", "a\x7f", "x" * 2000])
    def test_a_text_that_could_split_the_response_stays_in_the_body(self, text: str) -> None:
        for reply in (
            json11.error("X", text, status=400, request_id="r"),
            rest_json.error("X", text, status=400, request_id="r"),
        ):
            assert "x-amzn-errormessage" not in dict(reply.headers)
            assert json.loads(reply.body)["message"] == text

    def test_an_empty_output_is_an_empty_object(self) -> None:
        assert json11.success(IDP.operations["TagResource"], None, request_id="r").body == b"{}"
        assert json11.success(IDP.operations["DeleteUser"], None, request_id="r").body == b""


class TestRestJson:
    @pytest.mark.parametrize(
        "method,path,name",
        [
            ("GET", b"/identitypools", "ListIdentityPoolUsage"),
            ("GET", b"/identitypools/" + POOL, "DescribeIdentityPoolUsage"),
            ("GET", b"/identitypools/" + POOL.replace(b"%3A", b":"), "DescribeIdentityPoolUsage"),
            ("GET", BASE, "ListDatasets"),
            ("GET", BASE + b"/a%2Fb", "DescribeDataset"),
            ("DELETE", BASE + b"/a", "DeleteDataset"),
            ("POST", BASE + b"/a", "UpdateRecords"),
            ("GET", BASE + b"/a/records", "ListRecords"),
            ("PUT", BASE + b"/a", None),
            ("GET", BASE + b"/a/", None),
            ("GET", b"/identitypools/", "DescribeIdentityPoolUsage"),
            ("GET", b"/", None),
            ("GET", b"", None),
            ("GET", b"/identitypools/%FF", None),
        ],
    )
    def test_method_and_raw_path_name_the_operation(
        self, method: str, path: bytes, name: str | None
    ) -> None:
        found = rest_json.match(SYNC, method, path)
        assert (found and found.operation.name) == name

    def test_an_encoded_slash_stays_inside_its_label(self) -> None:
        found = rest_json.match(SYNC, "GET", BASE + b"/a%2Fb")
        assert found is not None
        assert found.labels["DatasetName"] == "a/b"

    def test_a_known_path_is_told_from_an_unknown_one(self) -> None:
        assert rest_json.knows_path(SYNC, BASE)
        assert not rest_json.knows_path(SYNC, b"/elsewhere")

    def test_the_body_cannot_set_what_the_path_says(self) -> None:
        found = rest_json.match(SYNC, "POST", BASE + b"/mine")
        assert found is not None
        body = b'{"DatasetName":"theirs","SyncSessionToken":"t"}'
        request = rest_json.decode(found, raw_query=b"", headers=[], body=body)
        assert getattr(request, "dataset_name", None) == "mine"

    @pytest.mark.parametrize(
        "query", [b"maxResults=x", b"maxResults=1.5", b"maxResults=", b"nextToken=%FF"]
    )
    def test_a_bad_query_member_is_refused(self, query: bytes) -> None:
        found = rest_json.match(SYNC, "GET", BASE)
        assert found is not None
        with pytest.raises(codec.SerializationRefused):
            rest_json.decode(found, raw_query=query, headers=[], body=b"")

    def test_a_label_is_checked_as_any_member(self) -> None:
        found = rest_json.match(SYNC, "GET", b"/identitypools/nonsense")
        assert found is not None
        with pytest.raises(codec.ValidationRefused, match="at 'identityPoolId'"):
            rest_json.decode(found, raw_query=b"", headers=[], body=b"")


class TestQuery:
    def decoded(self, text: str) -> object:
        given = query_xml.parameters(text.encode())
        service = IAM if given.get("Version") == "2010-05-08" else STS
        return query_xml.decode(query_xml.operation_of(service, given), given)

    def test_lists_are_ordered_by_number_and_may_have_gaps(self) -> None:
        request = self.decoded(
            "Action=AssumeRole&RoleArn=arn:aws:iam::123456789012:role/r&RoleSessionName=ab"
            "&Tags.member.10.Key=c&Tags.member.10.Value=3&Tags.member.2.Key=b&Tags.member.2.Value="
            "&TransitiveTagKeys.member.1=b&TransitiveTagKeys.member.7=c&Tags.member.x.Key=no"
        )
        tags = request.tags  # type: ignore[attr-defined]  # the operation's own struct
        assert [(t.key, t.value) for t in tags] == [("b", ""), ("c", "3")]
        assert list(request.transitive_tag_keys) == ["b", "c"]  # type: ignore[attr-defined]

    def test_a_plus_is_a_blank(self) -> None:
        request = self.decoded(
            "Action=CreateRole&Version=2010-05-08&RoleName=r&AssumeRolePolicyDocument=%7B+%7D"
            "&Description=a+b%2Bc"
        )
        assert request.description == "a b+c"  # type: ignore[attr-defined]

    def test_violations_have_the_name_of_this_protocol(self) -> None:
        with pytest.raises(codec.ValidationRefused) as caught:
            self.decoded("Action=AssumeRole&RoleSessionName=" + "x" * 65)
        assert caught.value.code == "ValidationError"
        assert str(caught.value) == (
            "2 validation errors detected: Value null at 'roleArn' failed to satisfy constraint: "
            f"Member must not be null; Value '{'x' * 65}' at 'roleSessionName' failed to satisfy "
            "constraint: Member must have length less than or equal to 64"
        )

    @pytest.mark.parametrize(
        "text,code",
        [
            ("", "MissingAction"),
            ("Action=", "MissingAction"),
            ("Action=Nonsense", "InvalidAction"),
            ("Action=AssumeRole&Version=2010-01-01", "InvalidAction"),
            ("Action=AssumeRole&DurationSeconds=abc", "MalformedInput"),
            ("Action=AssumeRole&DurationSeconds=1.0", "MalformedInput"),
            ("Action=AssumeRole&RoleArn=%FF", "MalformedInput"),
            ("Action=AssumeRole&" + "x." * 40 + "=1", "MalformedInput"),
            ("Action=AssumeRole&" + "&".join(f"a{i}=" for i in range(30_000)), "MalformedInput"),
            ("Action=AssumeRole&Tags=x&Tags..a=y", "MalformedInput"),
        ],
        ids=lambda value: value[:40],
    )
    def test_nonsense_is_refused(self, text: str, code: str) -> None:
        with pytest.raises(Refusal) as caught:
            self.decoded(text)
        assert caught.value.code == code

    def test_policy_documents_are_sent_encoded(self) -> None:
        operation = IAM.operations["GetRolePolicy"]
        assert operation.output is not None
        response = operation.output(role_name="r", policy_name="p", policy_document='{"a": "<é"}')
        body = query_xml.success(IAM, operation, response=response, request_id="r").body
        assert b"<PolicyDocument>%7B%22a%22%3A%20%22%3C%C3%A9%22%7D</PolicyDocument>" in body

    def test_an_operation_without_output_has_only_metadata(self) -> None:
        body = query_xml.success(
            IAM, IAM.operations["DeleteRole"], response=None, request_id="r"
        ).body
        assert body == (
            b'<DeleteRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
            b"<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DeleteRoleResponse>"
        )

    def test_what_xml_cannot_hold_is_replaced(self) -> None:
        assert query_xml.escape("\x00\x1b\ufffe<&>\r\n") == "\ufffd\ufffd\ufffd&lt;&amp;&gt;&#xD;\n"
        assert query_xml.escape("]]>\U0001f600") == "]]&gt;\U0001f600"
