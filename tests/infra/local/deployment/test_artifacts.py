import io
import os
import sys
import zipfile
from pathlib import Path

from infra.local.deployment.artifacts import zipped
from infra.local.deployment.template import Code


def layer(folder: Path) -> Code:
    package = folder / "core" / "package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("NAME = 1\n")
    (package / "tests").mkdir()
    (package / "tests" / "test_x.py").touch()
    (folder / "core" / "requirements.txt").write_text("numpy\n")
    return Code("CoreLayer", folder / "core", True)


def test_the_same_content_gives_the_same_bytes_whenever_it_was_written(tmp_path: Path) -> None:
    code = layer(tmp_path)
    first = zipped(code)
    os.utime(code.folder / "package" / "__init__.py", (0, 0))
    assert zipped(code) == first
    (code.folder / "package" / "__init__.py").write_text("NAME = 2\n")
    assert zipped(code) != first


def test_a_layer_carries_its_packages_under_python_with_byte_code_and_nothing_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(zipped(layer(tmp_path)))) as archive:
        names = archive.namelist()
    tag = sys.implementation.cache_tag
    assert names == ["python/package/__init__.py", f"python/package/__pycache__/__init__.{tag}.pyc"]
