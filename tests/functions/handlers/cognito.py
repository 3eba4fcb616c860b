"""Triggers of a pool, as one writes them for Lambda."""

import os
import time
from pathlib import Path
from typing import Any

import boto3


def pre_sign_up(event: dict[str, Any], context: Any) -> dict[str, Any]:
    data = event["request"].get("clientMetadata") or {}
    if "note" in data:
        with Path(data["note"]).open("a") as file:
            file.write(context.aws_request_id + "\n")
    if "sleep_s" in data:
        time.sleep(float(data["sleep_s"]))
    if "refuse" in data:
        raise ValueError(data["refuse"])
    if "exit" in data:
        os._exit(int(data["exit"]))
    event["response"]["autoConfirmUser"] = True
    return event


def pre_token(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    event["response"]["claimsOverrideDetails"] = {"claimsToAddOrOverride": {"seen": "yes"}}
    return event


def post_authentication(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    client = boto3.client("cognito-idp")
    client.admin_update_user_attributes(
        UserPoolId=event["userPoolId"],
        Username=event["userName"],
        UserAttributes=[{"Name": "nickname", "Value": "met"}],
    )
    return event


def hang(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    time.sleep(60)
    return event
