"""`template.yaml` as data: the tests read the same map of the system that the deployment does."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short tags as their long forms."""


def _tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        return {name: value.split(".") if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _tag)


@cache
def template() -> dict[str, Any]:
    """The whole template."""
    return yaml.load((ROOT / "template.yaml").read_text(), Loader=_Loader)  # type: ignore[no-any-return]


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """Logical id -> resource, for every resource of a type such as `AWS::SQS::Queue`."""
    return {name: one for name, one in template()["Resources"].items() if one["Type"] == kind}


def functions() -> dict[str, dict[str, Any]]:
    """Logical id -> properties of every function."""
    return {name: one["Properties"] for name, one in resources("AWS::Serverless::Function").items()}


def routes() -> dict[str, str]:
    """`METHOD /path` (or `$default`) -> logical id of the function that serves it."""
    found = {}
    for name, properties in functions().items():
        for event in properties.get("Events", {}).values():
            if event["Type"] == "HttpApi":
                where = event["Properties"]
                found[f"{where['Method']} {where['Path']}" if "Path" in where else "$default"] = name
    return found


def globals_environment() -> dict[str, Any]:
    """The environment that every function gets."""
    return dict(template()["Globals"]["Function"]["Environment"]["Variables"])
