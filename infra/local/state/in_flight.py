"""Hands messages that were being worked on when the engine stopped to a consumer again, at once.

Nobody works on them any more, but the queue would hide them until their visibility time-out: minutes in which samples
that were acknowledged could not be read.
"""

import json
from pathlib import Path
from typing import Any


def release(state: Path) -> int:
    """Make every received, undeleted message of the saved queues visible; returns how many there were.

    `state` is the engine's folder between a stop and a start. The file is replaced, not written into: the last whole
    save links to it.
    """
    saved = state / "sqs.json"
    if not saved.is_file():
        return 0
    document = json.loads(saved.read_text())
    hidden = [message for message in _messages(document) if message.get("receive_count") and message.get("visible_at")]
    for message in hidden:
        message["visible_at"] = 0
    if hidden:
        unfinished = saved.with_suffix(".new")
        unfinished.write_text(json.dumps(document))
        unfinished.replace(saved)
    return len(hidden)


def _messages(document: dict[str, Any]) -> list[dict[str, Any]]:
    queues = document["payload"]["queues"]["data"].values()
    return [message for queue in queues for message in queue.get("messages", ())]
