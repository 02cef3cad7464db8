#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace inframind {

/// The next line of `text`, without its newline; `text` becomes what follows.
std::string_view take_line(std::string_view& text);

/// The next word between blanks; empty when none is left.
std::string_view take_word(std::string_view& text);

/// The next word as an unsigned number; nothing, and `text` unchanged, where it is not one.
std::optional<std::uint64_t> take_number(std::string_view& text);

/// The whole of `text` as a number, sign and fraction allowed.
std::optional<double> to_decimal(std::string_view text);

/// The whole of `text` as an unsigned number.
std::optional<std::uint64_t> to_number(std::string_view text);

/// `text` without blanks and newlines at its ends.
std::string_view trimmed(std::string_view text);

/// Whether a shell pattern (`*`, `?`, `[a-z]`) matches the whole of `text`.
bool matches(const char* pattern, const char* text);

}  // namespace inframind
