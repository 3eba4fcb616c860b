"""Redirect URIs with queries and fragments."""

import dataclasses

from tests.conformance.browser import Arrival, Page
from tests.conformance.provider import CALLBACK, CALLBACK_WITH_QUERY
from tests.conformance.registry import PLAIN, Run, module
from tests.conformance.verdicts import PASS, require
from tests.sdk.support import RefusedError


def refused(at: Arrival) -> None:
    """Require an error page."""
    require(isinstance(at, Page), "sent to an address that is not registered")
    assert isinstance(at, Page)
    require(at.status >= 400, "shown a page that is no error")


@module("oidcc-redirect-uri-query-OK", PLAIN, compat=PASS, strict=PASS)
def query_ok(run: Run) -> None:
    """Keep the query of a registered address."""
    party = run.party(dataclasses.replace(run.op.client, redirect_uri=CALLBACK_WITH_QUERY))
    done = party.sign_in()
    require(done.landing.params.get("dummy1") == "lorem", "the query is lost")
    require(done.landing.params.get("dummy2") == "ipsum", "the query is lost")
    require(done.landing.url.startswith(f"{CALLBACK_WITH_QUERY}&"), "the query was rewritten")


@module("oidcc-redirect-uri-query-added", PLAIN, compat=PASS, strict=PASS)
def query_added(run: Run) -> None:
    """Refuse a registered address with a query added."""
    refused(run.party().authorize(redirect_uri=f"{CALLBACK}?dummy=value"))


@module("oidcc-redirect-uri-query-mismatch", PLAIN, compat=PASS, strict=PASS)
def query_mismatch(run: Run) -> None:
    """Refuse a registered address whose query has other values, or another order."""
    for query in ("dummy1=lorem&dummy2=other", "dummy2=ipsum&dummy1=lorem", "dummy1=lorem"):
        refused(run.party().authorize(redirect_uri=f"{CALLBACK}?{query}"))


@module("oidcc-redirect-uri-regfrag", PLAIN, compat=PASS, strict=PASS)
def registered_fragment(run: Run) -> None:
    """Refuse to register an address with a fragment."""
    try:
        run.op.new_client(CallbackURLs=[f"{CALLBACK}#fragment"])
    except RefusedError as problem:
        require(problem.code == "InvalidParameterException", problem.code)
    else:
        require(False, "registered")
