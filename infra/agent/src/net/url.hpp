#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inframind {

struct Url {
    bool secure = false;
    std::string host;  // an IPv6 address without its brackets
    std::string port;
    std::string path;  // "" or "/something", without the slash at the end

    bool operator==(const Url&) const = default;
};

/// The parts of "http[s]://host[:port][/path]"; nothing for anything else (names and passwords in it included).
std::optional<Url> parse_url(std::string_view text);

struct Address {
    std::string host;  // "" for every address of the machine
    std::string port;
};

/// "host:port", ":port" or "[host]:port".
std::optional<Address> parse_address(std::string_view text);

}  // namespace inframind
