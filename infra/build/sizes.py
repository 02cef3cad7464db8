"""The unpacked size of every built function with its layers; fails above the limit.

Lambda refuses 250 MB; the limit here leaves room for what a build on another machine may add.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.deployment.template import global_property, read_template
from infra.local.settings import ROOT

BUILT = ROOT / ".aws-sam" / "build"
LIMIT_MB = 230.0


@dataclass(frozen=True)
class Size:
    """One function: its own megabytes and those of its layers."""

    function: str
    own_mb: float
    layers_mb: float

    @property
    def total_mb(self) -> float:
        return self.own_mb + self.layers_mb


def sizes(built: Path) -> list[Size]:
    """Every function of a built template, the largest first."""
    template = read_template(built / "template.yaml")
    found = []
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        properties = resource["Properties"]
        layers = [*(global_property(template, "Layers") or []), *properties.get("Layers", [])]
        layers_mb = sum(megabytes(built / layer_folder(template, layer)) for layer in layers)
        found.append(Size(name, megabytes(built / properties["CodeUri"]), layers_mb))
    return sorted(found, key=lambda size: size.total_mb, reverse=True)


def layer_folder(template: dict[str, Any], layer: dict[str, str]) -> str:
    folder: str = template["Resources"][layer["Ref"]]["Properties"]["ContentUri"]
    return folder


def megabytes(folder: Path) -> float:
    """What the files of a folder hold, in MB of 10^6 bytes, as Lambda counts."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def table(found: list[Size]) -> str:
    """One line a function.

    >>> print(table([Size("Api", 0.5, 99.5)]))
    function                      own MB  layers MB   total MB
    Api                              0.5       99.5      100.0
    """
    head = f"{'function':<28} {'own MB':>7} {'layers MB':>10} {'total MB':>10}"
    return "\n".join(
        [
            head,
            *(f"{one.function:<28} {one.own_mb:>7.1f} {one.layers_mb:>10.1f} {one.total_mb:>10.1f}" for one in found),
        ]
    )


def main() -> int:
    found = sizes(BUILT)
    print(table(found))
    too_large = [one.function for one in found if one.total_mb > LIMIT_MB]
    if too_large:
        print(f"larger than {LIMIT_MB:.0f} MB: {', '.join(too_large)}", file=sys.stderr)
    return 1 if too_large else 0


if __name__ == "__main__":
    sys.exit(main())
