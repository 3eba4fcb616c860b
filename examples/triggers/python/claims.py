"""Pre token generation, version 2: claims and scopes from groups.

Name it in PreTokenGenerationConfig with LambdaVersion V2_0.
"""

SCOPES = {"editors": ["articles/write"], "readers": ["articles/read"]}


def handler(event, _context):
    """Put the plan into the ID token, and into the access token what the groups may do."""
    request = event["request"]
    groups = request["groupConfiguration"]["groupsToOverride"] or []
    scopes = [scope for group in groups for scope in SCOPES.get(group, [])]
    plan = request["userAttributes"].get("custom:plan", "free")
    limits = {"articles": 3 if plan == "free" else 100}
    event["response"]["claimsAndScopeOverrideDetails"] = {
        "idTokenGeneration": {"claimsToAddOrOverride": {"plan": plan}},
        "accessTokenGeneration": {
            "claimsToAddOrOverride": {"plan": plan, "limits": limits},
            "scopesToAdd": scopes,
            "scopesToSuppress": ["aws.cognito.signin.user.admin"] if "guests" in groups else [],
        },
    }
    return event
