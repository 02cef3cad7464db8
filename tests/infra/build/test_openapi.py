from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from infra.build.openapi import SCHEMES, access_roles, api_routes, applications, merged, text
from inframind.http.platform.docs import DOCUMENT, document
from tests.cloudformation import resources
from tests.conftest import load_handler

OPEN = {
    "/",
    "/health",
    "/api/v1/health",
    "/api/v1/health/ready",
    "/docs",
    "/docs/{name}",
    "/openapi.json",
    "/metrics",
}
OTLP = {"application/json", "application/x-protobuf"}  # has a form of its own
PROTOCOL_ERRORS = {"/v1/logs": OTLP, "/v1/metrics": OTLP}
APPS = applications()
OPERATIONS = [(path, method) for path, operations in document()["paths"].items() for method in operations]


def operation(path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = document()["paths"][path][method]
    return found


def test_the_written_document_is_what_the_functions_say_now() -> None:
    assert DOCUMENT.read_text() == text(), "stale: run `python -m infra.build.openapi`"


def test_the_document_is_openapi_3_1_with_every_way_to_send_a_key() -> None:
    assert document()["openapi"].startswith("3.1")
    assert document()["components"]["securitySchemes"] == SCHEMES
    assert document()["servers"]
    assert all(tag["description"] for tag in document()["tags"])


@pytest.mark.parametrize("word", APPS)
def test_every_route_asks_for_a_key_or_is_on_the_short_open_list(word: str) -> None:
    assert api_routes(APPS[word])
    for route in api_routes(APPS[word]):
        assert isinstance(route.original_route, APIRoute), f"nothing says who may call {route}"
        assert len(access_roles(route)) == (0 if route.path in OPEN else 1), route.path


def test_only_the_platform_has_open_routes() -> None:
    owners = {word for word, app in APPS.items() for route in api_routes(app) if route.path in OPEN}
    assert owners == {"platform"}


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_operation_is_described(path: str, method: str) -> None:
    told = operation(path, method)
    assert told["summary"]
    assert len(told["description"]) > 20
    assert told["tags"]
    assert told["operationId"]


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_operation_shows_an_example(path: str, method: str) -> None:
    told = operation(path, method)
    successes = [response for status, response in told["responses"].items() if status < "300"]
    assert successes
    bodies = [*successes, told["requestBody"]] if "requestBody" in told else successes
    for body in bodies:
        media = list(body.get("content", {}).values())
        assert not media or any(map(has_example, media)) or all(map(is_binary, media))


def is_binary(media: dict[str, Any]) -> bool:
    return bool(media["schema"] == {"type": "string", "format": "binary"})


def has_example(media: dict[str, Any]) -> bool:
    schema = media.get("schema", {})
    options = [schema, *schema.get("anyOf", ())]
    named = [document()["components"]["schemas"][one["$ref"].rsplit("/", 1)[1]] for one in options if "$ref" in one]
    return any(one.get("example") or one.get("examples") for one in (media, schema, *named))


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_no_operation_names_its_role_twice(path: str, method: str) -> None:
    words = operation(path, method)["description"]
    assert not ("Needs " in words and "For role" in words), words
    assert "For any role." not in words


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_operation_says_how_it_fails(path: str, method: str) -> None:
    told = operation(path, method)
    failures = {status: response for status, response in told["responses"].items() if status >= "400"}
    for status, response in failures.items():
        assert response["description"], status
        assert response["content"].keys() == PROTOCOL_ERRORS.get(path, {"application/problem+json"})
    if "security" in told:
        assert failures.keys() >= {"401", "403", "503"}
    if "{" in path or "requestBody" in told:
        assert failures.keys() & {"400", "404", "409", "422"}


def test_operation_ids_are_unique() -> None:
    ids = [operation(path, method)["operationId"] for path, method in OPERATIONS]
    assert len(set(ids)) == len(ids)


def test_every_reference_leads_somewhere() -> None:
    names = document()["components"]["schemas"].keys()
    assert {name.rsplit("/", 1)[1] for name in references(document())} <= names


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for part in node.values():
            yield from references(part)
    elif isinstance(node, list):
        for part in node:
            yield from references(part)


def test_two_functions_cannot_describe_one_path_differently() -> None:
    one, other = FastAPI(), FastAPI()
    one.add_api_route("/a", lambda: 1, summary="one", tags=["t"], operation_id="a")
    other.add_api_route("/a", lambda: 1, summary="other", tags=["t"], operation_id="a")
    with pytest.raises(ValueError, match="differently"):
        merged({"one": one, "other": other})


def test_the_door_asks_for_what_its_contract_says() -> None:
    door = load_handler("ingestion", "api").handler
    asked = {path: [route.role] for path, route in door.routes.items()}
    assert asked == {route.path: access_roles(route) for route in api_routes(APPS["ingestion"])}


@pytest.mark.parametrize("word", APPS)
def test_every_route_that_is_described_is_a_route_of_the_gateway(word: str) -> None:
    gateway = {
        (event["Properties"]["Method"].upper(), event["Properties"]["Path"])
        for function in resources("AWS::Serverless::Function").values()
        for event in function["Properties"].get("Events", {}).values()
        if event["Type"] == "HttpApi" and "Path" in event["Properties"]
    }
    # What is not described (HEAD) goes the way of all else, to $default.
    routes = [route for route in api_routes(APPS[word]) if route.include_in_schema]
    described = {(method, str(route.path)) for route in routes for method in route.methods or ()}
    missing = {one for one in described if not any(_takes(one, route) for route in gateway)}
    assert missing == set()


def _takes(described: tuple[str, str], route: tuple[str, str]) -> bool:
    if route[0] not in {"ANY", described[0]}:
        return False
    wanted, template = described[1].split("/"), route[1].split("/")
    if template[-1] == "{proxy+}":
        return wanted[: len(template) - 1] == template[:-1]
    return len(wanted) == len(template) and all(
        one == other or other.startswith("{") for one, other in zip(wanted, template, strict=True)
    )
