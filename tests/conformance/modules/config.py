"""The discovery document."""

from typing import Final

from tests.conformance.registry import CONFIG, Run, module
from tests.conformance.verdicts import PASS, require

REQUIRED: Final = (
    *("issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"),
    *("response_types_supported", "subject_types_supported"),
    "id_token_signing_alg_values_supported",
)
RECOMMENDED: Final = ("scopes_supported", "claims_supported")


@module("oidcc-discovery-endpoint-verification", CONFIG, compat=PASS, strict=PASS)
def discovery(run: Run) -> None:
    """Hold the members that OpenID Connect Discovery requires, and say what is not supported."""
    told = run.op.metadata
    missing = [name for name in REQUIRED if not told.get(name)]
    require(not missing, f"missing: {', '.join(missing)}")
    for name in REQUIRED[:5]:
        require(str(told[name]).startswith(run.op.base), f"elsewhere: {name}")
    require(told["issuer"] == f"{run.op.wire.base_url}/{run.op.pool_id}", "another issuer")
    require("code" in told["response_types_supported"], "no code flow")
    require("RS256" in told["id_token_signing_alg_values_supported"], "no RS256")
    require("public" in told["subject_types_supported"], "no public subjects")
    require("openid" in told.get("scopes_supported", ["openid"]), "no openid")
    keys = run.op.jwks()["keys"]
    require(keys, "no keys")
    for key in keys:
        require(not {"d", "p", "q", "k"} & set(key), "a private key is published")
        require(key.get("use") == "sig", "a key without use")
    absent = [name for name in RECOMMENDED if name not in told]
    if absent:
        run.warn(f"recommended and missing: {', '.join(absent)}")
    if told.get("request_uri_parameter_supported", True):
        run.warn("request_uri_parameter_supported is true")
    if run.op.strict:
        for name in ("code_challenge_methods_supported", "grant_types_supported"):
            require(told.get(name), f"missing: {name}")
