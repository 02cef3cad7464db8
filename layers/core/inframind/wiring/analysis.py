"""The part of `wiring` that concerns the analysis of incidents: ask `wiring` for what is made here."""

from functools import cache
from typing import TYPE_CHECKING

from inframind.settings import settings

if TYPE_CHECKING:
    from inframind.ports.analysis import AnalysisQueue, KnowledgeStore, LanguageModel, NoteStore


@cache
def analysis_queue() -> "AnalysisQueue":
    """Incidents on their way to the analyst."""
    from inframind.adapters.incidents.sqs_analyses import SqsAnalyses
    from inframind.wiring import client

    return SqsAnalyses(client("sqs"), settings().analysis_queue_url)


@cache
def notes() -> "NoteStore":
    """What the analyses of each incident have cost, and how the model behaves."""
    from datetime import timedelta

    from inframind.adapters.incidents.dynamo_notes import DynamoNotes
    from inframind.wiring import client

    return DynamoNotes(client("dynamodb"), settings().incidents_table, timedelta(days=30))


@cache
def knowledge() -> "KnowledgeStore":
    """What was learnt from incidents that are over."""
    from inframind.adapters.incidents.dynamo_knowledge import DynamoKnowledge
    from inframind.wiring import client

    return DynamoKnowledge(client("dynamodb"), settings().incidents_table)


@cache
def language_model() -> "LanguageModel | None":
    """The language model that is configured, or None."""
    from inframind.adapters.language_models.configured import model
    from inframind.wiring import client

    return model(settings(), client)
