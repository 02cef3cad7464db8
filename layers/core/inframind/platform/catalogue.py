"""Every counter that `/metrics` shows: its help, its labels and their values, closed sets but for pipelines."""

from dataclasses import dataclass
from typing import Literal, get_args

from inframind.records import Severity


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter; with a label, one time series for each of its values, all there from the first scrape.

    A label without values has those that were counted: whoever counts them bounds them.
    """

    name: str
    help: str
    label: str | None = None
    values: tuple[str, ...] = ()


RecordKind = Literal[
    "channel",
    "escalation",
    "silence",
    "detector",
    "delivery",
    "incident",
    "deployment",
    "knowledge",
    "board",
    "cold_shard",
    "key",
    "audit",
]
BUILD_OUTCOMES = ("success", "failed", "out_of_memory", "timed_out", "abandoned")
BUILD_MINUTES = ("1", "5", "15", "30", "60", "any")
MODEL_VERDICTS = ("first", "better", "not_better", "not_judged")
ANALYSES = ("answered", "unusable", "given_up", "unavailable", "refused")
INCIDENT_SEVERITIES = ("low", "medium", "high", "critical")
CHANNEL_KINDS = ("slack", "pagerduty", "teams", "webhook", "email")

COUNTERS = (
    Counter("metrics_ingested_total", "Samples accepted at the door."),
    Counter("metrics_rejected_total", "Samples, or entries of JSON, refused at the door and named in the answer."),
    Counter("samples_stored_total", "Samples written to the series table."),
    Counter("series_refused_total", "Series not stored because their resource has too many, each time they came."),
    Counter("frames_set_aside_total", "Frames that could not be read and were set aside in the bucket."),
    Counter("samples_scored_total", "Samples that the detectors scored."),
    Counter("anomaly_checks_total", "Anomaly analyses asked for over HTTP."),
    Counter("anomalies_found_total", "Anomalies that the detectors opened.", "severity", tuple(Severity)),
    Counter("sla_risk_checks_total", "SLA risk assessments, asked for or scheduled."),
    Counter("sla_high_risk_total", "SLA risk assessments that ended in HIGH."),
    Counter("log_lines_ingested_total", "Log lines accepted at the door."),
    Counter("log_lines_rejected_total", "Log lines refused at the door and named in the answer."),
    Counter("log_lines_mined_total", "Log lines grouped, counted and kept."),
    Counter("log_packages_set_aside_total", "Packages of log lines that could not be read and were set aside."),
    Counter("log_signals_total", "Signals that logs gave.", "kind", ("log_spike", "new_error_template")),
    Counter("signals_received_total", "Signals accepted at the door.", "kind", ("alert", "deployment")),
    Counter("signals_correlated_total", "Signals that the correlator took in."),
    Counter("signals_refused_total", "Messages that the correlator could not read as signals."),
    Counter("signals_folded_total", "Signals counted to another condition of their service, which had all it may."),
    Counter("signals_moved_total", "Signals of services beyond the incidents that one sender may open in an hour."),
    Counter("conditions_lost_total", "Conditions that the correlator forgot or counted to others for want of room."),
    Counter("incidents_opened_total", "Incidents that began, by severity then.", "severity", INCIDENT_SEVERITIES),
    Counter("incidents_resolved_total", "Incidents that ended."),
    Counter("incidents_merged_total", "Incidents that became part of another."),
    Counter("analyses_total", "Answers that were asked of a language model, by what came of it.", "outcome", ANALYSES),
    Counter("analysis_tokens_total", "Tokens that analyses took.", "direction", ("in", "out")),
    Counter("notices_sent_total", "Notices sent or put by for a digest.", "kind", CHANNEL_KINDS),
    Counter("notices_refused_total", "Notices that a provider refused for good."),
    Counter(
        "records_damaged_total", "Times that a kept record could not be read.", "kind", tuple(get_args(RecordKind))
    ),
    Counter("builds_total", "Builds that ended, or were closed because they never did.", "outcome", BUILD_OUTCOMES),
    Counter("build_seconds_total", "Time that ended builds took."),
    Counter(
        "builds_within_total", "Builds that succeeded, by the minutes they took at most.", "minutes", BUILD_MINUTES
    ),
    Counter("build_cost_usd_total", "What ended builds cost, where their cores are known."),
    Counter("pipeline_builds_total", "Builds of a pipeline that ended.", "pipeline"),
    Counter("pipeline_builds_succeeded_total", "Builds of a pipeline that succeeded.", "pipeline"),
    Counter("pipeline_build_seconds_total", "Time that successful builds of a pipeline took.", "pipeline"),
    Counter("pipeline_build_cost_usd_total", "What ended builds of a pipeline cost.", "pipeline"),
    Counter("build_cache_hits_total", "Compiler cache hits of builds."),
    Counter("build_cache_misses_total", "Compiler cache misses of builds."),
    Counter("build_events_refused_total", "Messages of the builds queue that tell nothing of a build."),
    Counter("suggestions_total", "Configurations suggested for builds.", "explores", ("true", "false")),
    Counter("models_trained_total", "Versions of the optimizer's models.", "verdict", MODEL_VERDICTS),
    Counter("model_drifts_total", "Times that the optimizer's serving model began to go wrong."),
    Counter("suggestions_applied_total", "Builds that ended and ran with what was suggested."),
)
REQUESTS = "http_requests_total"
REQUESTS_HELP = "HTTP requests by method, path template and status."
DURATION = "http_request_duration_seconds"
DURATION_HELP = "Time to answer a request, by method and path template."
