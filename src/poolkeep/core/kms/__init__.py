"""Keys of the key management service: what encrypts the codes that custom senders get.

This package owns the keys, who may use them and what is bound to a ciphertext. It is as much of
KMS as a custom sender needs: no aliases, no policies, no key but symmetric ones.
Source: docs/behaviours/kms.md.
"""

from poolkeep.core.kms.model import KmsCaller, KmsKey
from poolkeep.core.kms.service import Kms

__all__ = ["Kms", "KmsCaller", "KmsKey"]
