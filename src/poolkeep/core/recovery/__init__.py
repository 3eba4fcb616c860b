"""A new password without the old one: ForgotPassword, its confirmation, an administrator's reset.

This package owns where a reset code may go and what its return changes. It does not own
passwords (core.users), nor codes and messages (core.messages).
"""

from poolkeep.core.recovery.model import ConfirmForgotPassword, ForgotPassword
from poolkeep.core.recovery.service import Recovery

__all__ = ["ConfirmForgotPassword", "ForgotPassword", "Recovery"]
