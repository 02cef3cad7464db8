import json
import shutil
from pathlib import Path

import pytest

from infra.local.harness import NotReady, platform
from tests.infra.local.conftest import PROBE, call

pytestmark = pytest.mark.e2e


@pytest.fixture
def template(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROBE.parent, tmp_path / "probe")) / "template.yaml"


def test_a_changed_template_and_changed_code_are_deployed_at_the_next_start(template: Path, tmp_path: Path) -> None:
    with platform(tmp_path / "data", template) as running:
        call(running, "PUT", "/items/kept", b"1")
        running.stop()
        text = template.read_text().replace("Method: GET, Path: / }", "Method: GET, Path: /new }")
        template.write_text(text)
        code = template.parent / "layers/core/probe/__init__.py"
        code.write_text(code.read_text().replace('"probe"', '"changed"'))
        running.start()
        assert json.loads(call(running, "GET", "/new").body)["route"] == "GET /new"
        assert json.loads(call(running, "GET", "/new").body)["layer"] == "changed"
        assert call(running, "GET", "/").status == 404, "the route of the old template is gone"
        assert call(running, "OPTIONS", "/new", origin="http://a.test").status == 204, "an update drops CORS"
        assert call(running, "GET", "/items/kept").body == b"1"


def test_a_template_that_the_engine_refuses_stops_with_the_resource_and_the_reason(
    template: Path, tmp_path: Path
) -> None:
    good = template.read_text()
    template.write_text(good.replace("      Namespace: AWS/SQS\n", ""))
    with pytest.raises(NotReady) as refused, platform(tmp_path / "data", template):
        pass
    reason = "inframind: deployment failed: WorkDeadLettersAlarm: MetricName and Namespace are required"
    assert reason in str(refused.value)
    template.write_text(good)
    with platform(tmp_path / "data", template) as running:
        assert call(running, "GET", "/").status == 200, "a failed first deployment is replaced"


def test_a_second_run_on_the_same_data_is_refused_in_one_line(template: Path, tmp_path: Path) -> None:
    with platform(tmp_path / "data", template) as running:
        with pytest.raises(NotReady) as refused, platform(tmp_path / "data", template):
            pass
        assert "is in use by another run" in str(refused.value)
        assert call(running, "GET", "/").status == 200
