"""Deterministic zips of functions and of the core layer, uploaded once under the hash of their content."""

import hashlib
import importlib.util
import io
import marshal
import sys
import zipfile
from pathlib import Path
from typing import Any

from infra.local.deployment.template import Code

BUCKET = "inframind-artifacts"
# The oldest time a zip can carry: the same content gives the same bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)
UNCHECKED = (0b01).to_bytes(4, "little")
LEFT_OUT = frozenset({"__pycache__", "tests", "requirements.txt", "Makefile"})


def files_of(code: Code) -> list[tuple[str, Path]]:
    """Name in the zip and path of each file; a layer's packages stand under `python/` as on AWS."""
    roots = [path for path in code.folder.iterdir() if is_package(path)] if code.is_layer else [code.folder]
    start = code.folder
    prefix = "python/" if code.is_layer else ""
    found = [
        (prefix + path.relative_to(start).as_posix(), path)
        for root in roots
        for path in root.rglob("*")
        if path.is_file() and not LEFT_OUT & set(path.relative_to(start).parts)
    ]
    return sorted(found)


def is_package(path: Path) -> bool:
    return (path / "__init__.py").is_file()


def zipped(code: Code) -> bytes:
    """The zip, byte code included (checked by content, never by time): a cold start compiles nothing."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files_of(code):
            content = path.read_bytes()
            add(archive, name, content)
            if path.suffix == ".py":
                add(archive, *byte_code(content, name))
    return buffer.getvalue()


def add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def byte_code(source: bytes, name: str) -> tuple[str, bytes]:
    """Name and content of a `.pyc` that is valid whatever the times of the unzipped files (PEP 552, unchecked hash)."""
    code = marshal.dumps(compile(source, name, "exec", dont_inherit=True))
    content = importlib.util.MAGIC_NUMBER + UNCHECKED + importlib.util.source_hash(source) + code
    path = Path(name)
    tag = f"{path.stem}.{sys.implementation.cache_tag}.pyc"
    return (path.parent / "__pycache__" / tag).as_posix(), content


def upload(s3: Any, codes: list[Code]) -> dict[str, str]:
    """Logical id to `s3://` address; a shared folder is zipped once, known content is not sent again."""
    s3.create_bucket(Bucket=BUCKET)
    known = {item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])}
    keys: dict[tuple[Path, bool], str] = {}
    for code in codes:
        if (code.folder, code.is_layer) in keys:
            continue
        body = zipped(code)
        key = f"{code.folder.name}-{hashlib.sha256(body).hexdigest()[:32]}.zip"
        if key not in known:
            s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        keys[code.folder, code.is_layer] = key
    return {code.logical_id: f"s3://{BUCKET}/{keys[code.folder, code.is_layer]}" for code in codes}


def discard_unused(s3: Any, uris: dict[str, str]) -> None:
    """Zips of earlier versions go: the engine keeps its own copy of what is deployed."""
    wanted = {uri.rsplit("/", 1)[1] for uri in uris.values()}
    for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        if item["Key"] not in wanted and item["Key"].endswith(".zip"):
            s3.delete_object(Bucket=BUCKET, Key=item["Key"])
