"""A notice as Slack's Block Kit, within Slack's limits whatever the incident holds."""

import json
from collections.abc import Sequence
from typing import Any

from inframind.notification import wording
from inframind.notification.notices import Notice

# https://docs.slack.dev/reference/block-kit/blocks: 50 blocks, header 150, section 3,000, field 2,000, 10 fields.
HEADER, SECTION, FIELD, FIELDS, BUTTON = 150, 3_000, 2_000, 10, 75
# Slack refuses messages of more than about 13,000 characters as a whole (`msg_blocks_too_long`): counted here with
# everything JSON adds, non-ASCII as \\uXXXX, so a little is in hand.
TOTAL = 12_500
URL = 3_000
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

Block = dict[str, Any]


def message(notice: Notice, link: str | None = None) -> dict[str, Any]:
    """The body of a webhook call, or of `chat.postMessage` but for channel and thread."""
    title = escaped(wording.headline(notice), HEADER)
    return _coloured(title, wording.colour(notice), _optional(notice, link))


def digest(count: int, lines: Sequence[str]) -> dict[str, Any]:
    """One message for the many notices of a storm."""
    title = escaped(f"🌩 {count} notices, gathered in a storm", HEADER)
    body = _section("\n".join(escaped(line, 250) for line in lines[:10]) or "-")
    rest = [_section("\n".join(escaped(line, 250) for line in lines[10:20]))] if len(lines) > 10 else []
    more = [_context(f"and {len(lines) - 20} more")] if len(lines) > 20 else []
    return _coloured(title, wording.COLOURS["high"], [body, *rest, *more])


def escaped(text: str, limit: int) -> str:
    """The text with Slack's three special characters escaped, at most `limit` long, no escape cut in two.

    >>> escaped("a < b & c", 9)
    'a &lt; b…'
    """
    whole = [ESCAPES.get(character, character) for character in text]
    if sum(map(len, whole)) <= limit:
        return "".join(whole)
    kept, room = [], limit - 1
    for piece in whole:
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept) + "…"


def _coloured(title: str, colour: str, optional: Sequence[Block]) -> dict[str, Any]:
    header = {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": True}}
    blocks: list[Block] = [header]
    made = {"text": title, "attachments": [{"color": colour, "fallback": title, "blocks": blocks}]}
    for block in optional:
        blocks.append(block)
        if len(json.dumps(made)) > TOTAL:
            blocks.pop()
    return made


def _optional(notice: Notice, link: str | None) -> list[Block]:
    blocks = [_facts(notice)]
    if link and len(link) <= URL:
        blocks.append(_button(link))
    for part in wording.parts(notice):
        titled = f"*{escaped(part.title, 100)}*\n"
        blocks.append(_section(titled + _lines(part.lines, SECTION - len(titled))))
    stamp = f"InfraMind · {notice.incident.id}" + (" · update" if notice.is_update else "")
    # Where there is no room for a long part, the short ones after it still find theirs.
    return [*blocks, _context(stamp)]


def _lines(lines: Sequence[str], limit: int) -> str:
    """Lines that share the room fairly: each has its part of it, so that a long one cannot push out the next."""
    each = limit // max(len(lines), 1) - 1
    return "\n".join(escaped(line, max(min(each, 400 if len(lines) > 1 else 1_500), 1)) for line in lines) or "-"


def _facts(notice: Notice) -> Block:
    pairs = list(wording.facts(notice.incident).items())[:FIELDS]
    fields = [{"type": "mrkdwn", "text": f"*{name}*\n{escaped(text, 300)}"} for name, text in pairs]
    return {"type": "section", "fields": fields}


def _button(link: str) -> Block:
    label = {"type": "plain_text", "text": "Open the incident"[:BUTTON]}
    return {"type": "actions", "elements": [{"type": "button", "text": label, "url": link}]}


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": escaped(wording.clean(text), 200)}]}
