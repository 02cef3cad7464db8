"""The stack of the local run: created, updated, asked, through public calls to the engine's CloudFormation."""

import json
import time
from typing import Any

from botocore.exceptions import ClientError

from infra.local.deployment.artifacts import BUCKET
from infra.local.deployment.template import Template

STACK = "inframind"
DEADLINE_S = 600.0
POLL_S = 0.05
# Left by a deployment that never completed: nothing in it is worth keeping.
BROKEN = frozenset({"CREATE_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"})
BEGINNINGS = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"})


class DeploymentFailed(Exception):
    """The stack did not reach its new state; the message names the resource and the reason."""


def bring_up(s3: Any, stacks: Any, template: Template, endpoint: str) -> None:
    """Create the stack, or update it where it differs, and wait."""
    body = json.dumps(template, sort_keys=True)
    s3.put_object(Bucket=BUCKET, Key="template.json", Body=body.encode())
    wanted = {name: one["Default"] for name, one in template.get("Parameters", {}).items() if "Default" in one}
    request = {
        "StackName": STACK,
        "TemplateURL": f"{endpoint}/{BUCKET}/template.json",
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        "Parameters": [{"ParameterKey": name, "ParameterValue": str(value)} for name, value in wanted.items()],
    }
    status = status_of(stacks)
    if status in BROKEN:
        stacks.delete_stack(StackName=STACK)
        status = settled(stacks)
    if status is None or status == "DELETE_COMPLETE":
        stacks.create_stack(**request)
    elif body == original(stacks):
        return
    else:
        stacks.update_stack(**request)
    status = settled(stacks)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise DeploymentFailed(reason(stacks, status))


def original(stacks: Any) -> str:
    """The template the stack was last given, as `bring_up` writes templates."""
    found = stacks.get_template(StackName=STACK, TemplateStage="Original")["TemplateBody"]
    return found if isinstance(found, str) else json.dumps(found, sort_keys=True)


def status_of(stacks: Any) -> str | None:
    try:
        status: str = stacks.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]
    except ClientError:  # a stack that is not there is a ValidationError
        return None
    return status


def settled(stacks: Any) -> str | None:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        status = status_of(stacks)
        if status is None or not status.endswith("_IN_PROGRESS"):
            return status
        time.sleep(POLL_S)
    raise DeploymentFailed(f"not finished after {DEADLINE_S:.0f} s")


def reason(stacks: Any, status: str | None) -> str:
    """The first failure of the last deployment: later ones are its echo."""
    pages = stacks.get_paginator("describe_stack_events").paginate(StackName=STACK)
    first = None
    for event in (event for page in pages for event in page["StackEvents"]):  # the newest first
        if event["LogicalResourceId"] == STACK and event["ResourceStatus"] in BEGINNINGS:
            break
        if event["ResourceStatus"].endswith("FAILED"):
            first = event
    if first is None:
        return f"the stack ended in {status}"
    return f"{first['LogicalResourceId']}: {first.get('ResourceStatusReason', 'no reason given')}"


def resources_of(stacks: Any) -> dict[str, str]:
    """Logical to physical id of everything in the stack."""
    pages = stacks.get_paginator("list_stack_resources").paginate(StackName=STACK)
    found = [item for page in pages for item in page["StackResourceSummaries"]]
    return {item["LogicalResourceId"]: item.get("PhysicalResourceId", "") for item in found}


def processed(stacks: Any) -> Template:
    """The template after the SAM transform: the one with an OpenAPI body in each HTTP API."""
    found = stacks.get_template(StackName=STACK, TemplateStage="Processed")["TemplateBody"]
    template: Template = json.loads(found) if isinstance(found, str) else found
    return template


def outputs_of(stacks: Any) -> dict[str, str]:
    stack = stacks.describe_stacks(StackName=STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
