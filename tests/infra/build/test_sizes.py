from pathlib import Path

import pytest

from infra.build import sizes

TEMPLATE = """
Globals: { Function: { Layers: [!Ref CoreLayer] } }
Resources:
  CoreLayer: { Type: "AWS::Serverless::LayerVersion", Properties: { ContentUri: CoreLayer } }
  Science: { Type: "AWS::Serverless::LayerVersion", Properties: { ContentUri: Science } }
  Small: { Type: "AWS::Serverless::Function", Properties: { CodeUri: Small } }
  Large: { Type: "AWS::Serverless::Function", Properties: { CodeUri: Large, Layers: [!Ref Science] } }
"""


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    for name, size in {"CoreLayer": 2_000, "Science": 3_000, "Small": 100, "Large": 200}.items():
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / "file").write_bytes(b"x" * size)
    monkeypatch.setattr(sizes, "BUILT", tmp_path)
    return tmp_path


def test_a_function_counts_with_its_own_and_the_global_layers(built: Path) -> None:
    found = {one.function: round(one.total_mb * 1e6) for one in sizes.sizes(built)}
    assert found == {"Large": 5_200, "Small": 2_100}


def test_a_function_above_the_limit_fails_and_is_named(
    built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sizes.main() == 0
    monkeypatch.setattr(sizes, "LIMIT_MB", 0.004)
    assert sizes.main() == 1
    assert capsys.readouterr().err == "larger than 0 MB: Large\n"
