"""Import jobs as Cognito answers them."""

from poolkeep.core.imports.jobs import JobView
from poolkeep.wire.cognito_idp import shapes

MS_PER_S = 1_000


def import_job_type(view: JobView) -> shapes.UserImportJobType:
    """Return a job."""
    job = view.job
    return shapes.UserImportJobType(
        job_name=job.name,
        job_id=job.id,
        user_pool_id=job.pool_id,
        pre_signed_url=view.url,
        creation_date=job.created_ms / MS_PER_S,
        start_date=_seconds(job.started_ms),
        completion_date=_seconds(job.completed_ms),
        status=job.status,
        cloud_watch_logs_role_arn=job.role_arn,
        imported_users=job.tally.imported,
        skipped_users=job.tally.skipped,
        failed_users=job.tally.failed,
        completion_message=job.message,
        password_hashing_algorithm=job.algorithm,
    )


def _seconds(at_ms: int | None) -> float | None:
    return None if at_ms is None else at_ms / MS_PER_S
