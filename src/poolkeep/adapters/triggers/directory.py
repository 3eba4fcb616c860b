"""Find the function that an ARN means, and where it runs.

The map of the settings is asked for the ARN as it stands, for the ARN without version or alias,
for `name:qualifier`, for the name, and last for `*`.
"""

from collections.abc import Collection, Mapping

from poolkeep.adapters.triggers.model import Function, Named, named
from poolkeep.function_settings import ANY, LambdaTarget, Target


class Directory:
    """The functions of an installation."""

    def __init__(
        self,
        targets: Mapping[str, Target],
        *,
        regions: Collection[str],
        default_region: str,
        account: str | None,
    ) -> None:
        """Let bare names stand for functions of `account`; None is for those of any account.

        A function is told to speak to its ARN's region, if it is one of `regions`.
        """
        self._targets = dict(targets)
        self._regions = frozenset(regions)
        self._default_region = default_region
        self._account = account

    def find(self, arn: str) -> Function | None:
        """Return the function of an ARN; None when there is none."""
        name = named(arn)
        if name is None:
            return None
        for key in self._keys(arn, name):
            target = self._targets.get(key)
            if target is not None:
                return Function(
                    key=key,
                    name=name.name,
                    account=name.account,
                    region=self._region(name, target),
                    target=target,
                )
        return None

    def arn_of(self, text: str, *, account: str, region: str, qualifier: str | None) -> str:
        """Return the ARN of a function named as callers of Invoke may: by name, or by ARN."""
        parts = text.split(":")
        if len(parts) > 2 and parts[0] == "arn":
            arn = text
        elif len(parts) > 2 and parts[1] == "function":
            arn = f"arn:aws:lambda:{region}:{text}"
        else:
            arn = f"arn:aws:lambda:{region}:{account}:function:{text}"
        return f"{arn}:{qualifier}" if qualifier else arn

    def _keys(self, arn: str, name: Named) -> list[str]:
        keys = [arn, name.unqualified]
        if self._account is None or name.account == self._account:
            if name.qualifier:
                keys.append(f"{name.name}:{name.qualifier}")
            keys.append(name.name)
        return [*keys, ANY]

    def _region(self, name: Named, target: Target) -> str:
        if isinstance(target, LambdaTarget) or name.region in self._regions:
            return name.region
        return self._default_region
