"""The page for a code, wherever one is asked for: first factor, second factor, setting one up.

Source: docs/behaviours/pages.md.
"""

from typing import Any, Final

from poolkeep.http.hosted import account
from poolkeep.http.hosted.journey import Flow
from poolkeep.http.hosted.rendering import render
from poolkeep.http.hosted.web import Answer, Visit

CODE: Final = "code"
CODE_CHARACTERS_MAX: Final = 32
APP: Final = "SOFTWARE_TOKEN_MFA"


def given(visit: Visit) -> str:
    """Return the code of a form as people type it: without the spaces that they see."""
    return "".join((visit.form.get(CODE) or "")[:CODE_CHARACTERS_MAX].split())


async def page(visit: Visit, flow: Flow, *, path: str, remember: bool, **common: Any) -> Answer:  # noqa: ANN401  whatever the template takes
    """Return the page; `remember`: with the box for remembering this browser."""
    t = account.speaker(visit)
    told = flow.parameters
    medium = told.get("CODE_DELIVERY_DELIVERY_MEDIUM")
    destination = told.get("CODE_DELIVERY_DESTINATION", "")
    if flow.challenge == APP:
        heading = t("code.heading_app")
        name = told.get("FRIENDLY_DEVICE_NAME")
        lead = t("code.from_device", device=name) if name else t("code.from_app")
    elif medium == "SMS":
        heading, lead = t("code.heading_sms"), t("code.sent_sms", destination=destination)
    else:
        heading, lead = t("code.heading_email"), t("code.sent_email", destination=destination)
    return await render(
        visit,
        "code.html",
        heading=heading,
        lead=lead,
        path=path,
        sends=flow.challenge != APP,
        remember=remember,
        **common,
    )
