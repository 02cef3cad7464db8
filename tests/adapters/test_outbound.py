"""Calls go where they may, end in time, and say what to do next, however the other side behaves."""

import time
from collections.abc import Sequence
from functools import partial

import pytest

from inframind.adapters import outbound as adapter
from inframind.adapters.outbound import Outbound
from inframind.adapters.outbound_addresses import networks, target
from inframind.errors import Rejected, Unavailable
from inframind.notification.outgoing import Post
from tests.adapters.servers import Server, answers, drips, hangs, reply, serving

LOCAL = networks("127.0.0.0/8")


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine attempts take long."""
    monkeypatch.setattr(adapter, "BUDGET_S", 600.0)


def to(server: Server) -> Post:
    return Post(server.url, {"content-type": "application/json"}, b"{}")


def outbound(call_s: float = 60.0) -> Outbound:
    return Outbound(LOCAL, call_s=call_s, pause_s=0.01)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:169.254.169.254",
        "::ffff:10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "fec0::1",
        "2002:a9fe:a9fe::1",
    ],
)
def test_an_inner_address_is_refused_whatever_name_it_has(address: str) -> None:
    with pytest.raises(Rejected, match="open Internet"):
        target("https://innocent.example.com/x", (), lambda _host, _port: [address])


@pytest.mark.parametrize("address", ["64:ff9b::5db8:d70e", "::ffff:5db8:d70e", "2606:4700::1111"])
def test_a_public_address_is_called_through_nat64_as_well(address: str) -> None:
    assert target("https://hooks.example.com/x", (), lambda _host, _port: [address]).address == address


def test_one_inner_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(Rejected):
        target("https://mixed.example.com/", (), lambda _host, _port: ["93.184.215.14", "10.0.0.1"])


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost", "[::1]", "[::ffff:7f00:1]"])
def test_the_disguises_of_loopback_are_seen_through(host: str) -> None:
    with pytest.raises((Rejected, Unavailable)):
        target(f"https://{host}/", ())


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com",
        "https://",
        "https://user:pw@example.com/",
        "https://[::",
        "file:///etc/passwd",
        "https://example.com:99999/",
    ],
)
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(Rejected):
        target(url, (), lambda _host, _port: ["93.184.215.14"])


def test_plain_http_is_for_allowed_loopback_alone() -> None:
    public: Sequence[str] = ["93.184.215.14"]
    with pytest.raises(Rejected, match="https"):
        target("http://example.com/", networks("0.0.0.0/0"), lambda _host, _port: public)
    assert target("http://127.0.0.1:8080/x?y=1", LOCAL).path == "/x?y=1"


def addressed(address: str, _host: str, _port: int) -> Sequence[str]:
    return [address]


def test_plain_http_may_be_let_into_the_networks_that_are_allowed_and_into_no_other() -> None:
    inner = networks("10.0.0.0/8")
    assert target("http://ollama:11434/", inner, lambda _host, _port: ["10.0.0.7"], plain=True).address == "10.0.0.7"
    for address in ("192.168.0.7", "93.184.215.14", "169.254.169.254"):
        with pytest.raises(Rejected):
            target("http://ollama:11434/", inner, partial(addressed, address), plain=True)


def test_the_name_is_resolved_once_and_the_judged_address_is_called() -> None:
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with serving(answers(reply(200, b"fine"))) as server:
        post = Post(f"http://hooks.example.com:{server.port}/x", {}, b"{}")
        assert Outbound(LOCAL, rebinding).post(post) == b"fine"
    assert asked == ["hooks.example.com"]
    assert f"host: hooks.example.com:{server.port}".encode() in server.requests[0].lower()


@pytest.mark.parametrize("status", [429, 500, 503, 408])
def test_what_may_pass_is_tried_again(status: int) -> None:
    with serving(answers(reply(status), reply(200, b"done"))) as server:
        assert outbound().post(to(server)) == b"done"
        assert len(server.requests) == 2


def test_what_lasts_is_given_back_after_three_attempts_with_the_wait_that_was_asked_for() -> None:
    with serving(answers(reply(503))) as server, pytest.raises(Unavailable, match="answered 503"):
        outbound().post(to(server))
    assert len(server.requests) == 3
    with serving(answers(reply(429, b"", b"retry-after: 900"))) as server, pytest.raises(Unavailable) as failed:
        outbound().post(to(server))
    assert (len(server.requests), failed.value.retry_after_s) == (1, 900)


def test_a_short_retry_after_is_waited_for() -> None:
    with serving(answers(reply(429, b"", b"retry-after: 1"), reply(200))) as server:
        begun = time.monotonic()
        outbound().post(to(server))
        assert time.monotonic() - begun >= 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_what_is_wrong_for_good_is_tried_once(status: int) -> None:
    with serving(answers(reply(status))) as server, pytest.raises(Rejected, match=str(status)):
        outbound().post(to(server))
    assert len(server.requests) == 1


def test_a_redirect_to_the_metadata_service_is_not_followed() -> None:
    moved = reply(302, b"", b"location: http://169.254.169.254/latest/meta-data/")
    with serving(answers(moved)) as server, pytest.raises(Rejected, match="redirects"):
        outbound().post(to(server))


def test_a_huge_answer_is_not_swallowed() -> None:
    with serving(answers(reply(200, b"x" * 200_000))) as server, pytest.raises(Rejected, match="65536 bytes"):
        outbound().post(to(server))


@pytest.mark.parametrize("misbehaviour", [hangs, drips])
def test_a_server_that_dawdles_is_cut_off_in_time(misbehaviour: object) -> None:
    with serving(misbehaviour) as server:  # type: ignore[arg-type]
        begun = time.monotonic()
        with pytest.raises(Unavailable, match="did not answer"):
            outbound(call_s=0.2).post(to(server))
        assert time.monotonic() - begun < 45


@pytest.mark.parametrize("cut", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf", b"gibberish\r\n\r\n"])
def test_an_answer_cut_off_may_pass(cut: bytes) -> None:
    with serving(answers(cut)) as server, pytest.raises(Unavailable):
        outbound().post(to(server))


def test_nobody_listening_may_pass() -> None:
    with serving(answers(b"")) as server:
        pass
    with pytest.raises(Unavailable):
        outbound().post(to(server))


def test_no_error_tells_the_secret_path() -> None:
    with serving(answers(reply(404))) as server, pytest.raises(Rejected) as refused:
        outbound().post(to(server))
    assert "secret" not in str(refused.value)
    assert "secret" not in repr(to(server))


def test_a_header_cannot_be_smuggled() -> None:
    with serving(answers(reply(200))) as server, pytest.raises((Rejected, ValueError)):
        outbound().post(Post(server.url, {"authorization": "Bearer x\r\nhost: evil"}, b"{}"))
