"""No secret of an incident's leaves in a notice, whatever the channel and wherever it stands."""

import json
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inframind.identity import content_id
from inframind.notification.channels import Channel, Kind
from inframind.notification.notices import Notice, compact
from inframind.notification.outgoing import Digest, Envelope, Mail, outgoing
from inframind.notification.wording import headline
from inframind.redaction import redacted_in
from inframind.signals import Incident, SuspectedCause
from tests.notification.incidents import ANALYSIS, OPENED, PAST, incident, latency
from tests.test_redaction import SECRETS

KINDS: list[Kind] = ["slack", "pagerduty", "teams", "webhook", "email"]
ENVELOPE = Envelope({"webhook_url": "https://x.example", "routing_key": "r"}, OPENED)
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"
SPILT = {
    "password": ("login failed, password=hunter2!", "hunter2!"),
    "in a URL": ("scrape of https://prometheus:s3cr3t@shop:9090 failed", "s3cr3t"),
    "AWS key": ("AKIAIOSFODNN7EXAMPLE is disabled", "AKIAIOSFODNN7EXAMPLE"),
    "token": (f"sent {JWT}", JWT),
    "bearer": ("curl -H 'Authorization: Bearer abcdef0123456'", "abcdef0123456"),
}


def channel(kind: Kind) -> Channel:
    return Channel(id="c1", name="ops", kind=kind, created_at=OPENED, updated_at=OPENED)


def everywhere(text: str) -> Incident:
    """An incident with the text wherever one may stand."""
    past = PAST.model_copy(update={"title": text, "cause": text, "helped": text, "shared": (text,)})
    cause = ANALYSIS.root_cause.model_copy(update={"description": text, "reasoning": text})
    advice = ANALYSIS.recommended_actions[0].model_copy(update={"action": text, "reasoning": text})
    changes = {"root_cause": cause, "recommended_actions": (advice,), "estimated_customer_impact": text}
    sign = latency(
        title=text, detail=text, service=text, labels={"note": text}, evidence={"deep": [{"template": text}]}
    )
    return incident(
        title=text,
        services=(text,),
        signals=(sign,),
        suspects=(SuspectedCause(subject=text, kind="service", score=1, reason=text, evidence_ids=()),),
        analysis=ANALYSIS.model_copy(update=changes),
        similar=(past,),
    )


def sent(kind: Kind, notice: Notice | Digest) -> str:
    made = outgoing(channel(kind), notice, ENVELOPE)
    if isinstance(made, Mail):
        return f"{made.subject}\n{made.text}"
    return unescape("\n".join(texts(json.loads(made.body)))).replace("\\", "")  # Teams' escapes


def texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    for child in [*node, *node.values()] if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from texts(child)


@pytest.mark.parametrize("spilt", SPILT)
@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_in_an_alert_does_not_leave_in_a_notice(kind: Kind, spilt: str) -> None:
    text, secret = SPILT[spilt]
    for notice in (
        Notice(incident=everywhere(text), event="opened", reason="opened"),
        Notice(incident=compact(everywhere(text)), event="resolved", reason="resolved:1", is_update=True),
    ):
        shown = sent(kind, notice)
        assert secret not in shown
        assert "[redacted]" in shown or kind == "pagerduty"


@pytest.mark.parametrize("kind", sorted(SECRETS))
@settings(max_examples=15, deadline=None)
@given(data=st.data(), where=st.sampled_from(KINDS))
def test_no_secret_leaves_whatever_it_looks_like(kind: str, data: Any, where: Kind) -> None:
    text, secret = data.draw(SECRETS[kind])
    shown, without = (
        sent(where, Notice(incident=everywhere(one), event="opened", reason="opened"))
        for one in (f"{text} refused", "refused")
    )
    assert secret not in shown or secret in without  # such as the password "description"


@pytest.mark.parametrize("kind", ["slack", "teams", "webhook", "email"])
def test_a_digest_holds_no_secret_either(kind: Kind) -> None:
    lines = tuple(headline(Notice(incident=everywhere(text), event="opened", reason="")) for text, _ in SPILT.values())
    shown = sent(kind, Digest("d1", lines))
    assert not [secret for _, secret in SPILT.values() if secret in shown]


def test_a_label_is_taken_out_by_its_name_alone() -> None:
    told = redacted_in(incident(signals=(latency(labels={"db_password": "hunter2", "pod": "auth-1"}),)))
    assert told.signals[0].labels == {"db_password": "[redacted]", "pod": "auth-1"}


def test_ids_and_what_holds_no_secret_stay_as_they_are() -> None:
    name = content_id([b"a signal"])
    known = incident(id=name, signals=(latency(id=name, fingerprint=name),), similar=(PAST,), analysis=ANALYSIS)
    assert redacted_in(known) == known
