"""The connection to the platform is private, and to the platform."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.infra.agent.conftest import Starter
from tests.infra.agent.recorder import Recorder
from tests.infra.agent.running import until
from tests.infra.agent.secure import authority, serving
from tests.infra.agent.test_push import pushing


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority and what it signed."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    return authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def secure(made: Path) -> Iterator[Recorder]:
    one = Recorder(serving(made, "server"))
    yield one
    one.close()


@pytest.fixture
def impostor(made: Path) -> Iterator[Recorder]:
    """A server whose certificate is good, but for another host."""
    one = Recorder(serving(made, "other"))
    yield one
    one.close()


def test_samples_arrive_over_tls(agent: Starter, secure: Recorder, made: Path) -> None:
    agent(pushing(secure, platform={"url": secure.url, "ca_file": str(made / "ca.pem")}))
    until(lambda: len(secure.taken) >= 3)
    times = secure.times("node_load1")  # more may come meanwhile
    assert times == sorted(times)


def test_an_authority_is_found_by_its_hash_in_a_folder(agent: Starter, secure: Recorder, made: Path) -> None:
    agent(pushing(secure, platform={"url": secure.url, "ca_directory": str(made / "authorities")}))
    until(lambda: secure.taken)


def test_an_unknown_authority_gets_nothing(agent: Starter, secure: Recorder) -> None:
    running = agent(pushing(secure))
    line = until(lambda: running.logged("the platform does not take requests; they wait"))
    assert "certificate" in line["reason"]
    assert secure.requests == []


def test_a_certificate_of_another_host_gets_nothing(agent: Starter, impostor: Recorder, made: Path) -> None:
    running = agent(pushing(impostor, platform={"url": impostor.url, "ca_file": str(made / "ca.pem")}))
    line = until(lambda: running.logged("the platform does not take requests; they wait"))
    assert "mismatch" in line["reason"]
    assert impostor.requests == []


def test_the_check_can_be_switched_off(agent: Starter, impostor: Recorder) -> None:
    agent(pushing(impostor, platform={"url": impostor.url, "verify": False}))
    until(lambda: impostor.taken)


def test_a_plain_server_is_not_taken_for_a_secure_one(agent: Starter, recorder: Recorder) -> None:
    running = agent(pushing(recorder, platform={"url": recorder.url.replace("http:", "https:")}))
    line = until(lambda: running.logged("the platform does not take requests; they wait"))
    assert "no TLS connection with 127.0.0.1" in line["reason"]
