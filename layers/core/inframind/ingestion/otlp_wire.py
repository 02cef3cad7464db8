"""OTLP/HTTP bodies and answers in both encodings, protobuf and JSON, of metrics and of logs."""

import importlib
import json
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from inframind.errors import Malformed, UnsupportedType
from inframind.ingestion.samples import Tally

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
STATUS_CODES = {401: 16, 403: 7, 404: 5, 413: 8, 503: 14}  # HTTP status -> google.rpc.Code
INVALID_ARGUMENT = 3  # every other refusal
EMPTY = (b"", b"{}")  # a request without metrics is a request; anything else without them is a mistake
MESSAGE_LENGTH = 2_000  # characters in a partial success
IDS = ("traceId", "spanId")


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported: `metrics` or `logs`; and the field that counts what was refused of it."""

    signal: str
    rejected: str

    @property
    def resources(self) -> str:
        """The field of a request that holds everything: resource_metrics."""
        return f"resource_{self.signal}"

    def message(self, kind: str) -> Any:
        """The class of the service's `Request` or `Response`; imported when it is needed, which costs time."""
        module = f"opentelemetry.proto.collector.{self.signal}.v1.{self.signal}_service_pb2"
        return getattr(importlib.import_module(module), f"Export{self.signal.title()}Service{kind}")


METRICS = Export("metrics", "rejected_data_points")
LOGS = Export("logs", "rejected_log_records")


def encoding_of(content_type: str) -> str:
    """The encoding that a content type names; raises `UnsupportedType`.

    >>> encoding_of("application/json; charset=utf-8")
    'application/json'
    """
    bare = content_type.partition(";")[0].strip().lower()
    if bare in (PROTOBUF, JSON):
        return bare
    raise UnsupportedType(f"Send Content-Type {PROTOBUF} or {JSON}.")


def refusal_encoding(content_type: str) -> str:
    """The encoding of an error: the request's, and JSON, which a person can read, if it had none of ours."""
    return PROTOBUF if content_type.partition(";")[0].strip().lower() == PROTOBUF else JSON


def parsed(body: bytes, encoding: str, export: Export = METRICS) -> Any:
    """The ExportMetricsServiceRequest, or that of logs, in `body`; raises `Malformed`."""
    request = _from_json(body, export) if encoding == JSON else _from_protobuf(body, export)
    if not getattr(request, export.resources) and body not in EMPTY:
        raise Malformed(f"The body holds no {_camel(export.resources)}: it is not an OTLP {export.signal} request.")
    return request


def _from_protobuf(body: bytes, export: Export) -> Any:
    from google.protobuf.message import DecodeError

    try:
        return export.message("Request").FromString(body)
    except DecodeError as error:
        raise Malformed(f"The body is not an OTLP {export.signal} request in protobuf, or it was cut off.") from error


def _from_json(body: bytes, export: Export) -> Any:
    from google.protobuf import json_format

    try:
        document = json.loads(body, object_hook=_as_specified)
        return json_format.ParseDict(document, export.message("Request")(), ignore_unknown_fields=True)
    except json_format.ParseError as error:
        raise Malformed(f"The body is not an OTLP {export.signal} request: {error}.") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise Malformed(f"The body is not JSON: {error}.") from error


def _as_specified(fields: dict[str, Any]) -> dict[str, Any]:
    """Without exemplars, and with a log record's ids in base64: OTLP spells ids in hex, protobuf's own JSON in base64.
    Without snake_case names, which OTLP does not know and protobuf's JSON would take."""
    known = {name: value for name, value in fields.items() if name != "exemplars" and "_" not in name}
    for name in IDS:
        if isinstance(known.get(name), str):
            known[name] = b64encode(bytes.fromhex(known[name])).decode()
    return known


def answer(tally: Tally, encoding: str, export: Export = METRICS) -> bytes:
    """An ExportMetricsServiceResponse, or that of logs; a partial success where something was refused."""
    if encoding == JSON:
        return json.dumps(_partial(tally, export), ensure_ascii=False).encode()
    response = export.message("Response")()
    if tally.rejected:
        setattr(response.partial_success, export.rejected, tally.rejected)
        response.partial_success.error_message = _message(tally)
    return bytes(response.SerializeToString())


def _partial(tally: Tally, export: Export) -> dict[str, Any]:
    if not tally.rejected:
        return {}
    return {"partialSuccess": {_camel(export.rejected): str(tally.rejected), "errorMessage": _message(tally)}}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def _message(tally: Tally) -> str:
    return "; ".join(f"{fault.where}: {fault.what}" for fault in tally.faults)[:MESSAGE_LENGTH]


def refusal(status: int, detail: str, encoding: str) -> bytes:
    """A google.rpc.Status message: what OTLP answers when it takes nothing."""
    code = STATUS_CODES.get(status, INVALID_ARGUMENT)
    if encoding == JSON:
        return json.dumps({"code": code, "message": detail}, ensure_ascii=False).encode()
    text = detail.encode()
    return b"\x08" + _varint(code) + b"\x12" + _varint(len(text)) + text


def _varint(number: int) -> bytes:
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*groups, number])
