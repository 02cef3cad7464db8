"""The messages of remote write 1.0 and 2.0, built from tables: field numbers and types are the protocol's.

Strings are declared as bytes, so that one series with broken UTF-8 can be refused by name beside good ones.
Source: prometheus/prompb/{remote,types}.proto and io/prometheus/write/v2/types.proto.
"""

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

FieldType = descriptor_pb2.FieldDescriptorProto
TYPES = {
    "bytes": FieldType.TYPE_BYTES,
    "double": FieldType.TYPE_DOUBLE,
    "int64": FieldType.TYPE_INT64,
    "uint64": FieldType.TYPE_UINT64,
    "uint32": FieldType.TYPE_UINT32,
    "enum": FieldType.TYPE_INT32,  # an open enum and an int32 are the same on the wire
}

HISTOGRAM = {
    "count_int": (1, "uint64"),
    "count_float": (2, "double"),
    "sum": (3, "double"),
    "timestamp": (15, "int64"),
}
SAMPLE = {"value": (1, "double"), "timestamp": (2, "int64")}

V1: dict[str, dict[str, tuple[int, str]]] = {
    "Label": {"name": (1, "bytes"), "value": (2, "bytes")},
    "Sample": SAMPLE,
    "Histogram": HISTOGRAM,
    "Series": {
        "labels": (1, "*Label"),
        "samples": (2, "*Sample"),
        "exemplars": (3, "*bytes"),
        "histograms": (4, "*Histogram"),
    },
    "Request": {"timeseries": (1, "*Series"), "metadata": (3, "*bytes")},
}
V2: dict[str, dict[str, tuple[int, str]]] = {
    "Sample": SAMPLE,
    "Histogram": HISTOGRAM,
    "Series": {
        "labels_refs": (1, "*uint32"),
        "samples": (2, "*Sample"),
        "histograms": (3, "*Histogram"),
        "exemplars": (4, "*bytes"),
        "metadata": (5, "bytes"),
    },
    "Request": {"symbols": (4, "*bytes"), "timeseries": (5, "*Series")},
}


@cache
def request_class(version: int) -> Any:
    """The message class of a write request, 1 or 2."""
    tables = {1: V1, 2: V2}[version]
    package = f"inframind.remote_write.v{version}"
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    for name, fields in tables.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            _add(message, field, number, (kind, package))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.Request"))


def _add(message: Any, name: str, number: int, declared: tuple[str, str]) -> None:
    kind, package = declared
    bare = kind.removeprefix("*")
    label = FieldType.LABEL_REPEATED if kind.startswith("*") else FieldType.LABEL_OPTIONAL
    field = message.field.add(name=name, number=number, label=label)
    if bare in TYPES:
        field.type = TYPES[bare]
    else:
        field.type, field.type_name = FieldType.TYPE_MESSAGE, f".{package}.{bare}"
