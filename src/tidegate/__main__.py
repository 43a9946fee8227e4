"""`python -m tidegate`, and the `tidegate` command."""

from __future__ import annotations


def main() -> None:
    from tidegate.cli.main import cli

    cli(prog_name="tidegate")


if __name__ == "__main__":
    main()
