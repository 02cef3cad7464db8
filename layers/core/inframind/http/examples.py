"""Examples of bodies and answers, for the OpenAPI document."""

from typing import Any


def answer_example(example: Any, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: an example of its answer."""
    return {status: {"content": {"application/json": {"example": example}}}}


def body_example(example: Any) -> dict[str, Any]:
    """The `openapi_extra` of a route: an example of the body it takes."""
    return {"requestBody": {"content": {"application/json": {"example": example}}}}
