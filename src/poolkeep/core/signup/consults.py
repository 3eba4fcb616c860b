"""What sign-up tells PreSignUp and PostConfirmation, and what it takes from their replies."""

from collections.abc import Mapping

import msgspec

from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.signup.model import SignUp
from poolkeep.core.signup.rules import decided_by_pre_sign_up
from poolkeep.core.triggers.service import Consultant, Subject
from poolkeep.core.triggers.sources import (
    POST_CONFIRMATION,
    PRE_SIGN_UP,
    EmptyReply,
    PlainRequest,
    PreSignUpReply,
    PreSignUpRequest,
)
from poolkeep.core.triggers.telling import attributes_before, attributes_of, metadata
from poolkeep.core.users.model import User


class SignUpConsults:
    """Asks a pool's functions; no transaction may be open."""

    def __init__(self, consultant: Consultant) -> None:
        """Ask through `consultant`."""
        self._consultant = consultant

    async def pre_sign_up(self, pool: LoadedPool, user: User, command: SignUp) -> User:
        """Return the user as PreSignUp decides."""
        if self._consultant.function(pool, PRE_SIGN_UP) is None:
            return user
        given = command.validation_data
        reply = await self._consultant.consult(
            pool,
            PRE_SIGN_UP,
            source="SignUp",
            subject=Subject(username=user.username, client_id=command.client_id),
            request=PreSignUpRequest(
                user_attributes=attributes_before(pool, user.attributes),
                validation_data=dict(given) if given else None,
                client_metadata=metadata(command.client_metadata),
            ),
            reply=PreSignUpReply,
        )
        status, attributes = decided_by_pre_sign_up(reply, user.attributes)
        document = msgspec.structs.replace(user.document, attributes=attributes)
        return msgspec.structs.replace(user, status=status, document=document)

    async def post_confirmation(
        self,
        pool: LoadedPool,
        user: User,
        *,
        client_id: str | None,
        client_metadata: Mapping[str, str] | None,
        source: str = "ConfirmSignUp",
    ) -> None:
        """Tell PostConfirmation; what it throws reaches the caller, the confirmation stays."""
        if self._consultant.function(pool, POST_CONFIRMATION) is None:
            return
        await self._consultant.consult(
            pool,
            POST_CONFIRMATION,
            source=source,
            subject=Subject(username=user.username, client_id=client_id),
            request=PlainRequest(
                user_attributes=attributes_of(user),
                client_metadata=metadata(client_metadata),
            ),
            reply=EmptyReply,
        )
