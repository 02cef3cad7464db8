"""The API document and Swagger UI, served from files: nothing is fetched from elsewhere.

The bundled Swagger UI reads OpenAPI 3.0, the document is 3.1; the page is given the same document in 3.0's terms.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).with_name("openapi.json")
ASSETS = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>InfraMind API</title>
  <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
  <link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="docs/swagger-ui-bundle.js"></script>
  <script src="docs/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({
  url: "docs/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  validatorUrl: null,
});
"""


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of every function, as built into the package."""
    found: dict[str, Any] = json.loads(DOCUMENT.read_text())
    return found


def asset(name: str) -> tuple[bytes, str] | None:
    """A file below /docs/ and its content type; None if there is none of that name."""
    if name == "start.js":
        return START.encode(), ASSETS["swagger-ui-bundle.js"]
    if name == "openapi.json":
        return json.dumps(in_3_0(document())).encode(), "application/json"
    if name not in ASSETS:
        return None
    from swagger_ui_bundle import swagger_ui_path

    return Path(swagger_ui_path, name).read_bytes(), ASSETS[name]


def methods_at(path: str) -> set[str]:
    """The methods that some function takes at a path; empty for a path that none knows.

    >>> sorted(methods_at("/api/v1/auth/keys"))
    ['GET', 'POST']
    """
    return {
        method.upper()
        for template, operations in document()["paths"].items()
        if _pattern(template).fullmatch(path)
        for method in operations
    }


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template)))


def in_3_0(node: Any) -> Any:
    """An OpenAPI 3.1 document, or part of one, in the terms of 3.0.

    >>> in_3_0({"anyOf": [{"type": "string"}, {"type": "null"}], "examples": ["a"]})
    {'type': 'string', 'nullable': True, 'example': 'a'}
    """
    if isinstance(node, list):
        return [in_3_0(part) for part in node]
    if not isinstance(node, dict):
        return node
    told = {name: in_3_0(part) for name, part in node.items()}
    if isinstance(told.get("openapi"), str):
        told["openapi"] = "3.0.3"
    if isinstance(told.get("examples"), list):
        told |= {"example": told["examples"][0]}
        del told["examples"]
    if "const" in told:
        told["enum"] = [told.pop("const")]
    return _nullable(told)


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    options = schema.get("anyOf")
    if not isinstance(options, list) or {"type": "null"} not in options:
        return schema
    rest = [option for option in options if option != {"type": "null"}]
    others = {name: part for name, part in schema.items() if name != "anyOf"}
    if len(rest) == 1 and "$ref" not in rest[0]:
        return {**rest[0], "nullable": True, **others}
    return {"anyOf": rest, "nullable": True, **others}
