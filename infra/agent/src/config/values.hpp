#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "config/yaml.hpp"
#include "log.hpp"

namespace inframind {

/// What a setting cannot be; the text completes "setting X ...".
struct Unfit : Failed {
    using Failed::Failed;
};

std::string text_value(const Node& node);
bool boolean_value(const Node& node);
std::int64_t number_value(const Node& node);
/// "250ms", "15s", "2m", "1h" in milliseconds; more than 0 and at most a day.
std::int64_t duration_value(const Node& node);
/// "4MiB", "64kB", "1000" in bytes.
std::int64_t size_value(const Node& node);
std::vector<std::string> list_value(const Node& node);
/// A map of label names and values.
std::vector<std::pair<std::string, std::string>> labels_value(const Node& node);
Level level_value(const Node& node);
/// "http://" or "https://" and a host, without the slash at the end; or empty.
std::string url_value(const Node& node);
/// "/path" of printable characters without blanks; or empty.
std::string path_value(const Node& node);
/// "address:port", ":port", "[::1]:port"; or empty.
std::string address_value(const Node& node);

}  // namespace inframind
