"""`make bootstrap-key STACK=inframind-dev`: mints the first admin key of a deployment and prints it once.

Whoever may write into the deployment's access table may do this: that permission is the root of all keys.
"""

import os
import sys
from datetime import UTC, datetime
from typing import Any

from inframind.adapters.platform.dynamo_keys import DynamoKeys
from inframind.platform.keys import mint
from inframind.records import Role

OUTPUT = "AccessTableName"


def access_table(cloudformation: Any, stack: str) -> str:
    """The name of the access table among the stack's outputs."""
    (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}
    return str(outputs[OUTPUT])


def bootstrap(dynamodb: Any, table: str) -> str:
    """A new admin key's token; only its salted hash is kept."""
    key, token = mint("bootstrap", Role.ADMIN, datetime.now(UTC))
    DynamoKeys(dynamodb, table).put(key, create=True)
    return token


def main() -> int:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    stack = os.environ.get("STACK", "")
    if not stack:
        print("inframind: which stack? make bootstrap-key STACK=inframind-dev", file=sys.stderr)
        return 2
    try:
        print(bootstrap(boto3.client("dynamodb"), access_table(boto3.client("cloudformation"), stack)))
    except (BotoCoreError, ClientError) as error:
        print(f"inframind: {error}", file=sys.stderr)
        return 1
    except KeyError:
        print(f"inframind: stack {stack} has no output {OUTPUT}; is it InfraMind's?", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
