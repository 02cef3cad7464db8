#include "text/scan.hpp"

#include <fnmatch.h>

#include <charconv>
#include <cstdlib>

namespace inframind {
namespace {

constexpr std::string_view blanks = " \t";

constexpr std::size_t longest_decimal = 63;

}  // namespace

std::string_view take_line(std::string_view& text) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

std::string_view take_word(std::string_view& text) {
    const auto start = text.find_first_not_of(blanks);
    if (start == std::string_view::npos) {
        text = {};
        return {};
    }
    text.remove_prefix(start);
    const auto word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    return word;
}

std::optional<std::uint64_t> take_number(std::string_view& text) {
    auto rest = text;
    const auto number = to_number(take_word(rest));
    if (number) text = rest;
    return number;
}

std::optional<double> to_decimal(std::string_view text) {
    // Not std::from_chars: for doubles it brings in the mathematical library, which is used for nothing else.
    char copy[longest_decimal + 1];
    const auto plain = text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
    if (text.empty() || text.size() > longest_decimal || !plain) return std::nullopt;
    copy[text.copy(copy, longest_decimal)] = '\0';
    char* end = nullptr;
    const double value = std::strtod(copy, &end);  // the agent never leaves the C locale
    if (end != copy + text.size()) return std::nullopt;
    return value;
}

std::optional<std::uint64_t> to_number(std::string_view text) {
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return value;
}

std::string_view trimmed(std::string_view text) {
    const auto start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1);
}

bool matches(const char* pattern, const char* text) { return ::fnmatch(pattern, text, 0) == 0; }

}  // namespace inframind
