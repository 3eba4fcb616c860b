"""Rates that an account sets for itself, by quota category. Counting them is the AWS face's."""

from poolkeep.core.quotas.model import ADJUSTABLE, ProvisionedLimit
from poolkeep.core.quotas.service import ProvisionedLimits

__all__ = ["ADJUSTABLE", "ProvisionedLimit", "ProvisionedLimits"]
