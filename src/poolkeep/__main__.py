"""`python -m poolkeep`."""

import os

from poolkeep.cli.main import root


def main() -> None:
    """Run the command line; what it makes is for its user's eyes only."""
    os.umask(0o077)
    root(prog_name="poolkeep")


if __name__ == "__main__":
    main()
