#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inframind {

/// What a client asks: enough of HTTP/1.x for a door with three paths.
struct Request {
    std::string method;
    std::string path;  // without the query
    bool keep_alive = true;
    std::size_t size = 0;  // bytes of the request in the buffer
};

enum class Progress { complete, incomplete, malformed };

constexpr std::size_t largest_head = 16 << 10;

/// Reads one request without a body from the start of `buffer`.
Progress parse_request(std::string_view buffer, Request& request);

/// The answer of a server, read piece by piece.
class ResponseReader {
public:
    /// Takes the next bytes. Bytes after the end of the answer are malformed: nothing was asked that they answer.
    Progress feed(std::string_view bytes);

    /// The connection was closed by the server: complete where the answer lasts until then.
    Progress closed() const { return stage_ == Stage::until_closed ? Progress::complete : Progress::malformed; }

    bool begun() const { return stage_ != Stage::head || !head_.empty(); }
    int status() const { return status_; }
    bool keep_alive() const { return keep_alive_; }
    const std::string& retry_after() const { return retry_after_; }
    /// The first 4 kB of the body.
    const std::string& body() const { return body_; }

private:
    enum class Stage { head, counted, chunk_size, chunk, chunk_end, trailer, until_closed, done };

    Progress parse_head();
    bool parse_header(std::string_view line);
    bool take_framing(std::string_view line);
    void keep(std::string_view bytes);

    Stage stage_ = Stage::head;
    std::string head_;
    std::string line_;
    std::string body_;
    std::string retry_after_;
    std::uint64_t left_ = 0;
    std::optional<std::uint64_t> length_;
    bool chunked_ = false;
    bool keep_alive_ = true;
    int status_ = 0;
};

/// The pause that a Retry-After header asks for, in milliseconds: a number of seconds; a date is not followed.
std::optional<std::int64_t> retry_after_ms(std::string_view header);

}  // namespace inframind
