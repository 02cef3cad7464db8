"""`make seed-demo`: tells the running platform of fifty builds, trains on them, and asks what to run with.

Safe to repeat: builds that the platform knows already keep their times, and telling them again changes nothing.
"""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from infra.demo.builds import PIPELINES, SPAN, Told, builds
from infra.demo.platform import Platform, on_the_running_one

SEED = 3
PATIENCE_S = 300
MODEL = "/api/v1/models/optimizer"
ASKED = {
    "pipeline": "demo/example-app",
    "context": {"tool": "cmake", "max_rss_gb": 4, "num_steps": 5, "avg_step_duration_s": 60},
}


def main() -> int:
    """Seeds, trains and asks; 0 when a model was trained and a suggestion made."""
    return on_the_running_one(dict(os.environ), lambda platform: _seed(platform, builds(SEED)))


def _seed(platform: Platform, told: Sequence[Told]) -> int:
    known = _known(platform)
    new = [one for one in told if known.get(one.run_id, {}).get("outcome", "running") == "running"]
    first = _first(told, known)
    print(
        f"{len(told)} builds of {len(PIPELINES)} pipelines over {SPAN.days} days; {len(told) - len(new)} known already."
    )
    for one in new:
        for path, body in one.at(first):
            platform.call(path, body)
    found = _wait_for_builds(platform, told)
    outcomes = Counter(one["outcome"] for one in found.values())
    print(
        f"{len(found)} recorded: " + ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common()) + "."
    )
    if len(found) < len(told):
        print(f"{len(told) - len(found)} builds are not recorded after {PATIENCE_S} s.", file=sys.stderr)
        return 1
    return _train(platform) or _ask(platform)


def _known(platform: Platform) -> dict[str, dict[str, Any]]:
    """The builds of the demonstration's pipelines, by their runs."""
    paths = [f"/api/v1/builds?limit=500&pipeline={quote(pipeline.name)}" for pipeline in PIPELINES]
    return {build["run_id"]: build for path in paths for build in platform.pages(path)}


def _first(told: Sequence[Told], known: dict[str, dict[str, Any]]) -> datetime:
    """When the first of them started: as it was told before, else so that the last one was a moment ago."""
    for one in told:
        if one.run_id in known:
            return datetime.fromisoformat(known[one.run_id]["started_at"]) - one.offset
    return datetime.now(UTC).replace(microsecond=0) - SPAN


def _wait_for_builds(platform: Platform, told: Sequence[Told]) -> dict[str, dict[str, Any]]:
    """Those of the builds that are recorded as ended, once all are, or patience is over."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        ended = {run: one for run, one in _known(platform).items() if one["outcome"] != "running"}
        found = {one.run_id: ended[one.run_id] for one in told if one.run_id in ended}
        if len(found) == len(told) or time.monotonic() > deadline:
            return found
        time.sleep(1)


def _train(platform: Platform) -> int:
    """Trains on demand and waits for what came of it; 0 when there is something."""
    before = platform.call(MODEL)
    platform.call(f"{MODEL}/train", {})
    print("Training …", flush=True)
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        now = platform.call(MODEL)
        if all(
            new["checked_at"] != old["checked_at"] for new, old in zip(now["models"], before["models"], strict=True)
        ):
            print(*map(_told, now["models"]), sep="\n")
            return 0
        time.sleep(1)
    print(f"No training is done after {PATIENCE_S} s.", file=sys.stderr)
    return 1


def _told(ledger: dict[str, Any]) -> str:
    card = next((one for one in ledger["versions"] if one["version"] == ledger["serving"]), None)
    if card is None:
        return f"{ledger['kind']}: nothing serves; the builds are too few, or nothing learnt from them is better."
    return f"{card['version']} serves: off by {card['error']:.0%} on {card['held_out']} builds it had not seen."


def _ask(platform: Platform) -> int:
    found = platform.call("/optimize", ASKED)
    print(f"\nPOST /optimize for {found['pipeline']}: {json.dumps(found['configuration'])}")
    print(found["reason"])
    print(
        f"\nAsk yourself:\n  curl -X POST {platform.url}/optimize -H 'Content-Type: application/json' "
        f"-H 'X-IM-Token: {platform.key}' \\\n    -d '{json.dumps(ASKED)}'"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
