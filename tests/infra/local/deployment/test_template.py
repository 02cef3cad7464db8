from pathlib import Path

from infra.local.deployment.template import code_of, localized, read_template
from tests.infra.local.conftest import PROBE

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: { Function: { CodeUri: app, Layers: [!Ref CoreLayer, !Ref ScienceLayer] } }
Resources:
  CoreLayer:
    Type: AWS::Serverless::LayerVersion
    Metadata: { BuildMethod: makefile }
    Properties: { ContentUri: core }
  ScienceLayer: { Type: "AWS::Serverless::LayerVersion", Properties: { ContentUri: science } }
  Work: { Type: "AWS::Serverless::Function", DependsOn: [Money], Properties: { Policies: [{ Version: 2012-10-17 }] } }
  Money: { Type: "AWS::Budgets::Budget" }
  Sum: { Type: "AWS::CloudWatch::Alarm", Properties: { Metrics: [] } }
Outputs:
  Layer: { Value: !Ref ScienceLayer }
  Arn: { Value: !GetAtt Work.Arn }
"""


def local(tmp_path: Path) -> dict[str, object]:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    template = read_template(path)
    return localized(template, {code.logical_id: f"s3://b/{code.folder.name}" for code in code_of(template, tmp_path)})


def test_what_the_engine_refuses_is_left_out_with_every_mention(tmp_path: Path) -> None:
    found = local(tmp_path)
    assert set(found["Resources"]) == {"CoreLayer", "Work"}  # type: ignore[call-overload]
    text = str(found)
    assert not any(name in text for name in ("ScienceLayer", "Money", "Sum"))
    assert found["Outputs"] == {"Arn": {"Value": {"Fn::GetAtt": ["Work", "Arn"]}}}


def test_code_comes_from_the_uploaded_zips(tmp_path: Path) -> None:
    resources = local(tmp_path)["Resources"]
    assert resources["Work"]["Properties"]["CodeUri"] == "s3://b/app"  # type: ignore[index]
    assert resources["CoreLayer"]["Properties"]["ContentUri"] == "s3://b/core"  # type: ignore[index]


def test_a_policys_version_stays_text(tmp_path: Path) -> None:
    work = local(tmp_path)["Resources"]["Work"]  # type: ignore[index]
    assert work["Properties"]["Policies"] == [{"Version": "2012-10-17"}]


def test_each_function_and_the_core_layer_is_packaged_from_its_folder() -> None:
    found = {code.logical_id: code.folder.name for code in code_of(read_template(PROBE), PROBE.parent)}
    assert found == {"CoreLayer": "core", "EchoFunction": "echo", "WorkerFunction": "worker"}
