"""Deploys `template.yaml` to the running engine through public AWS calls, and closes the gaps the engine leaves.

A process of its own, so that boto3 and its models do not stay in the engine's memory. Prints JSON lines:
`{"say": …}` while it works, then `{"done": {…outputs}}` or `{"failed": reason}`.
"""

import json
import os
import shlex
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.deployment.artifacts import discard_unused, upload
from infra.local.deployment.gaps import Unsupported, connect_api, enable_ttl
from infra.local.deployment.last import Deployed
from infra.local.deployment.stack import DEADLINE_S, DeploymentFailed, bring_up, outputs_of, processed, resources_of
from infra.local.deployment.template import Template, code_of, localized, read_template

GIVEN = {
    "Stage": "local",
    "OutboundAllowed": "127.0.0.0/8",  # notices may go to a program on this machine
    "LogLevel": "DEBUG",  # the engine waits 50 ms for the output of a function that prints nothing
}


def main() -> int:
    tell(say="deploying template.yaml")
    try:
        done = deploy(os.environ["ENDPOINT"], Path(os.environ["TEMPLATE"]), os.environ["TOKEN"])
    except (DeploymentFailed, Unsupported) as failure:
        tell(failed=str(failure))
    except (BotoCoreError, ClientError, OSError) as failure:
        tell(failed=f"the engine refused: {failure}")
    else:
        tell(done=asdict(done))
        return 0
    return 1


def deploy(endpoint: str, path: Path, token: str) -> Deployed:
    """Create or update the stack from the template at `path`, close the gaps, put the bootstrap key in place."""
    template = chosen(read_template(path), os.environ.get("PARAMETERS", ""))
    s3, stacks = client_of(endpoint, "s3"), client_of(endpoint, "cloudformation")
    codes = code_of(template, path.parent)
    for code in codes:
        if not code.folder.is_dir():
            raise DeploymentFailed(f"{code.logical_id}: there is no folder {code.folder}")
    uris = upload(s3, codes)
    bring_up(s3, stacks, localized(template, uris), endpoint)
    discard_unused(s3, uris)
    outputs = outputs_of(stacks)
    storing = start_storing_key(endpoint, outputs, token)
    resources = resources_of(stacks)
    api_id = close_gaps(endpoint, processed(stacks), resources)
    finish_storing_key(storing)
    return Deployed(outputs, api_id, dead_letters_of(template, resources))


def client_of(endpoint: str, service: str) -> Any:
    config = Config(retries={"max_attempts": 2}, connect_timeout=60, read_timeout=300)
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    return boto3.client(service, endpoint_url=endpoint, config=config, **keys)


def chosen(template: Template, parameters: str) -> Template:
    """The template with what is given here, or in the words of `PARAMETERS`, as the defaults of its parameters."""
    own = dict(pair.split("=", 1) for pair in shlex.split(parameters))
    known = template.get("Parameters", {})
    for name in own:
        if name not in known:
            raise DeploymentFailed(f"the template has no parameter {name}, which PARAMETERS sets")
    for name, value in (GIVEN | own).items():
        if name in known:
            known[name]["Default"] = value
    return template


def start_storing_key(endpoint: str, outputs: dict[str, str], token: str) -> "subprocess.Popen[str] | None":
    """`bootstrap.py` at work on the functions' interpreter; nothing when the template has no access table."""
    if "AccessTableName" not in outputs:
        return None
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    wanted = {"AWS_ENDPOINT_URL": endpoint, "TABLE": outputs["AccessTableName"], "TOKEN": token}
    command = [os.environ["FUNCTIONS_PYTHON"], "-m", "infra.local.deployment.bootstrap"]
    return subprocess.Popen(command, env={**os.environ, **keys, **wanted}, stderr=subprocess.PIPE, text=True)


def finish_storing_key(child: "subprocess.Popen[str] | None") -> None:
    if child is None:
        return
    _, complaint = child.communicate(timeout=DEADLINE_S)
    if child.returncode:
        lines = complaint.strip().splitlines() or [f"it ended with status {child.returncode}"]
        raise DeploymentFailed(f"the bootstrap key was not stored: {lines[-1]}")


def close_gaps(endpoint: str, template: Template, resources: dict[str, str]) -> str:
    """Routes, CORS, TTL; returns the id of the HTTP API."""
    gateway, tables = client_of(endpoint, "apigatewayv2"), client_of(endpoint, "dynamodb")
    prefix = "arn:aws:lambda:us-east-1:000000000000:function:"
    arns = {name: prefix + physical for name, physical in resources.items()}
    api_ids = []
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::ApiGatewayV2::Api" and "Body" in properties:
            connect_api(gateway, resources[name], properties["Body"], arns)
            api_ids.append(resources[name])
        elif resource["Type"] == "AWS::DynamoDB::Table" and "TimeToLiveSpecification" in properties:
            enable_ttl(tables, resources[name], properties["TimeToLiveSpecification"])
    if len(api_ids) != 1:
        raise Unsupported(f"the local run serves one HTTP API, the template has {len(api_ids)}")
    return api_ids[0]


def dead_letters_of(template: Template, resources: dict[str, str]) -> list[str]:
    """Queue URLs that some queue of the template redrives to."""
    policies = [
        resource.get("Properties", {}).get("RedrivePolicy", {}).get("deadLetterTargetArn", {}).get("Fn::GetAtt")
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::SQS::Queue"
    ]
    return sorted({resources[target[0]] for target in policies if target})


def tell(**message: object) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    sys.exit(main())
