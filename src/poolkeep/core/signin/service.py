"""Carry a sign-in from step to step: load, consult, decide, save.

    start / respond ─▶ load facts ─▶ machine ─▶ carry out its effects ─▶ settle ─▶ Asked | SignedIn

A failed proof is counted in a transaction of its own before the caller hears of it. A plain
sign-in by password writes nothing; one by SRP writes the mark of its handle.
"""

from functools import partial

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.refusal import InvalidParameter, NotAuthorized, ResourceNotFound
from poolkeep.base.transaction import Database
from poolkeep.core.audit.events import AuthEvents
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import auth_session_ms
from poolkeep.core.signin import handles, machine, srp_exchange, wording
from poolkeep.core.signin.attempt import Attempt, Flow
from poolkeep.core.signin.challenges import (
    device_password_verifier,
    device_srp_auth,
    new_password,
    web_authn,
)
from poolkeep.core.signin.commands import Asked, Authenticated, Respond, SignedIn, Start
from poolkeep.core.signin.completion import Completion
from poolkeep.core.signin.course import Course
from poolkeep.core.signin.decoy import decoy_username
from poolkeep.core.signin.entrance import (
    REFRESH_FLOWS,
    check_address,
    check_any_hash,
    demand,
    demand_place,
    demand_session,
    permit_refresh,
    permitted,
)
from poolkeep.core.signin.evidence import Loaders, Need
from poolkeep.core.signin.facts import Facts, SignInRow
from poolkeep.core.signin.guard import ProofGuard
from poolkeep.core.signin.opening import Openings
from poolkeep.core.signin.ports import Attempts
from poolkeep.core.signin.recorder import failures_recorded, record
from poolkeep.core.signin.reopening import reopen
from poolkeep.core.signin.secret_hash import check_secret_hash
from poolkeep.core.signin.sending import CodeSender
from poolkeep.core.signin.settlement import Settlement
from poolkeep.core.signin.steps import (
    Ask,
    ChangePassword,
    CheckPassword,
    Complete,
    Consult,
    Effect,
    Load,
    Proven,
    Refuse,
    Resume,
    SendCode,
    Step,
)
from poolkeep.core.signin.waiting import Waiting, awaited
from poolkeep.core.tokens import Tokens
from poolkeep.core.tokens.service import Refresh
from poolkeep.core.triggers import Consultant, Subject
from poolkeep.core.triggers.sources import UserMigrationRequest
from poolkeep.core.users.attributes import changed, check_writable
from poolkeep.core.users.migration import Migration
from poolkeep.core.users.model import Status
from poolkeep.core.users.names import login_key
from poolkeep.core.users.passwords import Passwords, check_policy

POLICY_PREFIX = "Password did not conform with password policy: "
SOURCES = {
    new_password.NAME: "NewPasswordChallenge",
    device_password_verifier.NAME: "AuthenticateDevice",
}
"""The pre-token trigger's, where the last answer has one of its own."""

Outcome = Asked | SignedIn | Authenticated

NOBODY = "nobody"
"""An id that no user has."""

STEPS_MAX = 32
"""More steps in one request than this would be a machine that goes in circles."""


class SignIn:
    """Sign-in for every pool of a region."""

    def __init__(  # noqa: PLR0913  its collaborators
        self,
        *,
        database: Database,
        attempts: Attempts,
        book: PoolBook,
        clock: Clock,
        wall_clock: Clock,
        entropy: Entropy,
        consultant: Consultant,
        passwords: Passwords,
        guard: ProofGuard,
        settlement: Settlement,
        sender: CodeSender,
        openings: Openings,
        waiting: Waiting,
        loaders: Loaders,
        migration: Migration,
        tokens: Tokens,
        events: AuthEvents,
    ) -> None:
        """Read and mark in `database`.

        `wall_clock` is the machine's own, by which callers date their proofs; it differs from
        `clock` where development has moved that one.
        """
        self._wall_clock = wall_clock
        self._database = database
        self._attempts = attempts
        self._book = book
        self._clock = clock
        self._entropy = entropy
        self._consultant = consultant
        self._passwords = passwords
        self._guard = guard
        self._settlement = settlement
        self._sender = sender
        self._openings = openings
        self._waiting = waiting
        self._loaders = loaders
        self._migration = migration
        self._tokens = tokens
        self._completion = Completion(
            entropy=entropy, settlement=settlement, tokens=tokens, events=events
        )
        self._events = events

    async def start(self, command: Start) -> Outcome:
        """Begin a sign-in, or refresh tokens."""
        pool, client = await self._client(command.client_id, command.pool_id, command.account)
        given = command.parameters
        if command.flow in REFRESH_FLOWS:
            return await self._refresh(pool, client, command)
        name = given.get("USERNAME")
        if not name:
            raise InvalidParameter(wording.missing("USERNAME"))
        if command.by_pages:
            flow = Flow(command.flow)
        else:
            check_secret_hash(client, name, given.get("SECRET_HASH"))
            flow = permitted(pool, client, command.flow, by_admin=command.by_admin)
        demand(flow, given)
        now_ms = self._clock.now_ms()
        key = login_key(pool, name)
        row = await self._database.read(lambda tx: self._attempts.by_login(tx, pool.pool.id, key))
        attempt = Attempt(
            handle=uuid4(self._entropy),
            flow=flow,
            by_admin=command.by_admin,
            client_id=client.id,
            name=name,
            username=row.user.username if row.user else decoy_username(pool, name),
            user_id=row.user.id if row.user else None,
            started_ms=now_ms,
            expires_ms=now_ms + auth_session_ms(client),
            event_id=uuid4(self._entropy),
            named_device=given.get("DEVICE_KEY"),
            authorization_request=command.authorization_request,
            passkey_place=command.passkey_place,
            passkey_challenge=command.passkey_challenge,
        )
        facts = Facts(
            now_ms=now_ms,
            wall_ms=now_ms,
            pool=pool,
            client=client,
            row=row,
            given=given,
            validation_data=command.client_metadata,
            ip_address=command.origin.ip_address,
        )
        course = Course(facts=facts, origin=command.origin)
        if flow is Flow.USER_AUTH:
            attempt = await self._openings.opened(attempt, course, command)
        return await self._carry(machine.next_step(attempt, facts, self._entropy), course, attempt)

    async def respond(self, command: Respond) -> Outcome:
        """Judge one answer. Refuses a handle that is unknown, expired or already used."""
        pool, client = await self._client(command.client_id, command.pool_id, command.account)
        answers = command.answers
        name = answers.get("USERNAME")
        if not name:
            raise InvalidParameter(wording.missing("USERNAME"))
        if not command.by_pages:
            check_secret_hash(client, name, answers.get("SECRET_HASH"))
        now_ms = self._clock.now_ms()
        sealed = await self._waiting.handle(pool, client.id, command)
        attempt = await reopen(
            self._database,
            self._attempts,
            pool=pool,
            client=client,
            sealed=sealed,
            now_ms=now_ms,
        )
        demand_place(command, attempt)
        demand_session(command, attempt)
        check_address(command, attempt)
        row = await self._reload(pool, attempt)
        facts = Facts(
            now_ms=now_ms,
            wall_ms=self._wall_clock.now_ms(),
            pool=pool,
            client=client,
            row=row,
            given={},
            client_metadata=command.client_metadata,
            ip_address=command.origin.ip_address,
        )
        device_key = answers.get("DEVICE_KEY") or attempt.named_device
        needs = machine.needs(command.challenge, answers)
        facts = await self._with_evidence(facts, needs, device_key)
        step = machine.answer(attempt, facts, command.challenge, answers)
        course = Course(facts=facts, origin=command.origin, spends=attempt)
        course.source = SOURCES.get(attempt.awaiting or "", course.source)
        return await self._carry(step, course, attempt)

    async def _carry(self, step: Step, course: Course, attempt: Attempt) -> Outcome:
        """Carry out effects until the machine asks, completes or refuses."""
        async with failures_recorded(self._events, course, attempt):
            for _ in range(STEPS_MAX):
                match step:
                    case Ask():
                        asked = self._asked(step, course)
                        await self._settlement.settle(course)
                        await record(self._events, course, step.attempt, "InProgress")
                        return asked
                    case Complete():
                        return await self._completion.complete(step, course)
                    case Refuse():
                        await self._settlement.count(step, course, attempt)
                        raise step.refusal
                    case _:
                        step = await self._carried(step, course)
        message = "the sign-in machine goes in circles"
        raise RuntimeError(message)

    async def _carried(self, step: Effect, course: Course) -> Step:
        """Carry one effect out; return what the machine says to it."""
        match step:
            case Consult():
                return await self._consult(step, course)
            case Load():
                return await self._load(step, course)
            case Resume():
                course.facts = msgspec.structs.replace(course.facts, given=step.given)
                return machine.next_step(step.attempt, course.facts, self._entropy)
            case SendCode():
                return await self._sender.send(step, course)
            case CheckPassword():
                return await self._check(step, course)
            case Proven():
                return await self._prove(step, course)
            case ChangePassword():
                return await self._change(step, course)

    async def _consult(self, step: Consult, course: Course) -> Step:
        facts = course.facts
        if isinstance(step.request, UserMigrationRequest):
            return await self._migrate(step, step.request, course)
        reply = await self._consultant.consult(
            facts.pool,
            step.trigger,
            source=step.source,
            subject=Subject(username=step.attempt.username, client_id=facts.client.id),
            request=step.request,
            reply=step.reply,
        )
        return machine.after(step, reply, course.facts, self._entropy)

    async def _load(self, step: Load, course: Course) -> Step:
        key = step.attempt.named_device
        course.facts = await self._with_evidence(course.facts, (step.need,), key)
        return machine.next_step(step.attempt, course.facts, self._entropy)

    async def _with_evidence(
        self, facts: Facts, needs: tuple[Need, ...], device_key: str | None
    ) -> Facts:
        """Return the facts with what the store knows of the user's factors.

        Nobody has none, and that is looked up like anybody's: it takes the same time.
        """
        user_id = NOBODY if facts.user is None else facts.user.id
        evidence = facts.evidence
        for need in needs:
            found: object = () if need is Need.PASSKEYS else None
            if need in self._loaders:
                found = await self._database.read(
                    partial(
                        self._loaders[need],
                        pool=facts.pool,
                        user_id=user_id,
                        device_key=device_key,
                    )
                )
            evidence = evidence.with_found(need, found)
        return msgspec.structs.replace(facts, evidence=evidence)

    async def _migrate(self, step: Consult, request: UserMigrationRequest, course: Course) -> Step:
        """Go on with the user whom the function brought, as if that user had always been here."""
        attempt, facts = step.attempt, course.facts
        user = await self._migration.at_sign_in(facts.pool, facts.client, attempt.name, request)
        if user is not None:
            user_id = user.id
            row = await self._database.read(
                lambda tx: self._attempts.by_user(tx, facts.pool.pool.id, user_id)
            )
            course.facts = msgspec.structs.replace(facts, row=row)
            attempt = msgspec.structs.replace(attempt, username=user.username, user_id=user_id)
        resumed = msgspec.structs.replace(step, attempt=attempt)
        return machine.after(resumed, None, course.facts, self._entropy)

    async def _check(self, step: CheckPassword, course: Course) -> Step:
        facts = course.facts
        right = await self._guard.check(facts, step.password, name=step.attempt.name)
        if right:
            facts = course.facts = await self._guard.upgraded(facts, step.password)
        verdict = machine.judged(step.attempt, facts, self._entropy, right=right)
        if isinstance(verdict, Refuse) and verdict.counts:
            # The guard has counted the failure already, in the transaction that allowed the check.
            return msgspec.structs.replace(verdict, counts=None)
        return verdict

    async def _prove(self, step: Proven, course: Course) -> Step:
        """Go on after a right answer, which no other request can give again, nor inside a lock."""
        course.guard = step.guard
        course.marks = step.marks
        if step.user is not None:
            course.new_user = step.user
            course.facts = course.facts.with_user(step.user)
        await self._settlement.settle(course)
        return machine.next_step(step.attempt, course.facts, self._entropy)

    async def _change(self, step: ChangePassword, course: Course) -> Step:
        """Replace a temporary password; refuses one that policy or history forbid."""
        facts = course.facts
        user = facts.user
        if user is None:
            raise NotAuthorized(wording.SESSION_INVALID)
        check_writable(facts.pool, facts.client, step.attributes)
        check_policy(facts.pool, step.password, POLICY_PREFIX)
        await self._passwords.check_history(facts.pool, user, step.password)
        change = changed(facts.pool, user, step.attributes, by_admin=False)
        document = msgspec.structs.replace(
            user.document,
            attributes=change.attributes,
            pending=change.pending,
            temporary_password_expires_ms=None,
        )
        course.new_user = msgspec.structs.replace(
            user,
            status=Status.CONFIRMED,
            modified_ms=facts.now_ms,
            document=document,
            credential=await self._passwords.replace(facts.pool, user, step.password),
        )
        course.facts = facts.with_user(course.new_user)
        return machine.next_step(step.attempt, course.facts, self._entropy)

    def _asked(self, step: Ask, course: Course) -> Asked:
        # A handle and a life of its own for every question: answering one must not use up the next.
        facts = course.facts
        attempt = msgspec.structs.replace(
            step.attempt,
            handle=web_authn.handle_of(step.attempt) or uuid4(self._entropy),
            expires_ms=facts.now_ms + auth_session_ms(facts.client),
        )
        sealed, course.kept = handles.seal_within(facts.pool, attempt)
        block = {"SECRET_BLOCK": srp_exchange.block_text(sealed)} if step.in_block else {}
        if step.challenge == device_srp_auth.NAME:
            course.marks = (*course.marks, awaited(attempt, course, sealed))
        return Asked(
            challenge=step.challenge,
            parameters={**step.parameters, **block},
            available=step.available,
            session=handles.to_text(sealed, facts.client.id if step.addressed else None)
            if step.in_session
            else None,
        )

    async def _reload(self, pool: LoadedPool, attempt: Attempt) -> SignInRow:
        """Return the attempt's user as of now; a decoy's name stays nobody's."""
        if attempt.user_id is None:
            key = login_key(pool, attempt.name)
            row = await self._database.read(
                lambda tx: self._attempts.by_login(tx, pool.pool.id, key)
            )
            return msgspec.structs.replace(row, user=None, groups=())
        user_id = attempt.user_id
        row = await self._database.read(
            lambda tx: self._attempts.by_user(tx, pool.pool.id, user_id)
        )
        if row.user is None:
            raise NotAuthorized(wording.SESSION_INVALID)
        return row

    async def _refresh(self, pool: LoadedPool, client: AppClient, command: Start) -> SignedIn:
        given = command.parameters
        token = given.get("REFRESH_TOKEN")
        if not token:
            raise InvalidParameter(wording.missing("REFRESH_TOKEN"))
        if client.secrets:
            names = await self._tokens.owner_names(pool, client, token)
            check_any_hash(client, names, given.get("SECRET_HASH"))
        permit_refresh(client)
        command_of = Refresh(
            token=token,
            device_key=given.get("DEVICE_KEY"),
            client_metadata=dict(command.client_metadata) or None,
            activity=command.origin,
        )
        return SignedIn(tokens=await self._tokens.refresh_by_flow(pool, client, command_of))

    async def _client(
        self, client_id: str, pool_id: str | None, account: str | None
    ) -> tuple[LoadedPool, AppClient]:
        """Return the client with its pool; an administrator's must belong to the pool named."""
        if pool_id is not None:
            pool = await self._book.pool(pool_id)
            if pool is None or pool.pool.account != account:
                raise ResourceNotFound(f"User pool {pool_id} does not exist.")
        found = await self._book.client(client_id)
        if found is None or (pool_id is not None and found[0].pool.id != pool_id):
            raise ResourceNotFound(wording.client_does_not_exist(client_id))
        return found
