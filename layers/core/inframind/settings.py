"""The one place that reads the environment. `template.yaml` sets every variable named here."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

PROVIDERS = ("bedrock", "ollama", "openai")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a deployment may set; a field's environment variable is its name in capitals.

    Each default is what a laptop and a small team want.
    """

    app_name: str = "infra-mind-api"
    log_level: str = "INFO"
    shards: int = 4
    retention_days: int = 30
    anomaly_retention_days: int = 90
    max_series_per_resource: int = 50_000
    future_tolerance_seconds: int = 600
    metrics_open: bool = True
    lean_client: bool = False

    zscore_threshold: float = 3.0
    risk_cpu_threshold: float = 80.0
    risk_memory_threshold: float = 85.0
    risk_gpu_threshold: float = 90.0
    incident_window_seconds: int = 900
    incident_least_signals: int = 2
    incident_least_alerts: int = 1
    incident_retention_days: int = 365
    service_calls: str = ""
    build_retention_days: int = 365
    build_abandoned_hours: int = 24
    build_prices: str = ""
    build_exploration_share: float = 0.15
    build_memory_headroom: float = 0.15
    build_change_factor: float = 4.0
    build_canary_margin: float = 0.05
    build_least_own: int = 1
    build_least_known: int = 3
    build_stale_days: int = 14
    analyst_provider: str = "none"
    analyst_model: str = ""
    analyst_url: str = ""
    analyst_timeout_seconds: float = 60.0
    analyst_max_tokens: int = 1_500
    analyst_analyses: int = 5
    analyst_spacing_seconds: int = 120
    analyst_token_limit: int = 60_000
    analyst_cost_limit: float = 0.25
    analyst_input_price: float = 0.0
    analyst_output_price: float = 0.0
    risk_anomaly_weight: float = 0.4
    risk_breach_weight: float = 0.6

    series_table: str = ""
    anomalies_table: str = ""
    detectors_table: str = ""
    risk_table: str = ""
    access_table: str = ""
    counters_table: str = ""
    samples_queue_url: str = ""
    logs_queue_url: str = ""
    score_queue_url: str = ""
    signals_queue_url: str = ""
    analysis_queue_url: str = ""
    incidents_table: str = ""
    builds_queue_url: str = ""
    training_queue_url: str = ""
    builds_table: str = ""
    bank_bucket: str = ""
    bus_name: str = ""
    notification_table: str = ""
    notice_topic: str = ""
    outbound_allowed: str = ""
    public_url: str = ""

    @property
    def names_a_model(self) -> bool:
        """Whether a language model is to analyse incidents: its provider, its name and, where needed, its address."""
        is_placed = self.analyst_provider == "bedrock" or bool(self.analyst_url)
        return self.analyst_provider in PROVIDERS and bool(self.analyst_model) and is_placed


def load(environ: Mapping[str, str]) -> Settings:
    """Settings from an environment; unset and empty variables keep their defaults.

    >>> load({"SHARDS": "8", "METRICS_OPEN": "false"}).shards
    8
    """
    given = {field: environ[variable] for variable, field in variables().items() if environ.get(variable)}
    return Settings(**{name: _convert(name, text) for name, text in given.items()})


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return load(os.environ)


def variables() -> dict[str, str]:
    """Environment variable -> field, for every field."""
    return {field.name.upper(): field.name for field in fields(Settings)}


def _convert(name: str, text: str) -> Any:
    kind = type(getattr(Settings(), name))
    if kind is bool:
        return text.strip().lower() in {"1", "true", "yes", "on"}
    return kind(text)
