"""Make an account and prove an address: SignUp, ConfirmSignUp and their kin.

This package owns the order of checks and what each step changes. It does not own names,
attributes and passwords (core.users), nor codes and messages (core.messages).
"""

from poolkeep.core.signup.model import ConfirmSignUp, ResendCode, SignedUp, SignUp
from poolkeep.core.signup.service import SignUpService

__all__ = ["ConfirmSignUp", "ResendCode", "SignUp", "SignUpService", "SignedUp"]
