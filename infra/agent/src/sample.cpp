#include "sample.hpp"

#include <algorithm>

#include "text/utf8.hpp"

namespace inframind {
namespace {

constexpr std::size_t longest_value = 1024;  // mount points and cgroup paths stay below; receivers refuse longer ones

/// Two bytes of length, then the text.
void append(std::string& arena, std::string_view text) {
    arena += static_cast<char>(text.size() & 0xFF);
    arena += static_cast<char>(text.size() >> 8);
    arena += text;
}

std::string_view take(std::string_view& raw) {
    const auto size = static_cast<unsigned char>(raw[0]) | static_cast<std::size_t>(static_cast<unsigned char>(raw[1]))
                                                               << 8;
    const auto text = raw.substr(2, size);
    raw.remove_prefix(2 + size);
    return text;
}

bool is_plain(std::string_view text) {
    return text.size() <= longest_value &&
           std::all_of(text.begin(), text.end(), [](char byte) { return byte >= 0x20 && byte < 0x7F; });
}

}  // namespace

void Sample::clear(std::int64_t time_ms) {
    time_ms_ = time_ms;
    points_.clear();
    arena_.clear();
}

void Sample::add(const Family& family, double value, std::span<const Label> labels) {
    const auto start = arena_.size();
    for (const auto& label : labels) {
        append(arena_, label.name);
        if (is_plain(label.value)) {
            append(arena_, label.value);
        } else {
            append(arena_, clean_utf8(label.value, longest_value));
        }
    }
    points_.push_back(
        {&family, static_cast<std::uint32_t>(start), static_cast<std::uint32_t>(arena_.size() - start), value});
}

bool take_label(std::string_view& raw, Label& label) {
    if (raw.empty()) return false;
    label.name = take(raw);
    label.value = take(raw);
    return true;
}

}  // namespace inframind
