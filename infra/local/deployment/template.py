"""The local copy of `template.yaml`: without what the engine does not know, and with code as uploaded zips."""

import copy
import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Template = dict[str, Any]

# Refused by the engine ("Unsupported resource type"), and without effect on a laptop. Each with what it does on AWS.
UNKNOWN_TO_THE_ENGINE = frozenset(
    {
        "AWS::Budgets::Budget",  # a spending alarm
        "AWS::ApplicationInsights::Application",  # a console view
        "AWS::CloudWatch::CompositeAlarm",  # alarms are stored here, never evaluated
        "AWS::CloudWatch::AnomalyDetector",
        "AWS::XRay::Group",
        "AWS::XRay::SamplingRule",
        "AWS::Synthetics::Canary",
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
    }
)
# The layer that carries the package. Others carry libraries only, which the functions' interpreter has.
CORE_LAYER = "CoreLayer"


@dataclass(frozen=True)
class Code:
    """One folder the template wants packaged, and where the uploaded zip's address goes."""

    logical_id: str
    folder: Path
    is_layer: bool


class CloudFormationLoader(yaml.CSafeLoader):
    """YAML with CloudFormation's short tags; dates stay the strings they are in a policy version."""

    def short_tag(self, suffix: str, node: yaml.Node) -> dict[str, Any]:
        if isinstance(node, yaml.ScalarNode):
            value: Any = self.construct_scalar(node)
            if suffix == "GetAtt":
                value = value.split(".", 1)
        elif isinstance(node, yaml.SequenceNode):
            value = self.construct_sequence(node, deep=True)
        else:
            assert isinstance(node, yaml.MappingNode)
            value = self.construct_mapping(node, deep=True)
        return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


CloudFormationLoader.add_multi_constructor("!", CloudFormationLoader.short_tag)


def read_template(path: Path) -> Template:
    """The template as plain data, short tags in their long form."""
    loaded = yaml.load(path.read_text(), Loader=CloudFormationLoader)  # a SafeLoader
    template: Template = json.loads(json.dumps(loaded, default=date_as_written))
    return template


def date_as_written(value: object) -> str:
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(f"{value!r} in a template")


def code_of(template: Template, folder: Path) -> list[Code]:
    """Every function and the core layer, with the folder each is packaged from."""
    found = []
    for logical_id, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            uri = properties.get("CodeUri") or global_property(template, "CodeUri")
            found.append(Code(logical_id, folder / uri, False))
        elif logical_id == CORE_LAYER:
            found.append(Code(logical_id, folder / properties["ContentUri"], True))
    return found


def global_property(template: Template, name: str) -> Any:
    return template.get("Globals", {}).get("Function", {}).get(name)


def localized(template: Template, uris: dict[str, str]) -> Template:
    """A copy that the engine can deploy; `uris` maps the logical ids of `code_of` to uploaded zips."""
    local = copy.deepcopy(template)
    dropped = {name for name, resource in local["Resources"].items() if is_dropped(name, resource)}
    local["Resources"] = {name: value for name, value in local["Resources"].items() if name not in dropped}
    for name, uri in uris.items():
        resource = local["Resources"][name]
        resource.pop("Metadata", None)  # build instructions of the SAM CLI
        resource["Properties"]["ContentUri" if name == CORE_LAYER else "CodeUri"] = uri
    local.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
    outputs = local.get("Outputs", {})
    local["Outputs"] = {name: value for name, value in outputs.items() if not mentions(value, dropped)}
    without: Template = without_references(local, dropped)
    return without


def is_dropped(logical_id: str, resource: Template) -> bool:
    kind = resource["Type"]
    foreign_layer = kind == "AWS::Serverless::LayerVersion" and logical_id != CORE_LAYER
    # The engine refuses alarms on metric math, and nobody is called by an alarm here.
    metric_math = kind == "AWS::CloudWatch::Alarm" and "Metrics" in resource.get("Properties", {})
    return foreign_layer or metric_math or kind in UNKNOWN_TO_THE_ENGINE


def mentions(value: Any, names: set[str]) -> bool:
    return any(f'"{name}' in json.dumps(value) or f"{{{name}" in json.dumps(value) for name in names)


def without_references(value: Any, dropped: set[str]) -> Any:
    """`value` without list items (layers, DependsOn) that name a dropped resource."""
    if isinstance(value, list):
        return [without_references(item, dropped) for item in value if not names_one_of(item, dropped)]
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if key != "DependsOn" or not names_one_of(item, dropped)}
        return {key: without_references(item, dropped) for key, item in kept.items()}
    return value


def names_one_of(item: Any, dropped: set[str]) -> bool:
    return item in dropped if isinstance(item, str) else isinstance(item, dict) and item.get("Ref") in dropped
