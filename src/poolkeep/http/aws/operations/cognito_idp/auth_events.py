"""Sign-in events and feedback on them. Rules: `core/directory/auth_events.py`."""

from poolkeep.base.limits import PAGE_ENTRIES_MAX
from poolkeep.http.aws.present import directory as present
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "AdminListUserAuthEvents")
async def admin_list_user_auth_events(
    call: Call, request: shapes.AdminListUserAuthEventsRequest
) -> shapes.AdminListUserAuthEventsResponse:
    """List a user's sign-in events: `UserEvents.list`."""
    page = await call.region.directory.events.list(
        call.actor,
        request.user_pool_id,
        request.username,
        limit=request.max_results or PAGE_ENTRIES_MAX,
        next_token=request.next_token,
    )
    return shapes.AdminListUserAuthEventsResponse(
        auth_events=[present.auth_event(event) for event in page.events],
        next_token=page.next_token,
    )


@operation("cognito-idp", "AdminUpdateAuthEventFeedback")
async def admin_update_auth_event_feedback(
    call: Call, request: shapes.AdminUpdateAuthEventFeedbackRequest
) -> shapes.AdminUpdateAuthEventFeedbackResponse:
    """Keep an administrator's word on an event: `UserEvents.judge`."""
    await call.region.directory.events.judge(
        call.actor,
        request.user_pool_id,
        request.username,
        event_id=request.event_id,
        value=request.feedback_value,
    )
    return shapes.AdminUpdateAuthEventFeedbackResponse()


@operation("cognito-idp", "UpdateAuthEventFeedback")
async def update_auth_event_feedback(
    call: Call, request: shapes.UpdateAuthEventFeedbackRequest
) -> shapes.UpdateAuthEventFeedbackResponse:
    """Keep a user's word on an event: `UserEvents.judge_own`."""
    await call.region.directory.events.judge_own(
        request.user_pool_id,
        request.username,
        event_id=request.event_id,
        token=request.feedback_token,
        value=request.feedback_value,
    )
    return shapes.UpdateAuthEventFeedbackResponse()
