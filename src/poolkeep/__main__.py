"""`python -m poolkeep`."""

from poolkeep.cli.main import root


def main() -> None:
    """Run the command line."""
    root(prog_name="poolkeep")


if __name__ == "__main__":
    main()
