#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace inframind {

/// Bytes of the character at the start of `text`; 0 where it is not valid UTF-8 (overlong forms and surrogates are
/// not).
std::size_t utf8_length(std::string_view text);

/// `text` with every byte that is not valid UTF-8 replaced by U+FFFD, cut to at most `limit` bytes between characters.
std::string clean_utf8(std::string_view text, std::size_t limit);

/// Appends a code point below 0x110000; a surrogate becomes U+FFFD.
void append_utf8(std::string& out, std::uint32_t point);

}  // namespace inframind
