import subprocess
from pathlib import Path

import pytest

from infra.local.environments import Environment, prepare, run_environments
from infra.local.settings import Refused


def environment(folder: Path, lock: str) -> Environment:
    path = folder / "requirements.txt"
    path.write_text(lock)
    return Environment("probe", folder / ".venv" / "probe", (path,))


@pytest.mark.e2e
def test_an_interrupted_installation_is_mended_and_a_complete_one_is_left_alone(tmp_path: Path) -> None:
    one = environment(tmp_path, "# nothing\n")
    (one.folder / "bin").mkdir(parents=True)
    (one.folder / "bin" / "python").write_text("half written")
    said: list[str] = []
    prepare((one,), said.append)
    assert subprocess.run([one.python, "-c", ""]).returncode == 0
    assert said[0] == "probe: installing 0 packages"
    prepare((one,), said.append)
    assert len(said) == 2
    one.locks[0].write_text("# another lock\n")
    assert not one.is_complete()


@pytest.mark.e2e
def test_a_package_with_another_hash_is_refused_with_the_reason(tmp_path: Path) -> None:
    wheel = tmp_path / "probe-1-py3-none-any.whl"
    wheel.write_bytes(b"no wheel")
    one = environment(tmp_path, f"probe @ file://{wheel} --hash=sha256:{'0' * 64}\n")
    with pytest.raises(Refused, match="installing the probe environment failed: "):
        prepare((one,), lambda line: None)
    assert not one.is_complete()


def test_the_functions_environment_is_what_layers_and_functions_declare() -> None:
    engine, functions = run_environments()
    assert engine.locks[0].name == "requirements-engine.txt"
    assert {lock.parent.name for lock in functions.locks} >= {"core", "platform"}
