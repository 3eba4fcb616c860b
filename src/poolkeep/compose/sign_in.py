"""The sign-in machine, wired: what it can look up, and what it can leave behind."""

from poolkeep.compose.devices import load_device, write_seen
from poolkeep.compose.factors import load_software_token, use_step
from poolkeep.compose.kit import Kit
from poolkeep.compose.passkeys import note_use, usable_passkeys
from poolkeep.core.signin import SignIn
from poolkeep.core.signin.challenges.device_password_verifier import DeviceSeen
from poolkeep.core.signin.challenges.software_token import StepUsed
from poolkeep.core.signin.challenges.web_authn import PasskeyUsed
from poolkeep.core.signin.evidence import Loaders, Need
from poolkeep.core.signin.guard import ProofGuard
from poolkeep.core.signin.marks import Writers
from poolkeep.core.signin.opening import Openings
from poolkeep.core.signin.sending import CodeSender
from poolkeep.core.signin.settlement import Settlement
from poolkeep.core.signin.waiting import DeviceAwaited, Waiting
from poolkeep.core.tokens import Tokens
from poolkeep.core.users.migration import Migration
from poolkeep.core.users.upgrade import CredentialUpgrade
from poolkeep.storage.stores.devices import SqlDevices
from poolkeep.storage.stores.signin import SqlSignIn

LOADERS: Loaders = {
    Need.SOFTWARE_TOKEN: load_software_token,
    Need.DEVICE: load_device,
    Need.PASSKEYS: usable_passkeys,
}
WRITERS: Writers = {StepUsed: use_step, DeviceSeen: write_seen, PasskeyUsed: note_use}


def build_sign_in(kit: Kit, *, migration: Migration, tokens: Tokens) -> SignIn:
    """Wire sign-in over the kit."""
    attempts = SqlSignIn()
    guard = ProofGuard(
        database=kit.database,
        attempts=kit.attempts,
        passwords=kit.passwords,
        upgrade=CredentialUpgrade(database=kit.database, users=kit.users, passwords=kit.passwords),
        limits=kit.limits,
        clock=kit.clock,
    )
    waiting = Waiting(database=kit.database, rows=SqlDevices())
    return SignIn(
        database=kit.database,
        attempts=attempts,
        book=kit.book,
        clock=kit.clock,
        wall_clock=kit.wall_clock,
        entropy=kit.entropy,
        consultant=kit.consultant,
        passwords=kit.passwords,
        guard=guard,
        settlement=Settlement(
            database=kit.database,
            attempts=attempts,
            users=kit.users,
            guard=guard,
            messenger=kit.messenger,
            writers={**WRITERS, DeviceAwaited: waiting.write},
        ),
        sender=CodeSender(
            database=kit.database,
            attempts=kit.attempts,
            messenger=kit.messenger,
            limits=kit.limits,
            clock=kit.clock,
            entropy=kit.entropy,
        ),
        openings=Openings(tokens=tokens, tiers_enforced=kit.settings.tiers_enforced),
        waiting=waiting,
        loaders=LOADERS,
        migration=migration,
        tokens=tokens,
        events=kit.events,
    )
