"""What is installed besides the program: the systemd unit, the image, the DaemonSet."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cloudformation import ROOT
from tests.infra.agent.building import SOURCE
from tests.infra.agent.conftest import Once

UNIT = SOURCE / "inframind-agent.service"
DAEMONSET = Path(ROOT, "infra/k8s/agent-daemonset.yaml")
SAFE_ENOUGH = 2.0  # systemd's exposure, from 0 (tight) to 10


def documents() -> dict[str, Any]:
    return {document["kind"]: document for document in yaml.safe_load_all(DAEMONSET.read_text())}


def test_systemd_understands_the_unit(tmp_path: Path, program: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/bin/inframind-agent", str(program)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert [line for line in done.stderr.splitlines() if UNIT.name in line] == []


def test_the_unit_is_hardened(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNIT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    if not found:
        pytest.skip(f"systemd-analyze cannot judge here: {done.stderr.strip()}")
    assert float(found[1]) <= SAFE_ENOUGH


def test_the_configuration_of_the_daemonset_is_valid(once: Once, tmp_path: Path) -> None:
    (tmp_path / "agent.yaml").write_text(documents()["ConfigMap"]["data"]["agent.yaml"])
    pod = documents()["DaemonSet"]["spec"]["template"]["spec"]
    values = {"NODE_NAME": "node-1", "HOST_IP": "10.0.0.1"}
    arguments = [re.sub(r"\$\((\w+)\)", lambda found: values[found[1]], word) for word in pod["containers"][0]["args"]]
    arguments[0] = f"--config={tmp_path}/agent.yaml"
    done = once("--check-config", *arguments)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_daemonset_mounts_what_its_configuration_names() -> None:
    config = yaml.safe_load(documents()["ConfigMap"]["data"]["agent.yaml"])
    pod = documents()["DaemonSet"]["spec"]["template"]["spec"]
    mounts = [Path(mount["mountPath"]) for mount in pod["containers"][0]["volumeMounts"]]
    named = [*config["paths"].values(), config["platform"]["key_file"], config["buffer"]["spool"]]
    assert all(any(Path(path).is_relative_to(mount) for mount in mounts) for path in named)
    assert {mount["name"] for mount in pod["containers"][0]["volumeMounts"]} == {
        volume["name"] for volume in pod["volumes"]
    }


def test_the_pod_runs_without_privileges() -> None:
    pod = documents()["DaemonSet"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    container = pod["containers"][0]["securityContext"]
    assert (container["allowPrivilegeEscalation"], container["readOnlyRootFilesystem"]) == (False, True)
    assert container["capabilities"] == {"drop": ["ALL"]}
    assert pod["automountServiceAccountToken"] is False


def test_the_image_builds_from_the_listed_packages() -> None:
    text = (SOURCE / "Dockerfile").read_text()
    listed = set((SOURCE / "packages.txt").read_text().splitlines())
    wanted = re.search(r"no-install-recommends \\\n(.+?)\\\n", text)
    assert wanted
    assert set(wanted[1].split()) <= listed
    assert "USER 65534" in text


def test_an_installation_keeps_an_edited_configuration(program: Path, tmp_path: Path) -> None:
    def install() -> None:
        command = ["cmake", "--install", str(program.parent), "--strip"]
        subprocess.run(command, check=True, capture_output=True, env=os.environ | {"DESTDIR": str(tmp_path)})

    install()
    config = tmp_path / "etc/inframind/agent.yaml"
    assert config.read_text() == (SOURCE / "agent.yaml").read_text()
    config.write_text("interval: 1m\n")
    install()
    assert config.read_text() == "interval: 1m\n"
    assert (tmp_path / "usr/lib/systemd/system/inframind-agent.service").exists()
    assert (tmp_path / "usr/bin/inframind-agent").stat().st_size < 6_000_000


def test_the_agent_works_without_privileges(program: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("only root can give privileges up")
    with tempfile.TemporaryDirectory() as folder:  # not pytest's, which only its user may enter
        Path(folder).chmod(0o755)
        copy = shutil.copy(program, folder)
        as_nobody = [
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "--no-new-privs",
            "--bounding-set=-all",
        ]
        done = subprocess.run([*as_nobody, copy, "--once"], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    failing = re.findall(r'collector_success\{collector="(\w+)"\} 0', done.stdout)
    assert failing == []
