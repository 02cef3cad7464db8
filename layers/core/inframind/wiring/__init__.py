"""Joins ports and adapters: the one place that knows both. Everything is made on first use and kept."""

from functools import cache
from typing import TYPE_CHECKING, Any

from inframind.settings import settings
from inframind.wiring.analysis import analysis_queue as analysis_queue
from inframind.wiring.analysis import knowledge as knowledge
from inframind.wiring.analysis import language_model as language_model
from inframind.wiring.analysis import notes as notes
from inframind.wiring.detection import anomalies as anomalies
from inframind.wiring.detection import backfills as backfills
from inframind.wiring.detection import banks as banks
from inframind.wiring.detection import detectors as detectors
from inframind.wiring.detection import score_queue as score_queue
from inframind.wiring.ingestion import clusters as clusters
from inframind.wiring.ingestion import lines as lines
from inframind.wiring.ingestion import log_queue as log_queue
from inframind.wiring.ingestion import log_states as log_states
from inframind.wiring.notification import board as board
from inframind.wiring.notification import channel_secrets as channel_secrets
from inframind.wiring.notification import channels as channels
from inframind.wiring.notification import escalations as escalations
from inframind.wiring.notification import http_client as http_client
from inframind.wiring.notification import mailer as mailer
from inframind.wiring.notification import notices as notices
from inframind.wiring.notification import silences as silences
from inframind.wiring.notification import storms as storms
from inframind.wiring.optimization import build_queue as build_queue
from inframind.wiring.optimization import builds as builds
from inframind.wiring.optimization import models as models
from inframind.wiring.optimization import training_queue as training_queue

if TYPE_CHECKING:
    from inframind.ports.incidents import IncidentStore, SignalQueue
    from inframind.ports.platform import CounterStore, Dependency, FactBus, KeyStore
    from inframind.ports.risk import RiskStore
    from inframind.ports.series import FrameQuarantine, SampleQueue, SeriesStore
    from inframind.ports.topology import CallStore


@cache
def client(service: str) -> Any:
    """A client of an AWS service: boto3's, or the lean one at the door of telemetry, where imports are time."""
    if settings().lean_client:
        from inframind.adapters.lean_aws import LeanClient

        return LeanClient(service)
    from inframind.adapters.aws import boto_client

    return boto_client(service)


@cache
def key_store() -> "KeyStore":
    """Access keys."""
    from inframind.adapters.platform.dynamo_keys import DynamoKeys

    return DynamoKeys(client("dynamodb"), settings().access_table)


@cache
def counters() -> "CounterStore":
    """Counters that outlive every instance."""
    from inframind.adapters.platform.dynamo_counters import DynamoCounters

    return DynamoCounters(client("dynamodb"), settings().counters_table)


@cache
def dependencies() -> "tuple[Dependency, ...]":
    """Everything readiness asks for."""
    from inframind.adapters.platform.dependencies import dependencies as named

    return tuple(named(client, settings()))


@cache
def sample_queue() -> "SampleQueue":
    """SamplesQueue."""
    from inframind.adapters.ingestion.sqs_samples import SqsSamples

    return SqsSamples(client("sqs"), settings().samples_queue_url)


@cache
def risks() -> "RiskStore":
    """The last risk level of each resource."""
    from inframind.adapters.risk.dynamo_risk import DynamoRisk

    return DynamoRisk(client("dynamodb"), settings().risk_table)


@cache
def facts() -> "FactBus":
    """The bus on which facts are announced."""
    from inframind.adapters.platform.eventbridge_facts import EventBridgeFacts

    return EventBridgeFacts(client("events"), settings().bus_name)


@cache
def series_store() -> "SeriesStore":
    """Frames at rest."""
    from datetime import timedelta

    from inframind.adapters.series.dynamo_series import DynamoSeries, Keeping

    keeping = Keeping(timedelta(days=settings().retention_days), settings().max_series_per_resource)
    return DynamoSeries(client("dynamodb"), settings().series_table, keeping)


@cache
def signal_queue() -> "SignalQueue":
    """Signals on their way to the correlator."""
    from inframind.adapters.incidents.sqs_signals import SqsSignals

    return SqsSignals(client("sqs"), settings().signals_queue_url)


@cache
def incidents() -> "IncidentStore":
    """Incidents, and the board on which the open ones stand."""
    from datetime import timedelta

    from inframind.adapters.incidents.dynamo_incidents import DynamoIncidents

    kept = timedelta(days=settings().incident_retention_days)
    return DynamoIncidents(client("dynamodb"), settings().incidents_table, kept)


@cache
def calls() -> "CallStore":
    """Who calls whom, as it was learnt."""
    from inframind.adapters.topology.dynamo_calls import DynamoCalls

    return DynamoCalls(client("dynamodb"), settings().incidents_table)


@cache
def frame_quarantine() -> "FrameQuarantine":
    """Where unreadable frames are set aside."""
    from inframind.adapters.series.s3_quarantine import S3Quarantine

    return S3Quarantine(client("s3"), settings().bank_bucket)


def reset() -> None:
    """Forgets everything made so far, and the settings; for tests, which change the environment."""
    for made in list(globals().values()):
        if hasattr(made, "cache_clear"):
            made.cache_clear()
