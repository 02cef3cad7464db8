"""What a completed deployment left, remembered inside the engine's own state: a start without changes deploys nothing.

The note stands in a parameter of the engine, hence is saved, restored and lost together with the stack it describes.
"""

import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.local.calls import aws_call
from infra.local.settings import ROOT

PARAMETER = "/inframind/local/deployed"
# What a deployment is made of, beside the template: the code, and the program that deploys it.
CODE_FOLDERS = ("functions", "layers")
CODE_SUFFIXES = frozenset({".py", ".json", ".html", ".css", ".js", ".txt", ".typed", ".proto"})


@dataclass(frozen=True)
class Deployed:
    """The stack's outputs, the HTTP API's id, and the dead letter queues by URL."""

    outputs: dict[str, str]
    api_id: str
    dead_letters: list[str]


def fingerprint(template: Path, token: str) -> str:
    """Changes whenever a deployment of this template with this key could end differently."""
    digest = hashlib.sha256(f"{sys.version}\n{token}\n".encode() + template.read_bytes())
    sources = [path for folder in CODE_FOLDERS for path in (template.parent / folder).rglob("*")]
    for path in sorted([*sources, *(ROOT / "infra" / "local").rglob("*.py")]):
        if path.suffix in CODE_SUFFIXES and path.is_file():
            digest.update(f"{path}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def recall(port: int, wanted: str) -> Deployed | None:
    """The last deployment, if it was of the same things and completed."""
    found = aws_call(port, "ssm", "AmazonSSM.GetParameter", {"Name": PARAMETER})
    if "Parameter" not in found:
        return None
    note = json.loads(found["Parameter"]["Value"])
    return Deployed(**note["deployed"]) if note["fingerprint"] == wanted else None


def remember(port: int, deployed: Deployed, done: str) -> None:
    """Call this last, when nothing of the deployment is left to do."""
    value = json.dumps({"fingerprint": done, "deployed": asdict(deployed)})
    request = {"Name": PARAMETER, "Value": value, "Type": "String", "Tier": "Advanced", "Overwrite": True}
    aws_call(port, "ssm", "AmazonSSM.PutParameter", request)
