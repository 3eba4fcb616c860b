"""Names below which anybody may register one: com, co.uk, github.io.

The list is the one of publicsuffix.org that comes with the passkey library. It is read when first
asked for, since few processes ever ask.
"""

from functools import cache


def is_public_suffix(name: str) -> bool:
    """Tell whether nobody owns everything below a name; every name without a dot is such a one."""
    if "." not in name:
        return True
    listed = _listed()
    above = name.partition(".")[2]
    if f"!{name}" in listed:
        return False
    return name in listed or f"*.{above}" in listed


@cache
def _listed() -> frozenset[str]:
    from fido2.rpid import suffixes  # noqa: PLC0415  reads a long file

    return frozenset(suffixes)
