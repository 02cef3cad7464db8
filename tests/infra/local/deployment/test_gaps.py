from typing import Any

import pytest

from infra.local.deployment.gaps import Unsupported, wanted_routes

URI = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Echo.Arn}/invocations"


def operation(**more: Any) -> dict[str, Any]:
    return {"x-amazon-apigateway-integration": {"uri": {"Fn::Sub": URI}}, **more}


def test_paths_and_verbs_of_the_body_become_route_keys() -> None:
    paths = {
        "/a/{id}": {"get": operation(), "x-amazon-apigateway-any-method": operation()},
        "/$default": {"x-amazon-apigateway-any-method": operation()},
    }
    found = dict(wanted_routes({"paths": paths}))
    assert found == {"GET /a/{id}": "Echo", "ANY /a/{id}": "Echo", "$default": "Echo"}


@pytest.mark.parametrize(
    "body",
    [
        {"paths": {"/a": {"get": operation(security=[{"Jwt": []}])}}},
        {"paths": {}, "components": {"securitySchemes": {"Jwt": {}}}},
        {"paths": {}, "security": [{"Jwt": []}]},
    ],
)
def test_an_authorizer_is_refused_loudly_instead_of_left_out(body: dict[str, Any]) -> None:
    with pytest.raises(Unsupported, match="authorizer"):
        list(wanted_routes(body))


def test_an_integration_that_is_no_function_is_refused() -> None:
    body = {"paths": {"/a": {"get": {"x-amazon-apigateway-integration": {"uri": "https://example.com"}}}}}
    with pytest.raises(Unsupported, match="GET /a"):
        list(wanted_routes(body))
