#include "net/http_parse.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>

#include "text/scan.hpp"

namespace inframind {
namespace {

constexpr std::size_t largest_body_kept = 4 << 10;
constexpr std::size_t longest_chunk_line = 256;

bool same(std::string_view left, std::string_view right) {
    return left.size() == right.size() && ::strncasecmp(left.data(), right.data(), left.size()) == 0;
}

std::string_view without_return(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// The value of "Name: value" where the name is the one wanted.
std::optional<std::string_view> header(std::string_view line, std::string_view wanted) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !same(line.substr(0, colon), wanted)) return std::nullopt;
    return trimmed(line.substr(colon + 1));
}

/// Just behind the empty line that ends a head; nothing where it has not come.
std::optional<std::size_t> head_end(std::string_view buffer) {
    const auto strict = buffer.find("\r\n\r\n");
    const auto loose = buffer.find("\n\n");
    if (strict == std::string_view::npos && loose == std::string_view::npos) return std::nullopt;
    return strict < loose ? strict + 4 : loose + 2;
}

bool is_token(std::string_view word) {
    return !word.empty() && std::all_of(word.begin(), word.end(), [](char byte) { return byte > 0x20 && byte < 0x7F; });
}

}  // namespace

Progress parse_request(std::string_view buffer, Request& request) {
    const auto end = head_end(buffer.substr(0, largest_head));
    if (!end) return buffer.size() >= largest_head ? Progress::malformed : Progress::incomplete;
    auto head = buffer.substr(0, *end);
    auto line = without_return(take_line(head));
    const auto method = take_word(line), target = take_word(line), protocol = take_word(line);
    if (!is_token(method) || !is_token(target) || !target.starts_with('/') || !protocol.starts_with("HTTP/1."))
        return Progress::malformed;
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    request.keep_alive = protocol != "HTTP/1.0";
    request.size = *end;
    while (!head.empty()) {
        const auto field = without_return(take_line(head));
        if (const auto value = header(field, "Connection")) request.keep_alive = !same(*value, "close");
        if (header(field, "Transfer-Encoding")) return Progress::malformed;
        if (const auto value = header(field, "Content-Length"); value && *value != "0") return Progress::malformed;
    }
    return Progress::complete;
}

Progress ResponseReader::feed(std::string_view bytes) {
    while (true) {
        switch (stage_) {
            case Stage::head: {
                if (bytes.empty()) return Progress::incomplete;
                const auto before = head_.size();
                head_ += bytes;
                const auto end = head_end(head_);
                if (head_.size() > largest_head && (!end || *end > largest_head)) return Progress::malformed;
                if (!end) return Progress::incomplete;
                bytes.remove_prefix(*end - std::min(before, *end));
                head_.resize(*end);
                if (parse_head() == Progress::malformed) return Progress::malformed;
                break;
            }
            case Stage::counted:
            case Stage::chunk: {
                if (left_ > 0 && bytes.empty()) return Progress::incomplete;
                const auto piece =
                    bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
                keep(piece);
                bytes.remove_prefix(piece.size());
                left_ -= piece.size();
                if (left_ == 0) stage_ = stage_ == Stage::chunk ? Stage::chunk_end : Stage::done;
                break;
            }
            case Stage::chunk_size:
            case Stage::chunk_end:
            case Stage::trailer: {
                const auto end = bytes.find('\n');
                line_ += bytes.substr(0, end);
                if (line_.size() > longest_chunk_line) return Progress::malformed;
                if (end == std::string_view::npos) return Progress::incomplete;
                bytes.remove_prefix(end + 1);
                if (!take_framing(without_return(line_))) return Progress::malformed;
                line_.clear();
                break;
            }
            case Stage::until_closed:
                keep(bytes);
                return Progress::incomplete;
            case Stage::done:
                return bytes.empty() ? Progress::complete : Progress::malformed;
        }
    }
}

Progress ResponseReader::parse_head() {
    std::string_view rest = head_;
    auto line = without_return(take_line(rest));
    const auto protocol = take_word(line);
    const auto status = take_number(line);
    if (!protocol.starts_with("HTTP/1.") || !status || *status < 100 || *status > 599) return Progress::malformed;
    status_ = static_cast<int>(*status);
    keep_alive_ = protocol != "HTTP/1.0";
    while (!rest.empty()) {
        if (!parse_header(without_return(take_line(rest)))) return Progress::malformed;
    }
    if (status_ < 200) {  // an interim answer: the real one follows
        *this = ResponseReader();
        return Progress::incomplete;
    }
    left_ = length_.value_or(0);
    if (status_ == 204 || status_ == 304) {
        stage_ = Stage::done;
    } else if (chunked_) {
        stage_ = Stage::chunk_size;
    } else {
        stage_ = length_ ? Stage::counted : Stage::until_closed;
    }
    if (stage_ == Stage::until_closed) keep_alive_ = false;
    return Progress::incomplete;
}

bool ResponseReader::parse_header(std::string_view line) {
    if (const auto value = header(line, "Content-Length")) {
        length_ = to_number(*value);
        return length_.has_value();
    }
    if (const auto value = header(line, "Transfer-Encoding")) return chunked_ = same(*value, "chunked");
    if (const auto value = header(line, "Connection")) keep_alive_ = !same(*value, "close");
    if (const auto value = header(line, "Retry-After")) retry_after_ = *value;
    return true;
}

/// The lines between the chunks: sizes, ends, trailers.
bool ResponseReader::take_framing(std::string_view line) {
    if (stage_ == Stage::chunk_end) {
        stage_ = Stage::chunk_size;
        return line.empty();
    }
    if (stage_ == Stage::trailer) {
        if (line.empty()) stage_ = Stage::done;
        return true;
    }
    const auto digits = line.substr(0, line.find(';'));
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), left_, 16);
    if (error != std::errc{} ||
        !trimmed(std::string_view(end, static_cast<std::size_t>(digits.data() + digits.size() - end))).empty())
        return false;
    stage_ = left_ == 0 ? Stage::trailer : Stage::chunk;
    return true;
}

void ResponseReader::keep(std::string_view bytes) {
    body_ += bytes.substr(0, largest_body_kept - std::min(largest_body_kept, body_.size()));
}

std::optional<std::int64_t> retry_after_ms(std::string_view header) {
    const auto seconds = to_number(trimmed(header));
    if (!seconds || *seconds > 86'400) return std::nullopt;
    return static_cast<std::int64_t>(*seconds) * 1000;
}

}  // namespace inframind
