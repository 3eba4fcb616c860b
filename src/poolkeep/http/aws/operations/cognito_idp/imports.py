"""Import jobs. Rules: `core/imports/jobs.py`. GetCSVHeader stands with the pools."""

from poolkeep.core.imports.jobs import NewJob
from poolkeep.http.aws.present.imports import import_job_type
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "CreateUserImportJob")
async def create_user_import_job(
    call: Call, request: shapes.CreateUserImportJobRequest
) -> shapes.CreateUserImportJobResponse:
    """Make a job that waits for its file: `ImportJobs.create`."""
    new = NewJob(
        pool_id=request.user_pool_id,
        name=request.job_name,
        role_arn=request.cloud_watch_logs_role_arn,
        algorithm=request.password_hashing_algorithm,
    )
    view = await call.region.imports.jobs.create(call.actor, new)
    return shapes.CreateUserImportJobResponse(user_import_job=import_job_type(view))


@operation("cognito-idp", "DescribeUserImportJob")
async def describe_user_import_job(
    call: Call, request: shapes.DescribeUserImportJobRequest
) -> shapes.DescribeUserImportJobResponse:
    """Tell about a job: `ImportJobs.describe`."""
    view = await call.region.imports.jobs.describe(call.actor, request.user_pool_id, request.job_id)
    return shapes.DescribeUserImportJobResponse(user_import_job=import_job_type(view))


@operation("cognito-idp", "ListUserImportJobs")
async def list_user_import_jobs(
    call: Call, request: shapes.ListUserImportJobsRequest
) -> shapes.ListUserImportJobsResponse:
    """List a pool's jobs, newest first: `ImportJobs.list`."""
    page = await call.region.imports.jobs.list(
        call.actor,
        request.user_pool_id,
        limit=request.max_results,
        pagination_token=request.pagination_token,
    )
    return shapes.ListUserImportJobsResponse(
        user_import_jobs=[import_job_type(view) for view in page.jobs],
        pagination_token=page.next_token,
    )


@operation("cognito-idp", "StartUserImportJob")
async def start_user_import_job(
    call: Call, request: shapes.StartUserImportJobRequest
) -> shapes.StartUserImportJobResponse:
    """Let an import begin: `ImportJobs.start`."""
    view = await call.region.imports.jobs.start(call.actor, request.user_pool_id, request.job_id)
    return shapes.StartUserImportJobResponse(user_import_job=import_job_type(view))


@operation("cognito-idp", "StopUserImportJob")
async def stop_user_import_job(
    call: Call, request: shapes.StopUserImportJobRequest
) -> shapes.StopUserImportJobResponse:
    """Let an import end early: `ImportJobs.stop`."""
    view = await call.region.imports.jobs.stop(call.actor, request.user_pool_id, request.job_id)
    return shapes.StopUserImportJobResponse(user_import_job=import_job_type(view))
