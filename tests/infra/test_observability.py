"""The files under infra/prometheus, grafana, compose and k8s, as far as they can be checked without a cluster."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from inframind.http.platform.exposition import exposition
from inframind.platform.catalogue import COUNTERS
from tests.cloudformation import ROOT

INFRA = ROOT / "infra"
PROMETHEUS, GRAFANA, COMPOSE, K8S = (INFRA / name for name in ("prometheus", "grafana", "compose", "k8s"))
SEED_PANELS = {
    "HTTP Request Rate",
    "API Latency (P95)",
    "HTTP Error Rate (5xx)",
    "Anomaly Check Rate",
    "Metrics Ingestion Rate",
    "Total High Risk SLA Assessments",
}
DASHBOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))
PINNED = re.compile(r"[a-z/-]+:v?\d+\.\d+\.\d+")
WORDS = (
    "http|metrics|anomaly|anomalies|sla|frames|samples|builds?|pipeline|suggestions?|models?|"
    "incidents|signals|notices|analyses|analysis|log|series|conditions"
)
OURS = re.compile(rf"\b((?:{WORDS})_[a-z_]+)\b(?=[{{\[)])")
# What a counter is called that counts what is gone.
LOSS = re.compile(r"_(rejected|refused|set_aside|lost|dropped)_total$")

promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (apt: prometheus)")
kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")


def run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def panels() -> list[tuple[str, dict[str, Any]]]:
    return [(path.stem, panel) for path in DASHBOARDS for panel in json.loads(path.read_text())["panels"]]


def expressions() -> list[str]:
    shown = [target["expr"] for _, panel in panels() for target in panel["targets"]]
    return shown + [rule["expr"] for group in load(PROMETHEUS / "rules.yml")["groups"] for rule in group["rules"]]


@promtool
def test_prometheus_has_nothing_against_the_names_that_are_shown() -> None:
    text = exposition({}, "")[0]
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@cache
def exposed() -> set[str]:
    text = exposition({}, "")[0].decode()
    families = dict(re.findall(r"# TYPE (\S+) (\S+)", text))
    return set(families) | {f"{name}_bucket" for name, kind in families.items() if kind == "histogram"}


@pytest.fixture
def prometheus(tmp_path: Path) -> Path:
    """infra/prometheus with key files, as its first lines tell to lay them."""
    folder = tmp_path / "prometheus"
    shutil.copytree(PROMETHEUS, folder, ignore=shutil.ignore_patterns("keys"))
    for role in ("viewer", "ingest"):
        (folder / "keys").mkdir(exist_ok=True)
        (folder / "keys" / f"{role}.key").write_text("im_key")
    return folder


@promtool
def test_prometheus_accepts_its_configuration(prometheus: Path) -> None:
    run("promtool", "check", "config", prometheus / "prometheus.yml")


@promtool
def test_every_alert_fires_when_it_should_and_only_then() -> None:
    run("promtool", "test", "rules", PROMETHEUS / "rules_test.yml")


def test_every_alert_is_tested_firing_and_quiet() -> None:
    alerts = {rule["alert"] for group in load(PROMETHEUS / "rules.yml")["groups"] for rule in group["rules"]}
    checks = [one for test in load(PROMETHEUS / "rules_test.yml")["tests"] for one in test["alert_rule_test"]]
    assert {check["alertname"] for check in checks if check["exp_alerts"]} == alerts
    assert {check["alertname"] for check in checks if not check["exp_alerts"]} == alerts


@promtool
def test_every_expression_of_every_panel_is_promql(tmp_path: Path) -> None:
    known = {"$__rate_interval": "5m", "$instance": ".*", "$pipeline": ".*"}
    rules = []
    for number, (board, panel) in enumerate(panels()):
        for target in panel["targets"]:
            expression = target["expr"]
            for name, value in known.items():
                expression = expression.replace(name, value)
            assert "$" not in expression, (board, panel["title"])
            rules.append({"record": f"panel:{number}:{target['refId'].lower()}", "expr": expression})
    (tmp_path / "panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    run("promtool", "check", "rules", tmp_path / "panels.yml")


def test_panels_and_alerts_speak_of_counters_that_exist() -> None:
    named = {name for expression in expressions() for name in OURS.findall(expression)}
    assert len(named) > 5
    assert named <= exposed()


def test_whatever_loses_or_refuses_data_has_an_alert() -> None:
    losing = {one.name for one in COUNTERS if LOSS.search(one.name)}
    rules = " ".join(rule["expr"] for group in load(PROMETHEUS / "rules.yml")["groups"] for rule in group["rules"])
    assert len(losing) > 5
    assert losing <= set(OURS.findall(rules))


def test_the_seeds_dashboard_has_its_uid_and_all_six_panels() -> None:
    board = json.loads((GRAFANA / "dashboards" / "infra-mind.json").read_text())
    assert board["uid"] == "infra-mind-new-03"
    assert {panel["title"] for panel in board["panels"]} == SEED_PANELS


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_panels_have_their_own_place_and_id_and_a_known_source(path: Path) -> None:
    board = json.loads(path.read_text())
    places = [cell for panel in board["panels"] for cell in cells(panel["gridPos"])]
    assert len(places) == len(set(places))
    assert max(x for x, _ in places) < 24
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    sources = {target["datasource"]["uid"] for panel in board["panels"] for target in panel["targets"]}
    (provisioned,) = load(GRAFANA / "provisioning/datasources/prometheus.yml")["datasources"]
    assert sources == {provisioned["uid"]}


def cells(place: dict[str, int]) -> Iterator[tuple[int, int]]:
    for x in range(place["x"], place["x"] + place["w"]):
        for y in range(place["y"], place["y"] + place["h"]):
            yield x, y


def test_dashboards_have_different_uids() -> None:
    assert len({json.loads(path.read_text())["uid"] for path in DASHBOARDS}) == len(DASHBOARDS)


def test_compose_pins_its_images_and_stays_on_loopback() -> None:
    services = load(COMPOSE / "docker-compose.yml")["services"]
    assert {"prometheus", "grafana"} <= services.keys()
    for name, service in services.items():
        assert PINNED.fullmatch(service["image"]), name
        assert service["network_mode"] == "host"
        assert "127.0.0.1" in json.dumps([service.get("command"), service.get("environment")]), name
        assert service["cap_drop"] == ["ALL"]
        assert service["mem_limit"]


def test_compose_mounts_what_is_there_where_grafana_looks_for_it() -> None:
    services = load(COMPOSE / "docker-compose.yml")["services"]
    mounts = [mount.split(":") for service in services.values() for mount in service["volumes"]]
    for source, _target, *_ in mounts:
        if source.startswith(".."):
            assert (COMPOSE / source).exists(), source
    (provider,) = load(GRAFANA / "provisioning/dashboards/inframind.yml")["providers"]
    assert provider["options"]["path"] in {target for _, target, *_ in mounts}


def test_compose_takes_passwords_and_keys_from_the_environment() -> None:
    whole = load(COMPOSE / "docker-compose.yml")
    grafana = whole["services"]["grafana"]["environment"]
    assert grafana["GF_SECURITY_ADMIN_PASSWORD"] == "${GRAFANA_ADMIN_PASSWORD:-admin}"
    (datasource,) = load(GRAFANA / "provisioning/datasources/prometheus.yml")["datasources"]
    assert datasource["url"].removeprefix("$") in grafana
    targets = {secret["target"] for secret in whole["services"]["prometheus"]["secrets"]}
    assert targets == {f"/etc/prometheus/{name}" for name in key_files(load(PROMETHEUS / "prometheus.yml"))}


def key_files(node: Any) -> set[str]:
    if isinstance(node, dict):
        here = {node["credentials_file"]} if "credentials_file" in node else set()
        return here.union(*(key_files(part) for part in node.values()))
    return set().union(*(key_files(part) for part in node)) if isinstance(node, list) else set()


def manifests() -> list[dict[str, Any]]:
    files = load(K8S / "kustomization.yaml")["resources"]
    return [document for name in files for document in yaml.safe_load_all((K8S / name).read_text())]


def workloads() -> list[dict[str, Any]]:
    return [one for one in manifests() if one["kind"] in {"StatefulSet", "DaemonSet", "Deployment"}]


def pod(workload: dict[str, Any]) -> dict[str, Any]:
    template: dict[str, Any] = workload["spec"]["template"]
    return template


WORKLOADS = pytest.mark.parametrize("workload", workloads(), ids=lambda one: one["metadata"]["name"])


@WORKLOADS
def test_a_workload_selects_its_own_pods(workload: dict[str, Any]) -> None:
    labels = pod(workload)["metadata"]["labels"]
    assert workload["spec"]["selector"]["matchLabels"].items() <= labels.items()


@WORKLOADS
def test_a_container_is_probed_limited_and_has_no_privileges(workload: dict[str, Any]) -> None:
    assert pod(workload)["spec"]["securityContext"]["runAsNonRoot"] is True
    for container in pod(workload)["spec"]["containers"]:
        assert PINNED.fullmatch(container["image"])
        assert {"cpu", "memory"} <= container["resources"]["limits"].keys()
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
        assert {"livenessProbe", "readinessProbe"} <= container.keys()
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


@WORKLOADS
def test_every_mount_port_and_account_is_declared(workload: dict[str, Any]) -> None:
    spec = pod(workload)["spec"]
    claims = {claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", ())}
    volumes = {volume["name"] for volume in spec["volumes"]} | claims
    accounts = {one["metadata"]["name"] for one in manifests() if one["kind"] == "ServiceAccount"}
    assert spec["serviceAccountName"] in accounts
    for container in spec["containers"]:
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes
        ports = {port["name"] for port in container["ports"]}
        probes = [probe["httpGet"]["port"] for name, probe in container.items() if name.endswith("Probe")]
        assert set(probes) <= ports


def test_the_host_is_mounted_read_only() -> None:
    (exporter,) = (one for one in workloads() if one["kind"] == "DaemonSet")
    for container in pod(exporter)["spec"]["containers"]:
        assert all(mount["readOnly"] for mount in container["volumeMounts"])


def test_generated_names_are_the_ones_that_are_mounted() -> None:
    kustomization = load(K8S / "kustomization.yaml")
    generated = {one["name"] for kind in ("configMapGenerator", "secretGenerator") for one in kustomization[kind]}
    volumes = [volume for one in workloads() for volume in pod(one)["spec"]["volumes"]]
    mounted = {volume["configMap"]["name"] for volume in volumes if "configMap" in volume}
    mounted |= {volume["secret"]["secretName"] for volume in volumes if "secret" in volume}
    assert mounted == generated
    keys = {Path(name).name for name in kustomization["secretGenerator"][0]["files"]}
    assert keys == {Path(name).name for name in key_files(load(K8S / "prometheus.yml"))}


def test_no_rule_of_the_cluster_grants_everything() -> None:
    for role in (one for one in manifests() if one["kind"] == "ClusterRole"):
        assert "*" not in json.dumps(role["rules"])
        assert {verb for rule in role["rules"] for verb in rule["verbs"]} <= {"get", "list", "watch"}


@promtool
def test_prometheus_accepts_the_clusters_configuration_apart_from_discovery(tmp_path: Path) -> None:
    configuration = load(K8S / "prometheus.yml")
    for job in configuration["scrape_configs"]:
        job.pop("kubernetes_sd_configs", None)  # Debian's promtool is built without it
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    run("promtool", "check", "config", "--syntax-only", tmp_path / "prometheus.yml")


@kubectl
def test_kustomize_builds_the_manifests(tmp_path: Path) -> None:
    folder = tmp_path / "k8s"
    shutil.copytree(K8S, folder, ignore=shutil.ignore_patterns("keys"))
    (folder / "keys").mkdir()
    for role in ("viewer", "ingest"):
        (folder / "keys" / f"{role}.key").write_text("im_key")
    run("kubectl", "kustomize", folder)
