"""Post confirmation: put new users into a group, by the AWS SDK.

The SDK needs no configuration: the environment leads it to the server that runs the function.

GROUP   name of the group
"""

import os

import boto3

cognito = boto3.client("cognito-idp")


def handler(event, _context):
    """Add whoever has just signed up; not who has just set a new password."""
    if event["triggerSource"] == "PostConfirmation_ConfirmSignUp":
        cognito.admin_add_user_to_group(
            UserPoolId=event["userPoolId"],
            Username=event["userName"],
            GroupName=os.environ["GROUP"],
        )
    return event
