// Whatever a server sends means the same in one piece and byte by byte, and is kept within its bound.

#include <cstddef>
#include <cstdint>

#include "net/http_parse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using inframind::Progress;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    inframind::ResponseReader whole;
    const auto at_once = whole.feed(text);
    inframind::ResponseReader pieces;
    auto by_byte = Progress::incomplete;
    for (std::size_t at = 0; at < size && by_byte == Progress::incomplete; ++at)
        by_byte = pieces.feed(text.substr(at, 1));
    if (at_once == Progress::complete && (by_byte != Progress::complete || whole.body() != pieces.body()))
        __builtin_trap();
    if (whole.body().size() > 4096 || pieces.body().size() > 4096) __builtin_trap();
    inframind::retry_after_ms(text);
    return 0;
}
