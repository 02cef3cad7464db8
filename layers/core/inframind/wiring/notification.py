"""The part of `wiring` that concerns notification: ask `wiring` for what is made here."""

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from inframind.settings import settings

if TYPE_CHECKING:
    from inframind.notification.channels import Channel
    from inframind.notification.escalations import Escalation
    from inframind.notification.silences import Silence
    from inframind.ports.configuration import ConfigStore
    from inframind.ports.notification import (
        HttpClient,
        IncidentBoard,
        Mailer,
        NoticeLedger,
        SecretStore,
        StormGauge,
    )


@cache
def channels() -> "ConfigStore[Channel]":
    """Where people are told."""
    from inframind.adapters.dynamo_config_store import DynamoConfigStore
    from inframind.notification.channels import Channel
    from inframind.wiring import client

    return DynamoConfigStore(client("dynamodb"), settings().notification_table, "channels", Channel)


@cache
def escalations() -> "ConfigStore[Escalation]":
    """Who is told of what, and who next."""
    from inframind.adapters.dynamo_config_store import DynamoConfigStore
    from inframind.notification.escalations import Escalation
    from inframind.wiring import client

    return DynamoConfigStore(client("dynamodb"), settings().notification_table, "escalations", Escalation)


@cache
def silences() -> "ConfigStore[Silence]":
    """What nobody is told of."""
    from inframind.adapters.dynamo_config_store import DynamoConfigStore
    from inframind.notification.silences import Silence
    from inframind.wiring import client

    return DynamoConfigStore(client("dynamodb"), settings().notification_table, "silences", Silence)


@cache
def notices() -> "NoticeLedger":
    """What each channel has been told."""
    from inframind.adapters.notification.dynamo_notices import DynamoNotices
    from inframind.wiring import client

    return DynamoNotices(client("dynamodb"), settings().notification_table, _kept())


@cache
def board() -> "IncidentBoard":
    """Incidents as notification knows them."""
    from inframind.adapters.notification.dynamo_board import DynamoBoard
    from inframind.wiring import client

    return DynamoBoard(client("dynamodb"), settings().notification_table, _kept())


@cache
def storms() -> "StormGauge":
    """How much each channel is being told."""
    from inframind.adapters.notification.dynamo_storms import DynamoStorms
    from inframind.wiring import client

    return DynamoStorms(client("dynamodb"), settings().notification_table)


@cache
def channel_secrets() -> "SecretStore":
    """What is secret about channels, below the name of the stack, which the bus carries."""
    from inframind.adapters.notification.ssm_secrets import SsmSecrets
    from inframind.wiring import client

    return SsmSecrets(client("ssm"), f"/{settings().bus_name}/notification")


@cache
def http_client() -> "HttpClient":
    """Calls to addresses that people configured."""
    from inframind.adapters.outbound import Outbound
    from inframind.adapters.outbound_addresses import networks

    return Outbound(networks(settings().outbound_allowed))


@cache
def mailer() -> "Mailer":
    """E-mail."""
    from inframind.adapters.notification.sns_mail import SnsMail
    from inframind.wiring import client

    return SnsMail(client("sns"), settings().notice_topic)


def _kept() -> timedelta:
    return timedelta(days=settings().incident_retention_days)
