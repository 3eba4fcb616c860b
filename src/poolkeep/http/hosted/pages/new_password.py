"""`/resetPassword`: a password of one's own in place of the one that an administrator has set.

Source: docs/behaviours/pages.md.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.core.oauth.model import Params
from poolkeep.http.hosted import account, csrf, fields, journey, signing, steps
from poolkeep.http.hosted.journey import Asked, Flow
from poolkeep.http.hosted.registry import route
from poolkeep.http.hosted.rendering import render
from poolkeep.http.hosted.web import Answer, Visit

PREFIX: Final = "userAttributes."
PASSWORD: Final = "new_password"
REPEATED: Final = "repeat_password"


@route("GET", signing.NEW_PASSWORD)
async def show(visit: Visit) -> Answer:
    """Ask for the new password, and for what else is missing."""
    asked = await journey.asked(visit)
    flow = await steps.standing(visit, asked, signing.NEW_PASSWORD)
    return flow if isinstance(flow, Answer) else await _page(visit, asked, flow)


@route("POST", signing.NEW_PASSWORD)
async def submit(visit: Visit) -> Answer:
    """Take both."""
    csrf.check(visit)
    asked = await journey.asked(visit)
    flow = await steps.standing(visit, asked, signing.NEW_PASSWORD)
    if isinstance(flow, Answer):
        return flow
    t = account.speaker(visit)

    async def shown(error: str) -> Answer:
        return await _page(visit, asked, flow, error=error, form=visit.form)

    moved = await steps.moved(visit, asked, flow, shown=shown)
    if moved is not None:
        return moved
    password = visit.form.get(PASSWORD) or ""
    given = fields.given_attributes(visit.form)
    wrong = {name: "new_password.missing_attribute" for name in _asked(flow) if name not in given}
    problem = None
    if not password:
        problem = "new_password.missing"
    elif password != visit.form.get(REPEATED):
        problem = "new_password.differ"
    elif not fields.keeps_policy(visit.pool, password):
        problem = "refused.weak"
    if problem is not None or wrong:
        error = t(problem or "sign_up.incomplete")
        return await _page(visit, asked, flow, error=error, form=visit.form, wrong=wrong)
    answers = {f"{PREFIX}{name}": given[name] for name in _asked(flow)}
    return await steps.answered(
        visit, asked, flow, {"NEW_PASSWORD": password, **answers}, shown=shown
    )


def _asked(flow: Flow) -> list[str]:
    """Return the attributes that the user must have and has not."""
    listed = flow.parameters.get("requiredAttributes", "[]")
    names = msgspec.json.decode(listed, type=list[str])
    return [name.removeprefix(PREFIX) for name in names]


async def _page(
    visit: Visit,
    asked: Asked,
    flow: Flow,
    *,
    error: str | None = None,
    form: Params | None = None,
    wrong: Mapping[str, str] | None = None,
) -> Answer:
    t = account.speaker(visit)
    password = None if form is None else form.get(PASSWORD)
    given = {} if form is None else fields.given_attributes(form)
    return await render(
        visit,
        "new_password.html",
        client=asked.client,
        status=200 if error is None else steps.FORM_ERROR,
        error=error,
        username=flow.username or "",
        rules=fields.password_rules(visit.pool, t, password),
        fields=fields.attribute_fields(visit.pool, t, _asked(flow), given=given, wrong=wrong or {}),
    )
