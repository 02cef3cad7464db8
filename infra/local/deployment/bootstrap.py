"""Puts the bootstrap key into the access table; run by the deployment on the functions' interpreter.

The engine's interpreter lacks what the package needs; the hashing is the platform's own.
"""

import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from inframind.adapters.platform.dynamo_keys import DynamoKeys
from inframind.errors import Conflict, Unavailable
from inframind.platform.keys import keep
from inframind.records import Role


def store_bootstrap_key(client: Any, table: str, token: str) -> None:
    """Make `token` an admin key of the platform; a key that is there already stays as it is, revoked or not."""
    with suppress(Conflict):
        DynamoKeys(client, table).put(keep(token, "bootstrap", Role.ADMIN, datetime.now(UTC)), create=True)


def main() -> int:
    import boto3

    client = boto3.client("dynamodb")
    try:
        store_bootstrap_key(client, os.environ["TABLE"], os.environ["TOKEN"])
    except Unavailable as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
