"""An operator is told why somebody may do something: `poolkeep explain`."""

import subprocess
import sys
from pathlib import Path

from tests.sdk.iam import ANY_TRUST, allow, deny, document, service
from tests.sdk.support import holds
from tests.support.server import ROOT, StartServer

ACCOUNT = "123456789012"


def explain(data: Path, *arguments: str) -> tuple[int, str]:
    """Run `poolkeep explain` beside the server."""
    done = subprocess.run(
        [sys.executable, "-m", "poolkeep", "explain", "--dev", "--data", str(data), *arguments],
        check=False, cwd=ROOT, env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""}, timeout=60,
        capture_output=True, text=True,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@holds("POL-16")
def test_an_operator_is_told_why(start_server: StartServer, tmp_path: Path) -> None:
    data = tmp_path / "data"
    server = start_server("--data", str(data), dev=True)
    iam = service(server.base_url, key=ACCOUNT)
    limit = iam.create_policy(
        PolicyName="limit", PolicyDocument=document(allow("s3:*", "kinesis:*"))
    )["Policy"]["Arn"]
    iam.create_role(
        RoleName="reader", AssumeRolePolicyDocument=ANY_TRUST, PermissionsBoundary=limit
    )
    near = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    statements = [
        {**allow("s3:Get*", "kinesis:*", "sqs:*"), "Sid": "Reading"},
        {**deny("s3:GetObjectAcl", Condition=near), "Sid": "Never"},
    ]
    iam.put_role_policy(RoleName="reader", PolicyName="own", PolicyDocument=document(*statements))
    policy = f"arn:aws:iam::{ACCOUNT}:role/reader/own"

    code, told = explain(data, "role/reader", "s3:GetObject", "arn:aws:s3:::b/k")
    assert code == 0, told
    assert told.startswith("allowed: arn:aws:sts::123456789012:assumed-role/reader/explain")
    assert f"allow: {policy}, statement 0 (Reading)" in told
    assert "permissions boundary" in told

    code, told = explain(data, f"arn:aws:iam::{ACCOUNT}:role/reader", "sqs:SendMessage")
    assert (code, told.splitlines()[1]) == (1, "because: no permissions boundary allows it")

    asked = ("role/reader", "s3:GetObjectAcl", "arn:aws:s3:::b/k")
    assert explain(data, *asked)[0] == 0
    code, told = explain(data, *asked, "--key", "aws:SourceIp=10.1.2.3", "--show-keys")
    assert code == 1
    assert f"because: deny by identity-based policy {policy} statement 1 (Never)" in told
    assert "aws:principalarn" in told

    assert explain(data, "role/reader", "kinesis:PutRecord")[0] == 0
    code, told = explain(data, "role/reader", "kinesis:PutRecord", "--guest")
    assert code == 1
    assert "limits of guests" in told

    assert explain(data, "root", "iam:CreateUser")[0] == 0
    code, told = explain(data, "user/nobody", "iam:CreateUser")
    assert code == 1
    assert "There is no user/nobody" in told
