"""The certificate of a pool. Rules: `core/directory/certificates.py`."""

import base64

from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.cognito_idp import shapes


@operation("cognito-idp", "GetSigningCertificate")
async def get_signing_certificate(
    call: Call, request: shapes.GetSigningCertificateRequest
) -> shapes.GetSigningCertificateResponse:
    """Tell the pool's certificate, in one line: `CertificateService.signing_certificate`."""
    der = await call.region.directory.certificates.signing_certificate(
        call.actor, request.user_pool_id
    )
    return shapes.GetSigningCertificateResponse(certificate=base64.b64encode(der).decode())
