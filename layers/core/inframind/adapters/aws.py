"""AWS clients with time-outs that fit a function, and the one translation of AWS errors into ours.

botocore takes most of a cold start, so it is imported where it is needed: a function with the lean client never does.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inframind.errors import Unavailable

CONNECT_TIMEOUT_S = 2
READ_TIMEOUT_S = 10
MAX_ATTEMPTS = 3


def boto_client(service: str) -> Any:
    """A boto3 client; region, credentials and AWS_ENDPOINT_URL come from the environment."""
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
    )
    return boto3.client(service, config=config)


def code(error: Any) -> str:
    """The error code AWS gave in a `ClientError`, such as `ConditionalCheckFailedException`."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def unavailable_as(what: str) -> Iterator[None]:
    """Translates whatever AWS raises inside into `Unavailable`, naming the dependency.

    Codes that mean something to the caller (a failed condition) are to be caught inside.
    """
    try:
        yield
    except _botocore_error("ClientError") as error:
        raise Unavailable(f"{what} did not accept the call: {code(error)}.") from error
    except _botocore_error("BotoCoreError") as error:
        raise Unavailable(f"{what} could not be reached: {type(error).__name__}.") from error


def _botocore_error(name: str) -> Any:
    """The class, or nothing to catch when botocore was never loaded and so cannot have raised it."""
    exceptions = sys.modules.get("botocore.exceptions")
    return getattr(exceptions, name) if exceptions else ()
