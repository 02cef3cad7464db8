"""Calls made side by side: a batch may concern a thousand resources, and each call waits milliseconds."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from inframind.errors import InframindError

CALLS = 10  # as many connections as botocore keeps open

A = TypeVar("A")
T = TypeVar("T")


def at_once(call: Callable[[A], T], arguments: Iterable[A]) -> list[T]:
    """What `call` returns for each argument, in order; raises what it raises.

    >>> at_once(lambda number: number * 2, [1, 2, 3])
    [2, 4, 6]
    """
    with ThreadPoolExecutor(CALLS) as pool:
        return list(pool.map(call, arguments))


def settled(call: Callable[[str, A], T], arguments: Mapping[str, A]) -> tuple[list[T], dict[str, str]]:
    """What `call` returns for each name and argument, and for each name whose call failed the reason."""
    with ThreadPoolExecutor(CALLS) as pool:
        running = {name: pool.submit(call, name, argument) for name, argument in arguments.items()}
    done, failed = [], {}
    for name, future in running.items():
        try:
            done.append(future.result())
        except InframindError as error:
            failed[name] = str(error)
    return done, failed
