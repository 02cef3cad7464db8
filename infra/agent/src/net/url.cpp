#include "net/url.hpp"

#include <algorithm>

#include "text/scan.hpp"

namespace inframind {
namespace {

bool is_host(std::string_view host) {
    return std::all_of(host.begin(), host.end(), [](char byte) {
        return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
               byte == '.' || byte == '-' || byte == '_' || byte == ':';
    });
}

bool is_port(std::string_view port) {
    const auto number = to_number(port);
    return number && *number <= 65535;
}

/// Host and port of "host:port", "[host]:port"; the port is "" where there is none.
std::optional<Address> split(std::string_view text) {
    Address parts;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        parts.host = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
    } else {
        parts.host = text.substr(0, text.find(':'));
        text.remove_prefix(parts.host.size());
        if (parts.host.find(':') != std::string::npos) return std::nullopt;
    }
    if (!is_host(parts.host)) return std::nullopt;
    if (text.empty()) return parts;
    parts.port = text.substr(1);
    if (text.front() != ':' || !is_port(parts.port)) return std::nullopt;
    return parts;
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
    Url url;
    url.secure = text.starts_with("https://");
    if (!url.secure && !text.starts_with("http://")) return std::nullopt;
    text.remove_prefix(url.secure ? 8 : 7);
    const auto slash = std::min(text.find('/'), text.size());
    const auto parts = split(text.substr(0, slash));
    if (!parts || parts->host.empty()) return std::nullopt;
    url.host = parts->host;
    url.port = !parts->port.empty() ? parts->port : url.secure ? "443" : "80";
    url.path = text.substr(slash);
    while (url.path.ends_with('/')) url.path.pop_back();
    const bool plain = std::all_of(url.path.begin(), url.path.end(),
                                   [](char byte) { return byte > 0x20 && byte < 0x7F && byte != '#' && byte != '?'; });
    return plain ? std::optional(url) : std::nullopt;
}

std::optional<Address> parse_address(std::string_view text) {
    auto parts = split(text);
    return parts && !parts->port.empty() ? parts : std::nullopt;
}

}  // namespace inframind
