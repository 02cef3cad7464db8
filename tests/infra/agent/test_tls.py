"""The connection to the platform is private, and to the platform."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.infra.agent.conftest import Starter
from tests.infra.agent.recorder import Recorder
from tests.infra.agent.running import until
from tests.infra.agent.test_push import pushing


def openssl(*arguments: str, folder: Path) -> str:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority (ca.pem, and hashed below authorities/) and a server's certificate for 127.0.0.1."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA", folder=folder)
    for name, subject in (("server", "IP:127.0.0.1"), ("other", "DNS:elsewhere.example")):
        openssl("req", *curve, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=server", folder=folder)
        (folder / f"{name}.ext").write_text(f"subjectAltName={subject}\n")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext")
        openssl("x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem", folder=folder)
    (folder / "authorities").mkdir()
    digest = openssl("x509", "-hash", "-noout", "-in", "ca.pem", folder=folder)
    shutil.copy(folder / "ca.pem", folder / "authorities" / f"{digest}.0")
    return folder


def serving(authority: Path, name: str) -> Recorder:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / f"{name}.pem", authority / f"{name}.key")
    return Recorder(context)


@pytest.fixture
def secure(authority: Path) -> Iterator[Recorder]:
    one = serving(authority, "server")
    yield one
    one.close()


@pytest.fixture
def impostor(authority: Path) -> Iterator[Recorder]:
    """A server whose certificate is good, but for another host."""
    one = serving(authority, "other")
    yield one
    one.close()


def test_samples_arrive_over_tls(agent: Starter, secure: Recorder, authority: Path) -> None:
    agent(pushing(secure, platform={"url": secure.url, "ca_file": str(authority / "ca.pem")}))
    until(lambda: len(secure.taken) >= 3)
    assert secure.times("node_load1") == sorted(secure.times("node_load1"))


def test_an_authority_is_found_by_its_hash_in_a_folder(agent: Starter, secure: Recorder, authority: Path) -> None:
    agent(pushing(secure, platform={"url": secure.url, "ca_directory": str(authority / "authorities")}))
    until(lambda: secure.taken)


def test_an_unknown_authority_gets_nothing(agent: Starter, secure: Recorder) -> None:
    running = agent(pushing(secure))
    line = until(lambda: running.logged("the platform cannot be reached; samples wait"))
    assert "certificate" in line["reason"]
    assert secure.requests == []


def test_a_certificate_of_another_host_gets_nothing(agent: Starter, impostor: Recorder, authority: Path) -> None:
    running = agent(pushing(impostor, platform={"url": impostor.url, "ca_file": str(authority / "ca.pem")}))
    line = until(lambda: running.logged("the platform cannot be reached; samples wait"))
    assert "mismatch" in line["reason"]
    assert impostor.requests == []


def test_the_check_can_be_switched_off(agent: Starter, impostor: Recorder) -> None:
    agent(pushing(impostor, platform={"url": impostor.url, "verify": False}))
    until(lambda: impostor.taken)


def test_a_plain_server_is_not_taken_for_a_secure_one(agent: Starter, recorder: Recorder) -> None:
    running = agent(pushing(recorder, platform={"url": recorder.url.replace("http:", "https:")}))
    line = until(lambda: running.logged("the platform cannot be reached; samples wait"))
    assert "no TLS connection with 127.0.0.1" in line["reason"]
