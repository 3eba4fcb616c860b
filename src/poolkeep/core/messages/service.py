"""Write messages: choose the text, ask the CustomMessage function, seal, enqueue."""

from collections.abc import Callable, Mapping

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import timed_uuid
from poolkeep.base.refusal import CodeDeliveryFailure, InvalidParameter
from poolkeep.base.transaction import Transaction
from poolkeep.core.messages import wording
from poolkeep.core.messages.custom_sender import call_of, has_sender
from poolkeep.core.messages.languages import composed, language_of, moment, text_in
from poolkeep.core.messages.masks import ATTRIBUTE_OF
from poolkeep.core.messages.model import (
    EMAIL,
    FUNCTION,
    SMS,
    FunctionCall,
    Message,
    OutboxMessage,
    seal_context,
)
from poolkeep.core.messages.ports import Outbox
from poolkeep.core.messages.templates import (
    CODE,
    LINK,
    USERNAME,
    WELCOME,
    Template,
    Values,
    by_link,
    confirmation_link,
    customised,
    fill,
    template_of,
)
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import EumsSms, UserPool
from poolkeep.core.triggers.service import Consultant, Subject
from poolkeep.core.triggers.sources import (
    CUSTOM_MESSAGE,
    CustomMessageReply,
    CustomMessageRequest,
)
from poolkeep.core.triggers.telling import attributes_of
from poolkeep.core.users.model import User
from poolkeep.crypto.envelope import Purpose as KeyPurpose

_encoder = msgspec.json.Encoder()


class Messenger:
    """Renders messages before a transaction and enqueues them inside it."""

    def __init__(
        self,
        *,
        consultant: Consultant,
        outbox: Outbox,
        clock: Clock,
        entropy: Entropy,
        base_url: str,
        pages_of: Callable[[LoadedPool], str | None] = lambda _pool: None,
        media: frozenset[str] = frozenset({EMAIL, SMS}),
        wake: Callable[[], None] = lambda: None,
        life_ms: Callable[[LoadedPool, str], int | None] = lambda _pool, _source: None,
    ) -> None:
        """Take `base_url` for links, the media that have a transport, and the sweep's bell.

        `pages_of` tells where a pool's own pages are, None where it has none: links lead there.
        `life_ms` tells for how long what a source sends is good, where that is known.
        """
        self._life_ms = life_ms
        self._consultant = consultant
        self._outbox = outbox
        self._clock = clock
        self._entropy = entropy
        self._base_url = base_url.rstrip("/")
        self._pages_of = pages_of
        self._media = media
        self._wake = wake

    def can_send(self, pool: LoadedPool, medium: str) -> None:
        """Refuse a medium that has no transport here, or SMS in a pool without SMS settings.

        A function that delivers needs neither.
        """
        if has_sender(pool, medium):
            return
        if medium == SMS and not _sms_is_configured(pool.pool):
            raise InvalidParameter(wording.NO_SMS_CONFIGURATION)
        if medium not in self._media:
            raise CodeDeliveryFailure(wording.NO_TRANSPORT[medium])

    async def render(
        self,
        pool: LoadedPool,
        *,
        source: str,
        user: User,
        client_id: str | None,
        medium: str,
        destination: str,
        code: str,
        client_metadata: Mapping[str, str] | None = None,
    ) -> OutboxMessage:
        """Return the message of a source (SignUp, ForgotPassword …), ready for `enqueue`.

        Consults CustomMessage, so no transaction may be open. `code` is a code or, for
        AdminCreateUser, the temporary password. Refuses what the function's failure means.
        """
        call = call_of(
            pool,
            source=source,
            user=user,
            client_id=client_id,
            medium=medium,
            client_metadata=client_metadata,
        )
        if call is not None:
            values = Values(code=code, username=_shown_name(pool, user))
            return self._sealed(
                pool,
                source=source,
                medium=medium,
                destination=destination,
                texts=Template("", ""),
                values=values,
                call=call,
            )
        link_mode = by_link(pool.pool, source, medium)
        template = customised(
            template_of(pool.pool, source, medium, self._built_in(pool, source, medium, user)),
            await self._custom_texts(pool, source, user, client_id, client_metadata),
            medium=medium,
            needed=_needed(source, link_mode=link_mode),
        )
        link = (
            confirmation_link(
                self._pages_of(pool) or self._base_url,
                client_id=client_id or "",
                username=user.username,
                code=code,
            )
            if link_mode
            else ""
        )
        values = Values(code=code, username=_shown_name(pool, user), link=link)
        return self._sealed(
            pool,
            source=source,
            medium=medium,
            destination=destination,
            texts=fill(template, values, medium),
            values=values,
        )

    def welcome(
        self, pool: LoadedPool, user: User, *, medium: str, client_id: str
    ) -> OutboxMessage:
        """Return the message for a user who was brought over: it has a name in it, and no code."""
        call = call_of(
            pool,
            source="AdminCreateUser",
            user=user,
            client_id=client_id,
            medium=medium,
            client_metadata=None,
        )
        values = Values(code=None, username=_shown_name(pool, user))
        return self._sealed(
            pool,
            source="AdminCreateUser",
            medium=medium,
            destination=user.attributes[ATTRIBUTE_OF[medium]],
            texts=fill(self._welcome(pool, user, medium), values, medium)
            if call is None
            else Template("", ""),
            values=values,
            call=call,
        )

    def enqueue(self, tx: Transaction, message: OutboxMessage) -> None:
        """Store the message in the write that changes the state it tells of."""
        self._outbox.add(tx, message)

    def wake(self) -> None:
        """Tell the sweep, after the commit, that there is something to send."""
        self._wake()

    def _built_in(self, pool: LoadedPool, source: str, medium: str, user: User) -> Template | None:
        """Return our text in the user's language; None where the pool keeps to Cognito's."""
        language = language_of(pool.pool, user.attributes)
        if language is None:
            return None
        life_ms = self._life_ms(pool, source)
        expires = None
        if life_ms is not None:
            expires = moment(self._clock.now_ms() + life_ms, user.attributes.get("zoneinfo"))
        return text_in(language, pool.pool, source, medium, expires=expires)

    def _welcome(self, pool: LoadedPool, user: User, medium: str) -> Template:
        language = language_of(pool.pool, user.attributes)
        if language is None:
            return WELCOME
        return composed(language, "welcome", medium, expires=None)

    async def _custom_texts(
        self,
        pool: LoadedPool,
        source: str,
        user: User,
        client_id: str | None,
        client_metadata: Mapping[str, str] | None,
    ) -> CustomMessageReply | None:
        if self._consultant.function(pool, CUSTOM_MESSAGE) is None:
            return None
        request = CustomMessageRequest(
            user_attributes=attributes_of(user),
            code_parameter=CODE,
            link_parameter=LINK,
            username_parameter=USERNAME if source == "AdminCreateUser" else None,
            client_metadata=dict(client_metadata) if client_metadata else None,
        )
        return await self._consultant.consult(
            pool,
            CUSTOM_MESSAGE,
            source=source,
            subject=Subject(username=user.username, client_id=client_id),
            request=request,
            reply=CustomMessageReply,
        )

    def _sealed(
        self,
        pool: LoadedPool,
        *,
        source: str,
        medium: str,
        destination: str,
        texts: Template,
        values: Values,
        call: FunctionCall | None = None,
    ) -> OutboxMessage:
        now_ms = self._clock.now_ms()
        sender, reply_to = _headers(pool.pool) if medium == EMAIL else (None, None)
        route = _sms_route(pool.pool) if medium == SMS else EumsSms()
        message = Message(
            id=timed_uuid(self._entropy, now_ms),
            account=pool.pool.account,
            pool_id=pool.pool.id,
            medium=medium,
            kind=source,
            destination=destination,
            subject=texts.subject,
            body=texts.body,
            text=texts.text,
            created_ms=now_ms,
            sender=sender or route.origination_identity,
            reply_to=reply_to,
            in_entity_id=route.in_entity_id,
            in_template_id=route.in_template_id,
            code=values.code,
            link=values.link or None,
            function=call,
        )
        return seal_message(pool, message)


def seal_message(pool: LoadedPool, message: Message) -> OutboxMessage:
    """Return a message as it waits; what a function delivers is of the functions' medium."""
    return OutboxMessage(
        id=message.id,
        pool_id=message.pool_id,
        medium=message.medium if message.function is None else FUNCTION,
        sealed=pool.keys.seal(
            KeyPurpose.MESSAGE,
            _encoder.encode(message),
            context=seal_context(message.pool_id, message.id),
        ),
        created_ms=message.created_ms,
    )


def open_message(pool: LoadedPool, sealed: OutboxMessage) -> Message:
    """Return a stored message in the clear; raises `crypto.envelope.EnvelopeBroken`."""
    plaintext = pool.keys.open(
        KeyPurpose.MESSAGE, sealed.sealed, context=seal_context(pool.pool.id, sealed.id)
    )
    return msgspec.json.decode(plaintext, type=Message)


def _needed(source: str, *, link_mode: bool) -> tuple[str, ...]:
    if source == "AdminCreateUser":
        return (CODE, USERNAME)
    return (LINK,) if link_mode else (CODE,)


def _shown_name(pool: LoadedPool, user: User) -> str:
    """Return the name that the user signs in with: usernames of such pools are random."""
    for attribute in pool.username_attributes:
        if value := user.attributes.get(attribute):
            return value
    return user.username


def _sms_is_configured(pool: UserPool) -> bool:
    return pool.settings.sms_configuration is not None


def _sms_route(pool: UserPool) -> EumsSms:
    """Return what End User Messaging is told of a pool's SMS; nothing where SNS sends it."""
    config = pool.settings.sms_configuration
    return (config and config.eums_sms) or EumsSms()


def _headers(pool: UserPool) -> tuple[str | None, str | None]:
    """Return From and Reply-To as the pool sets them."""
    config = pool.settings.email_configuration
    if config is None:
        return None, None
    identity = (config.source_arn or "").partition(":identity/")[2]
    verified = identity if "@" in identity else None
    return config.from_ or verified, config.reply_to_email_address
