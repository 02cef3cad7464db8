"""OTLP/HTTP bodies and answers in both encodings, protobuf and JSON."""

import json
from typing import Any

from inframind.errors import Malformed, UnsupportedType
from inframind.ingestion.samples import Tally

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
STATUS_CODES = {401: 16, 403: 7, 404: 5, 413: 8, 503: 14}  # HTTP status -> google.rpc.Code
INVALID_ARGUMENT = 3  # every other refusal
EMPTY = (b"", b"{}")  # a request without metrics is a request; anything else without them is a mistake
MESSAGE_LENGTH = 2_000  # characters in a partial success


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


def parsed(body: bytes, encoding: str) -> Any:
    """The ExportMetricsServiceRequest in `body`; raises `Malformed`."""
    request = _from_json(body) if encoding == JSON else _from_protobuf(body)
    if not request.resource_metrics and body not in EMPTY:
        raise Malformed("The body holds no resourceMetrics: it is not an OTLP metrics request.")
    return request


def _from_protobuf(body: bytes) -> Any:
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    try:
        return ExportMetricsServiceRequest.FromString(body)
    except DecodeError as error:
        raise Malformed("The body is not an OTLP metrics request in protobuf, or it was cut off.") from error


def _from_json(body: bytes) -> Any:
    from google.protobuf import json_format
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    try:
        document = json.loads(body, object_hook=_as_specified)
        return json_format.ParseDict(document, ExportMetricsServiceRequest(), ignore_unknown_fields=True)
    except json_format.ParseError as error:
        raise Malformed(f"The body is not an OTLP metrics request: {error}.") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise Malformed(f"The body is not JSON: {error}.") from error


def _as_specified(fields: dict[str, Any]) -> dict[str, Any]:
    """Without exemplars, whose ids are hex in OTLP and base64 in protobuf's own JSON, and without snake_case names,
    which OTLP does not know and protobuf's JSON would take."""
    return {name: value for name, value in fields.items() if name != "exemplars" and "_" not in name}


def answer(tally: Tally, encoding: str) -> bytes:
    """An ExportMetricsServiceResponse; a partial success where data points were refused."""
    if encoding == JSON:
        return json.dumps(_partial(tally), ensure_ascii=False).encode()
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse

    response = ExportMetricsServiceResponse()
    if tally.rejected:
        response.partial_success.rejected_data_points = tally.rejected
        response.partial_success.error_message = _message(tally)
    return bytes(response.SerializeToString())


def _partial(tally: Tally) -> dict[str, Any]:
    if not tally.rejected:
        return {}
    return {"partialSuccess": {"rejectedDataPoints": str(tally.rejected), "errorMessage": _message(tally)}}


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
