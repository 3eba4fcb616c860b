"""What a host name tells of where it leads."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Say whether `host` can be reached from this machine only."""
    if host.lower() == "localhost" or host.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
