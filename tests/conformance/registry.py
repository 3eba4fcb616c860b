"""Which modules there are, which plans hold them, and the verdict we expect of each.

A module is a function that takes a `Run`. It passes by returning; it warns through `Run.warn`,
fails by `require`, and is skipped by `NotApplicableError`, always in words that stand beside the
expectation. So a module that fails for another reason than the expected one fails its test.
"""

import contextlib
import dataclasses
import importlib
import pkgutil
from collections.abc import Callable
from typing import Final, TypeAlias

from tests.conformance.provider import Client, Provider
from tests.conformance.relying import CODE, Flow, Relying
from tests.conformance.verdicts import (
    PASS,
    FailedError,
    NotApplicableError,
    Verdict,
    asked,
    fails,
    skips,
    warns,
)

PROFILES: Final = ("compat", "strict")
CONFIG: Final = "oidcc-config-certification-test-plan"
BASIC: Final = "oidcc-basic-certification-test-plan"
IMPLICIT: Final = "oidcc-implicit-certification-test-plan"
FORM_POST: Final = "oidcc-formpost-basic-certification-test-plan"
FORM_POST_IMPLICIT: Final = "oidcc-formpost-implicit-certification-test-plan"
LOGOUT: Final = "oidcc-rp-initiated-logout-certification-test-plan"
PLAIN: Final = "redirect URIs with queries"
"""Modules of the suite that need registration at run time, which a pool does not offer everybody:
here they are plain tests."""
FLOWS: Final[dict[str, tuple[Flow, ...]]] = {
    CONFIG: (CODE,),
    BASIC: (CODE,),
    IMPLICIT: (Flow("id_token"), Flow("id_token token")),
    FORM_POST: (Flow("code", "form_post"),),
    FORM_POST_IMPLICIT: (
        Flow("id_token", "form_post"),
        Flow("id_token token", "form_post"),
    ),
    LOGOUT: (CODE,),
    PLAIN: (CODE,),
}
"""How the plans ask for tokens; each module of a plan runs once for each."""
STRICT_ONLY: Final = {IMPLICIT, FORM_POST, FORM_POST_IMPLICIT}
"""Plans for what is off in compat, or differs from Cognito's in nothing that they ask for."""


class Run:
    """One run of a module against a provider."""

    def __init__(self, op: Provider, flow: Flow = CODE) -> None:
        """Run against `op`, asking for tokens by `flow`."""
        self.op = op
        self.flow = flow
        self.warnings: list[str] = []
        self._open = contextlib.ExitStack()

    def party(self, client: Client | None = None) -> Relying:
        """Return a relying party with a browser of its own."""
        return self._open.enter_context(Relying(self.op, client or self.op.client, self.flow))

    def warn(self, why: str) -> None:
        """Note what is allowed but not advised."""
        self.warnings.append(why)

    def judge(self, body: "Body") -> Verdict:
        """Run, and return the verdict. What nobody foresaw is an error of the test."""
        before = asked()
        with self._open:
            try:
                body(self)
            except FailedError as failure:
                return fails(str(failure))
            except NotApplicableError as reason:
                return skips(str(reason))
        assert asked() > before, f"{body.__name__} requires nothing, so it may not pass"
        return warns(*self.warnings) if self.warnings else PASS


Body: TypeAlias = Callable[[Run], None]


@dataclasses.dataclass(frozen=True)
class Module:
    """A module of a plan. A profile without a verdict does not run the plan."""

    name: str
    plan: str
    about: str
    body: Body
    verdicts: dict[str, Verdict]
    flows: tuple[Flow, ...]
    outside: Verdict | None
    """What the suite itself says in both profiles, where it looks at less than we do."""


_modules: Final[dict[tuple[str, str], Module]] = {}


def module(
    name: str,
    *plans: str,
    compat: Verdict | None = None,
    strict: Verdict | None = None,
    outside: Verdict | None = None,
    with_access_token: bool = False,
) -> Callable[[Body], Body]:
    """Register the decorated function as a module of plans; its docstring says what it asks.

    `with_access_token`: it has no meaning in a flow without one.
    """
    told = {"compat": compat, "strict": strict}
    verdicts = {profile: verdict for profile, verdict in told.items() if verdict is not None}

    def register(body: Body) -> Body:
        for plan in plans:
            assert (plan, name) not in _modules, name
            kept = {
                profile: verdict
                for profile, verdict in verdicts.items()
                if profile == "strict" or plan not in STRICT_ONLY
            }
            about = " ".join((body.__doc__ or "").split())
            flows = tuple(
                flow for flow in FLOWS[plan] if flow.has_access_token or not with_access_token
            )
            _modules[plan, name] = Module(name, plan, about, body, kept, flows, outside)
        return body

    return register


def modules() -> tuple[Module, ...]:
    """Return every module, in the order of plans."""
    package = importlib.import_module("tests.conformance.modules")
    for found in sorted(one.name for one in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"{package.__name__}.{found}")
    order = list(FLOWS)
    return tuple(sorted(_modules.values(), key=lambda one: (order.index(one.plan), one.name)))
