"""The AWS CLI with nothing but environment variables."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sdk import boto
from tests.sdk.support import PASSWORD, Json, holds, unique

CLI = Path(sys.executable).parent / "aws"


class Shell:
    """An AWS CLI in an environment."""

    def __init__(self, variables: dict[str, str]) -> None:
        self._environment = {**os.environ, **variables, "AWS_PAGER": ""}

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run `aws cognito-idp ARGUMENTS`."""
        return subprocess.run(
            [str(CLI), "cognito-idp", *arguments, "--output", "json"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=self._environment,
        )

    def __call__(self, *arguments: str) -> Json:
        """Return what the command answers, as JSON."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None


@pytest.fixture
def aws(server_url: str) -> Shell:
    """Return a CLI with an account of its own."""
    return Shell(boto.environment(server_url))


@holds("WIRE-01", "WIRE-02", "SIGNIN-01", "LIST-01")
def test_a_token_from_the_command_line(aws: Shell) -> None:
    pool = aws("create-user-pool", "--pool-name", "cli")["UserPool"]["Id"]
    in_pool = ("--user-pool-id", pool)
    flows = ("--explicit-auth-flows", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")
    made = aws("create-user-pool-client", *in_pool, "--client-name", "cli", *flows)
    client = made["UserPoolClient"]["ClientId"]
    name = unique()
    sign_up = ("--username", name, "--password", PASSWORD, "--client-id", client)
    assert aws("sign-up", *sign_up, "--no-sign-request")["UserConfirmed"] is False
    assert aws("admin-confirm-sign-up", *in_pool, "--username", name) in (None, {})
    tokens = aws(
        *("initiate-auth", "--client-id", client, "--auth-flow", "USER_PASSWORD_AUTH"),
        *("--auth-parameters", f"USERNAME={name},PASSWORD={PASSWORD}"),
    )["AuthenticationResult"]
    assert aws("get-user", "--access-token", tokens["AccessToken"])["Username"] == name
    found = aws("list-users", *in_pool, "--filter", f'username = "{name}"')["Users"]
    assert [user["Username"] for user in found] == [name]
    assert found[0]["UserStatus"] == "CONFIRMED"
    assert aws("delete-user-pool", *in_pool) is None


@holds("USER-12")
def test_a_refusal_reads_as_from_aws(aws: Shell) -> None:
    done = aws.run("describe-user-pool", "--user-pool-id", "us-east-1_000000000")
    assert done.returncode != 0
    text = (
        "(ResourceNotFoundException) when calling the DescribeUserPool operation: "
        "User pool us-east-1_000000000 does not exist."
    )
    assert text in done.stderr
