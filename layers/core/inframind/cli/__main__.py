"""`inframind <command>`: what a person, or a CI system, runs in a terminal."""

import argparse
import importlib.util
import sys
from collections.abc import Sequence

CI = "ask what a CI build should run with, measure it, report it"


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that the words name; 0, or 2 with one clear line when it is refused. `ci run`: the build's."""
    given = sys.argv[1:] if words is None else list(words)
    if given[:1] == ["ci"]:  # stands before a build, so it waits for no import but its own
        from inframind.ci.__main__ import main as ci

        return ci(given[1:])
    if importlib.util.find_spec("numpy") is None:
        print(
            "inframind: backtests need the package numpy; without it, 'inframind ci --help' is what there is",
            file=sys.stderr,
        )
        return 2
    return _numeric(given)


def _numeric(given: Sequence[str]) -> int:
    from inframind.backtest import command as backtest
    from inframind.backtest import rca
    from inframind.errors import InframindError

    parser = argparse.ArgumentParser(prog="inframind", description="InfraMind on the command line.")
    commands = parser.add_subparsers(dest="command", required=True)
    replay = commands.add_parser("backtest", help=backtest.__doc__, description=backtest.__doc__)
    backtest.add_arguments(replay)
    replay.set_defaults(run=backtest.run)
    causes = commands.add_parser("backtest-rca", help=rca.__doc__, description=rca.__doc__)
    rca.add_arguments(causes)
    causes.set_defaults(run=rca.run)
    commands.add_parser("ci", help=CI)
    arguments = parser.parse_args(given)
    try:
        arguments.run(arguments)
    except (InframindError, OSError) as refusal:
        print(f"inframind {arguments.command}: {refusal}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
