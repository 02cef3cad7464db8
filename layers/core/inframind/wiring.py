"""Joins ports and adapters: the one place that knows both. Everything is made on first use and kept."""

from functools import cache
from typing import TYPE_CHECKING, Any

from inframind.analyst_wiring import analysis_queue as analysis_queue
from inframind.analyst_wiring import knowledge as knowledge
from inframind.analyst_wiring import language_model as language_model
from inframind.analyst_wiring import notebook as notebook
from inframind.backfill_wiring import backfills as backfills
from inframind.build_wiring import build_queue as build_queue
from inframind.build_wiring import builds as builds
from inframind.log_wiring import clusters as clusters
from inframind.log_wiring import lines as lines
from inframind.log_wiring import log_queue as log_queue
from inframind.log_wiring import log_states as log_states
from inframind.model_wiring import models as models
from inframind.model_wiring import training_queue as training_queue
from inframind.settings import settings

if TYPE_CHECKING:
    from inframind import notice_ports, ports
    from inframind.call_ports import CallStore
    from inframind.notification.channels import Channel
    from inframind.notification.escalations import Escalation
    from inframind.notification.silences import Silence


@cache
def client(service: str) -> Any:
    """A client of an AWS service: boto3's, or the lean one at the door of telemetry, where imports are time."""
    if settings().lean_client:
        from inframind.adapters.lean_aws import LeanClient

        return LeanClient(service)
    from inframind.adapters.aws import boto_client

    return boto_client(service)


@cache
def key_store() -> "ports.KeyStore":
    """Access keys."""
    from inframind.adapters.dynamo_keys import DynamoKeys

    return DynamoKeys(client("dynamodb"), settings().access_table)


@cache
def counters() -> "ports.CounterStore":
    """Counters that outlive every instance."""
    from inframind.adapters.dynamo_counters import DynamoCounters

    return DynamoCounters(client("dynamodb"), settings().counters_table)


@cache
def dependencies() -> "tuple[ports.Dependency, ...]":
    """Everything readiness asks for."""
    from inframind.adapters.dependencies import dependencies as named

    return tuple(named(client, settings()))


@cache
def sample_queue() -> "ports.SampleQueue":
    """SamplesQueue."""
    from inframind.adapters.sqs_samples import SqsSamples

    return SqsSamples(client("sqs"), settings().samples_queue_url)


@cache
def banks() -> "ports.BankStore":
    """Detector state."""
    from inframind.adapters.s3_banks import S3Banks

    return S3Banks(client("s3"), settings().bank_bucket)


@cache
def anomalies() -> "ports.AnomalyStore":
    """Anomalies found."""
    from datetime import timedelta

    from inframind.adapters.dynamo_anomalies import DynamoAnomalies

    kept = timedelta(days=settings().anomaly_retention_days)
    return DynamoAnomalies(client("dynamodb"), settings().anomalies_table, kept)


@cache
def detectors() -> "ports.DetectorStore":
    """What people ask of detection."""
    from inframind.adapters.dynamo_detectors import DynamoDetectors

    return DynamoDetectors(client("dynamodb"), settings().detectors_table)


@cache
def risks() -> "ports.RiskStore":
    """The last risk level of each resource."""
    from inframind.adapters.dynamo_risk import DynamoRisk

    return DynamoRisk(client("dynamodb"), settings().risk_table)


@cache
def facts() -> "ports.FactBus":
    """The bus on which facts are announced."""
    from inframind.adapters.eventbridge_facts import EventBridgeFacts

    return EventBridgeFacts(client("events"), settings().bus_name)


@cache
def series_store() -> "ports.SeriesStore":
    """Frames at rest."""
    from datetime import timedelta

    from inframind.adapters.dynamo_series import DynamoSeries, Keeping

    keeping = Keeping(timedelta(days=settings().retention_days), settings().max_series_per_resource)
    return DynamoSeries(client("dynamodb"), settings().series_table, keeping)


@cache
def score_queue() -> "ports.ScoreQueue":
    """Frames on their way to the scorer."""
    from inframind.adapters.sqs_score import SqsScoreQueue

    return SqsScoreQueue(client("sqs"), settings().score_queue_url)


@cache
def signal_queue() -> "ports.SignalQueue":
    """Signals on their way to the correlator."""
    from inframind.adapters.sqs_signals import SqsSignals

    return SqsSignals(client("sqs"), settings().signals_queue_url)


@cache
def incidents() -> "ports.IncidentStore":
    """Incidents, and the board on which the open ones stand."""
    from datetime import timedelta

    from inframind.adapters.dynamo_incidents import DynamoIncidents

    kept = timedelta(days=settings().incident_retention_days)
    return DynamoIncidents(client("dynamodb"), settings().incidents_table, kept)


@cache
def calls() -> "CallStore":
    """Who calls whom, as it was learnt."""
    from inframind.adapters.dynamo_calls import DynamoCalls

    return DynamoCalls(client("dynamodb"), settings().incidents_table)


@cache
def frame_quarantine() -> "ports.FrameQuarantine":
    """Where unreadable frames are set aside."""
    from inframind.adapters.s3_quarantine import S3Quarantine

    return S3Quarantine(client("s3"), settings().bank_bucket)


@cache
def channels() -> "notice_ports.Shelf[Channel]":
    """Where people are told."""
    from inframind.adapters.dynamo_shelf import DynamoShelf
    from inframind.notification.channels import Channel

    return DynamoShelf(client("dynamodb"), settings().notification_table, "channels", Channel)


@cache
def escalations() -> "notice_ports.Shelf[Escalation]":
    """Who is told of what, and who next."""
    from inframind.adapters.dynamo_shelf import DynamoShelf
    from inframind.notification.escalations import Escalation

    return DynamoShelf(client("dynamodb"), settings().notification_table, "escalations", Escalation)


@cache
def silences() -> "notice_ports.Shelf[Silence]":
    """What nobody is told of."""
    from inframind.adapters.dynamo_shelf import DynamoShelf
    from inframind.notification.silences import Silence

    return DynamoShelf(client("dynamodb"), settings().notification_table, "silences", Silence)


@cache
def notices() -> "notice_ports.NoticeLedger":
    """What each channel has been told."""
    from inframind.adapters.dynamo_notices import DynamoNotices

    return DynamoNotices(client("dynamodb"), settings().notification_table)


@cache
def board() -> "notice_ports.IncidentBoard":
    """Incidents as notification knows them."""
    from inframind.adapters.dynamo_board import DynamoBoard

    return DynamoBoard(client("dynamodb"), settings().notification_table)


@cache
def storms() -> "notice_ports.StormGauge":
    """How much each channel is being told."""
    from inframind.adapters.dynamo_storms import DynamoStorms

    return DynamoStorms(client("dynamodb"), settings().notification_table)


@cache
def channel_secrets() -> "notice_ports.SecretStore":
    """What is secret about channels, below the name of the stack, which the bus carries."""
    from inframind.adapters.ssm_secrets import SsmSecrets

    return SsmSecrets(client("ssm"), f"/{settings().bus_name}/notification")


@cache
def courier() -> "notice_ports.Courier":
    """Calls to addresses that people configured."""
    from inframind.adapters.outbound import Outbound
    from inframind.adapters.outbound_addresses import networks

    return Outbound(networks(settings().outbound_allowed))


@cache
def mailer() -> "notice_ports.Mailer":
    """E-mail."""
    from inframind.adapters.sns_mail import SnsMail

    return SnsMail(client("sns"), settings().notice_topic)


def reset() -> None:
    """Forgets everything made so far, and the settings; for tests, which change the environment."""
    for made in list(globals().values()):
        if hasattr(made, "cache_clear"):
            made.cache_clear()
