"""A pool's sealing keys over the key ring of `crypto.envelope`."""

from poolkeep.base.entropy import Entropy
from poolkeep.crypto.envelope import KeyRing


class RingKeys:
    """`PoolKeys` over one pool's ring: each purpose has a key of its own."""

    __slots__ = ("_entropy", "_ring")

    def __init__(self, ring: KeyRing, entropy: Entropy) -> None:
        """Seal with the current version of `ring`."""
        self._ring = ring
        self._entropy = entropy

    def seal(self, purpose: str, plaintext: bytes, *, context: str) -> bytes:
        """Return an envelope bound to purpose and context."""
        return self._ring.purpose(purpose).seal(
            plaintext, context=context.encode(), entropy=self._entropy
        )

    def seal_salted(self, purpose: str, plaintext: bytes, *, context: str) -> bytes:
        """Return an envelope in the form for high volumes (session handles)."""
        return self._ring.purpose(purpose).seal_salted(
            plaintext, context=context.encode(), entropy=self._entropy
        )

    def open(self, purpose: str, sealed: bytes, *, context: str) -> bytes:
        """Return the plaintext; raises EnvelopeBroken."""
        return self._ring.purpose(purpose).open(sealed, context=context.encode())

    def key(self, purpose: str, key_id: str | None = None) -> bytes:
        """Return the 32-byte key of a purpose, of the current version unless told otherwise."""
        return self._ring.purpose(purpose).key(key_id)

    @property
    def key_id(self) -> str:
        """The version that seals."""
        return self._ring.current

    @property
    def ring(self) -> KeyRing:
        """The ring itself, for formats that carry their key id elsewhere."""
        return self._ring
