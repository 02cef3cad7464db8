"""`inframind ci`: the words of the command line. This module alone of its package reads the environment."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from inframind.ci import command
from inframind.ci.asking import pair


def main(words: Sequence[str], environment: Mapping[str, str] = os.environ) -> int:
    """Do what the words say; the exit code."""
    arguments = parser().parse_args(words)
    return int(arguments.do(arguments, environment))


def parser() -> argparse.ArgumentParser:
    """Everything that can be said after `inframind ci`."""
    root = argparse.ArgumentParser(prog="inframind ci", description=command.__doc__, epilog=SETTINGS)
    words = root.add_subparsers(required=True, metavar="run | optimize | start | step | complete")
    _run(_word(words, command.run))
    optimize = _goal(_word(words, command.optimize))
    optimize.add_argument("--format", choices=command.FORMS, default="json", help="env: NAME=VALUE; shell: export …")
    start = _word(words, command.start)
    start.add_argument("--format", choices=("id", *command.FORMS), default="id", help="id: the run's name alone")
    start.add_argument("--tool", default="", help="what builds: make, cmake, gradle …")
    step = _word(words, command.step)
    step.add_argument("name")
    step.add_argument("--duration", type=float, required=True, metavar="SECONDS")
    for one in (step, _word(words, command.complete)):
        one.add_argument("--outcome", choices=command.OUTCOMES, default="success")
    return root


SETTINGS = "INFRAMIND_URL and INFRAMIND_KEY say where the platform is; docs/ci.md has the other settings."


def _word(words: "argparse._SubParsersAction[argparse.ArgumentParser]", do: object) -> argparse.ArgumentParser:
    """A subcommand with the options that all of them have."""
    said = (do.__doc__ or "").strip()
    one = words.add_parser(getattr(do, "__name__", ""), help=said, description=said)
    one.set_defaults(do=do)
    one.add_argument("--pipeline", help="what is built again and again; the CI system's own name for it unless given")
    one.add_argument("--run-id", help="the build that this belongs to (INFRAMIND_RUN_ID)")
    one.add_argument("--release", action="store_true", help="a release: nothing is tried out on it")
    return one


def _goal(one: argparse.ArgumentParser) -> argparse.ArgumentParser:
    one.add_argument("--tool", default="", help="what builds: make, cmake, gradle …")
    # The machine is there already, whatever it costs; who still has to choose one asks for less cost.
    one.add_argument("--objective", choices=("time", "cost", "blend"), default="time", help="what to make less of")
    one.add_argument("--weight", type=float, help="share of cost in a blend, 0 to 1")
    one.add_argument(
        "--context", type=pair, action="append", default=[], metavar="NAME=VALUE", help="what else is known"
    )
    return one


def _run(one: argparse.ArgumentParser) -> None:
    _goal(one)
    one.add_argument("--apply", action="store_true", help="run with what is suggested")
    one.add_argument("--step", help="name of the step; the program's name unless given")
    one.add_argument("--concurrency", type=int, help="the jobs it runs at once, where its words do not say so")
    one.add_argument("--timeout", type=float, metavar="SECONDS", help="end the build after so long")
    one.add_argument("--every", type=float, default=0.5, metavar="SECONDS", help="time between looks at the processes")
    one.add_argument("--quiet", action="store_true", help="no lines in the log")
    one.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
