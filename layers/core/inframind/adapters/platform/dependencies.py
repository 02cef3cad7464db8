"""What the platform stands on, each asked by one cheap call whether it is there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.settings import Settings


@dataclass(frozen=True, slots=True)
class AwsDependency:
    """One table, queue, bucket or bus."""

    name: str
    call: Callable[[], Any]

    def check(self) -> None:
        """Returns if it answers, raises `Unavailable` if it does not."""
        with unavailable_as(self.name):
            self.call()


def dependencies(client: Callable[[str], Any], settings: Settings) -> Iterator[AwsDependency]:
    """Every queue, table, bucket and bus that the settings name.

    Every client is made here: boto3 cannot make two at once, and checks run side by side.
    """
    s3, events = client("s3"), client("events")
    names = [field.name for field in fields(settings)]
    for name in (name for name in names if name.endswith("_queue_url")):
        yield AwsDependency(_words(name, "_url"), _queue(client("sqs"), getattr(settings, name)))
    for name in (name for name in names if name.endswith("_table")):
        yield AwsDependency(_words(name), _table(client("dynamodb"), getattr(settings, name)))
    yield AwsDependency("bank bucket", lambda: s3.head_bucket(Bucket=settings.bank_bucket))
    yield AwsDependency("bus", lambda: events.describe_event_bus(Name=settings.bus_name))


def _words(name: str, suffix: str = "") -> str:
    return name.removesuffix(suffix).replace("_", " ")


def _queue(sqs: Any, url: str) -> Callable[[], Any]:
    return lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])


def _table(dynamodb: Any, name: str) -> Callable[[], Any]:
    return lambda: dynamodb.describe_table(TableName=name)
