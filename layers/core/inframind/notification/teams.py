"""A notice as an Adaptive Card for a Microsoft Teams workflow webhook (28 KB a message at most)."""

import re
from typing import Any

from inframind.notification import wording
from inframind.notification.notices import Notice
from inframind.signals import IncidentSeverity

STYLES: dict[IncidentSeverity, str] = {
    "critical": "attention",
    "high": "attention",
    "medium": "warning",
    "low": "accent",
}
TITLE, TEXT, LINE = 200, 1_500, 300  # of at most 9 texts: far below 28 KB, in any script
MARKDOWN = re.compile(r"([\\`*_\[\]<>~|#])")


def card(notice: Notice, link: str | None = None) -> dict[str, Any]:
    """The body of the webhook call."""
    style = "good" if wording.is_over(notice) else STYLES[notice.incident.severity]
    facts = [{"title": name, "value": plain(text, LINE)} for name, text in wording.facts(notice.incident).items()]
    body: list[dict[str, Any]] = [_title(plain(wording.headline(notice), TITLE), style)]
    body.append({"type": "FactSet", "facts": facts})
    for part in wording.parts(notice):
        body.append({"type": "TextBlock", "text": part.title, "weight": "bolder", "wrap": True})
        text = "\n\n".join(plain(line, LINE) for line in part.lines)
        body.append({"type": "TextBlock", "text": wording.clip(text, TEXT), "wrap": True})
    return _message(body, link)


def digest(count: int, lines: list[str]) -> dict[str, Any]:
    """One message for the many notices of a storm."""
    title = _title(f"🌩 {count} notices, gathered in a storm", "warning")
    text = "\n\n".join(plain(line, LINE) for line in lines[:20])
    return _message([title, {"type": "TextBlock", "text": text or "-", "wrap": True}], None)


def plain(text: str, limit: int) -> str:
    """The text with Markdown's characters escaped: what a service is called cannot become a link.

    >>> plain("[x](y)", 20)
    '\\\\[x\\\\](y)'
    """
    return MARKDOWN.sub(r"\\\1", wording.clip(text, limit))


def _title(text: str, style: str) -> dict[str, Any]:
    block = {"type": "TextBlock", "text": text, "weight": "bolder", "size": "large", "wrap": True}
    return {"type": "Container", "style": style, "bleed": True, "items": [block]}


def _message(body: list[dict[str, Any]], link: str | None) -> dict[str, Any]:
    content: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
    }
    if link:
        content["actions"] = [{"type": "Action.OpenUrl", "title": "Open the incident", "url": link}]
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
    return {"type": "message", "attachments": [card]}
