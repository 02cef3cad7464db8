"""What tests share: an account made from `template.yaml`, in process, by moto."""

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlparse

import boto3
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as laws
from hypothesis.internal.conjecture import providers
from moto import mock_aws
from moto.core.config import default_user_config
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from inframind import wiring
from inframind.http import access
from inframind.usecases.optimization import advising
from tests.cloudformation import ROOT, globals_environment, resources, template
from tests.infra.agent.recorder import Recorder


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for a whole platform begins first: begun last, it would leave the other workers idle."""
    items.sort(key=lambda item: item.get_closest_marker("e2e") is None)


# No deadline, and no complaint that examples come slowly: machines are shared. The same examples in every run: a law
# that fails is found again by everybody. `make laws` looks for what other examples show.
laws.register_profile("house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
laws.register_profile("other", laws.get_profile("house"), derandomize=False, database=None, print_blob=True)
laws.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """Has laws draw none of the package's own constants: which there are depends on what a worker has read so far."""
    if config.getoption("--hypothesis-profile") != "other":
        providers._get_local_constants = lambda: providers._local_constants


CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "POWERTOOLS_DEV": "false",
}


QUEUES_AT = urlparse("https://sqs.us-east-1.amazonaws.com")

# One session of boto3 for all accounts: with a new one, every test reads the models of the services anew (0.2 s).
default_user_config["core"]["reset_boto3_session"] = False


@dataclass(frozen=True)
class Account:
    """An AWS account that holds what the template declares; resources are named by their logical ids."""

    environment: dict[str, str]

    def client(self, service: str) -> Any:
        """A boto3 client into this account."""
        return boto3.client(service, region_name="us-east-1")


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A platform that takes everything, unless it is told otherwise."""
    one = Recorder()
    yield one
    one.close()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account with every table, queue, bucket and bus of the template, and the functions' environment set."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        made = _make_everything()
        environment = {name: _resolve(value, made) for name, value in globals_environment().items()}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        forget()
        yield Account(environment)
    forget()


def forget() -> None:
    """Makes wiring and access read the environment anew."""
    wiring.reset()
    access.gate.cache_clear()
    advising.serving_model.cache_clear()


def load_handler(word: str, name: str) -> ModuleType:
    """A fresh import of `functions/<word>/<name>.py`, as Lambda imports it: alone, its folder first on the path."""
    path = Path(ROOT, "functions", word, f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"functions_{word}_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def _builder(service: str) -> Any:
    """A client that no test sees, so that it serves one account after the other."""
    return boto3.client(service, region_name="us-east-1")


def _make_everything() -> dict[str, str]:
    made: dict[str, str] = {}
    # The queues are most of it: made inside moto, an account takes 0.03 s instead of 0.06.
    dynamodb, sqs = _builder("dynamodb"), sqs_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    for name, table in resources("AWS::DynamoDB::Table").items():
        wanted = table["Properties"]
        keys = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
        dynamodb.create_table(TableName=name, **{key: wanted[key] for key in keys if key in wanted})
        made[name] = name
    for name, queue in resources("AWS::SQS::Queue").items():
        fifo = queue["Properties"].get("FifoQueue", False)
        attributes: dict[str, Any] = {"FifoQueue": "true", "DeduplicationScope": "messageGroup"} if fifo else {}
        if fifo:
            attributes["FifoThroughputLimit"] = "perMessageGroupId"
        made[name] = sqs.create_queue(name + (".fifo" if fifo else ""), **attributes).url(QUEUES_AT)
    for name in resources("AWS::S3::Bucket"):
        made[name] = name.lower()
        _builder("s3").create_bucket(Bucket=made[name])
    for name in resources("AWS::Events::EventBus"):
        made[name] = name.lower()
        _builder("events").create_event_bus(Name=made[name])
    for name in resources("AWS::SNS::Topic"):
        made[name] = _builder("sns").create_topic(Name=name)["TopicArn"]
    return made


def _resolve(value: Any, made: dict[str, str]) -> str:
    if not isinstance(value, dict):
        return str(value)
    reference = value["Ref"]
    if reference in made:
        return made[reference]
    return str(template()["Parameters"][reference]["Default"])
