"""What the engine leaves out of a stack, added after each deployment by public AWS calls; every step can run again.

Routes and CORS of an `AWS::Serverless::HttpApi` stand in an OpenAPI `Body` that the engine ignores; a stack update
drops CORS; `TimeToLiveSpecification` of a table is dropped.
"""

import re
from collections.abc import Iterator
from typing import Any

from infra.local.deployment.template import Template

METHODS = {"get", "put", "post", "delete", "head", "options", "patch", "x-amazon-apigateway-any-method"}
ANY_METHOD = "x-amazon-apigateway-any-method"
FUNCTION_REFERENCE = re.compile(r"\$\{(\w+)(?:\.Alias)?(?:\.Arn)?\}/invocations")
CORS_KEYS = {
    "allowOrigins": "AllowOrigins",
    "allowMethods": "AllowMethods",
    "allowHeaders": "AllowHeaders",
    "exposeHeaders": "ExposeHeaders",
    "maxAge": "MaxAge",
    "allowCredentials": "AllowCredentials",
}


class Unsupported(Exception):
    """The template asks for something that the local run would silently leave out."""


def wanted_routes(body: Template) -> Iterator[tuple[str, str]]:
    """(route key, logical id of the function) of an OpenAPI body as the SAM transform writes it."""
    if body.get("security") or body.get("components", {}).get("securitySchemes"):
        raise Unsupported("authorizers of an HTTP API are not carried out locally: check access inside the function")
    for path, operations in body.get("paths", {}).items():
        for method, operation in operations.items():
            if method.lower() not in METHODS:
                continue
            if operation.get("security"):
                raise Unsupported(f"the authorizer of {method} {path} is not carried out locally")
            verb = "ANY" if method.lower() == ANY_METHOD else method.upper()
            key = "$default" if path in ("/$default", "$default") else f"{verb} {path}"
            yield key, function_of(operation, key)


def function_of(operation: Template, key: str) -> str:
    uri = operation.get("x-amazon-apigateway-integration", {}).get("uri", {})
    text = uri.get("Fn::Sub", "") if isinstance(uri, dict) else str(uri)
    found = FUNCTION_REFERENCE.search(text if isinstance(text, str) else text[0])
    if not found:
        raise Unsupported(f"the integration of {key} is no function of this template")
    return found.group(1)


def connect_api(client: Any, api_id: str, body: Template, arns: dict[str, str]) -> None:
    """Make the API's integrations and routes those of `body`, and no others."""
    wanted = dict(wanted_routes(body))
    integrations = connect_functions(client, api_id, {arns[name] for name in wanted.values()})
    present = {route["RouteKey"]: route for route in pages(client.get_routes, ApiId=api_id)}
    for key, name in wanted.items():
        target = f"integrations/{integrations[arns[name]]}"
        if key not in present:
            client.create_route(ApiId=api_id, RouteKey=key, Target=target)
        elif present[key].get("Target") != target:
            client.update_route(ApiId=api_id, RouteId=present[key]["RouteId"], Target=target)
    for key in present.keys() - wanted.keys():
        client.delete_route(ApiId=api_id, RouteId=present[key]["RouteId"])
    for arn in integrations.keys() - {arns[name] for name in wanted.values()}:
        client.delete_integration(ApiId=api_id, IntegrationId=integrations[arn])
    allow_origins(client, api_id, body.get("x-amazon-apigateway-cors"))


def connect_functions(client: Any, api_id: str, arns: set[str]) -> dict[str, str]:
    """Function ARN to integration id, one each, the stale ones included."""
    found = {item["IntegrationUri"]: item["IntegrationId"] for item in pages(client.get_integrations, ApiId=api_id)}
    for arn in sorted(arns - found.keys()):
        made = client.create_integration(
            ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
        )
        found[arn] = made["IntegrationId"]
    return found


def allow_origins(client: Any, api_id: str, cors: Template | None) -> None:
    if cors:
        client.update_api(ApiId=api_id, CorsConfiguration={CORS_KEYS[key]: value for key, value in cors.items()})
    elif client.get_api(ApiId=api_id).get("CorsConfiguration"):
        client.delete_cors_configuration(ApiId=api_id)


def pages(call: Any, **arguments: Any) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    while True:
        page = call(**arguments, **token)
        yield from page["Items"]
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def enable_ttl(client: Any, table: str, specification: Template) -> None:
    """Switch expiry on as the template says; a table that has it is left alone, because AWS refuses to say it twice."""
    current = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if specification.get("Enabled") and current["TimeToLiveStatus"] not in ("ENABLED", "ENABLING"):
        client.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)
