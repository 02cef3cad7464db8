#include <catch2/catch.hpp>

#include "net/http_parse.hpp"
#include "net/url.hpp"

using namespace inframind;

namespace {

Progress feed_all(ResponseReader& reader, std::string_view text, std::size_t piece) {
    auto progress = Progress::incomplete;
    while (!text.empty() && progress == Progress::incomplete) {
        progress = reader.feed(text.substr(0, piece));
        text.remove_prefix(std::min(piece, text.size()));
    }
    return text.empty() ? progress : Progress::malformed;
}

Progress request(std::string_view text) {
    Request parsed;
    return parse_request(text, parsed);
}

}  // namespace

TEST_CASE("an address has a scheme, a host, a port and a path") {
    CHECK(parse_url("https://a.example/x/") == Url{true, "a.example", "443", "/x"});
    CHECK(parse_url("http://127.0.0.1:8000") == Url{false, "127.0.0.1", "8000", ""});
    CHECK(parse_url("http://[::1]:8000") == Url{false, "::1", "8000", ""});
    for (const auto* text : {"", "ftp://x", "http://", "http://a:b", "http://a:99999", "http://u:p@a", "http://a/x?y",
                             "http://a b", "http://[::1", "http://a/\n"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_url(text).has_value());
    }
}

TEST_CASE("a place to listen is an address and a port") {
    CHECK(parse_address(":9102")->host.empty());
    CHECK(parse_address("[::1]:9102")->host == "::1");
    CHECK_FALSE(parse_address("9102").has_value());
    CHECK_FALSE(parse_address("::1:9102").has_value());
}

TEST_CASE("a request is read once it is whole") {
    Request parsed;
    CHECK(request("GET /metrics HTTP/1.1\r\nHost: x\r\n") == Progress::incomplete);
    CHECK(parse_request("GET /metrics?a=1 HTTP/1.1\r\nHost: x\r\n\r\nGET", parsed) == Progress::complete);
    CHECK(parsed.path == "/metrics");
    CHECK(parsed.keep_alive);
    CHECK(parsed.size == 38);
    CHECK(parse_request("GET / HTTP/1.1\r\nconnection: Close\r\n\r\n", parsed) == Progress::complete);
    CHECK_FALSE(parsed.keep_alive);
    CHECK(parse_request("GET / HTTP/1.0\r\n\r\n", parsed) == Progress::complete);
    CHECK_FALSE(parsed.keep_alive);
}

TEST_CASE("a request with a body, or that is none, is malformed") {
    CHECK(request("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc") == Progress::malformed);
    CHECK(request("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n") == Progress::malformed);
    CHECK(request("GET x HTTP/1.1\r\n\r\n") == Progress::malformed);
    CHECK(request("GET / SPDY/1\r\n\r\n") == Progress::malformed);
    CHECK(request(std::string(largest_head, 'a')) == Progress::malformed);
}

TEST_CASE("an answer is read in pieces of any size") {
    const std::string counted = "HTTP/1.1 503 Busy\r\nContent-Length: 5\r\nRetry-After: 7\r\n\r\nsorry";
    const std::string chunked =
        "HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nsor\r\n2\r\nry\r\n0\r\nT: x\r\n\r\n";
    const auto piece = GENERATE(1u, 2u, 3u, 7u, 1000u);
    ResponseReader first;
    CHECK(feed_all(first, counted, piece) == Progress::complete);
    CHECK(first.status() == 503);
    CHECK(first.body() == "sorry");
    CHECK(retry_after_ms(first.retry_after()) == 7000);
    ResponseReader second;
    CHECK(feed_all(second, chunked, piece) == Progress::complete);
    CHECK(second.status() == 400);
    CHECK(second.body() == "sorry");
    CHECK(second.keep_alive());
}

TEST_CASE("an answer without a length lasts until the connection closes") {
    ResponseReader reader;
    CHECK(reader.feed("HTTP/1.1 200 OK\r\n\r\nall") == Progress::incomplete);
    CHECK(reader.closed() == Progress::complete);
    CHECK_FALSE(reader.keep_alive());
}

TEST_CASE("an interim answer is not the answer") {
    ResponseReader reader;
    CHECK(reader.feed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n") == Progress::complete);
    CHECK(reader.status() == 204);
}

TEST_CASE("an answer that is none is malformed") {
    for (const auto* text :
         {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 999 x\r\n\r\n", "HTTP/1.1 200 x\r\nContent-Length: x\r\n\r\n",
          "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 204 x\r\n\r\nmore"}) {
        CAPTURE(text);
        ResponseReader reader;
        CHECK(reader.feed(text) == Progress::malformed);
    }
    ResponseReader cut;
    CHECK(cut.feed("HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\nabc") == Progress::incomplete);
    CHECK(cut.closed() == Progress::malformed);
}

TEST_CASE("a pause is asked for in seconds") {
    CHECK(retry_after_ms("30") == 30000);
    CHECK_FALSE(retry_after_ms("").has_value());
    CHECK_FALSE(retry_after_ms("Wed, 21 Oct 2026 07:28:00 GMT").has_value());
    CHECK_FALSE(retry_after_ms("99999999999").has_value());
}
