// Any text is JSON or not, and what is quoted is JSON; the build caches' formats are read from it.

#include "text/json.hpp"

#include <cstddef>
#include <cstdint>

#include "collectors/build_caches.hpp"
#include "text/utf8.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    inframind::visit_json(text, [](auto, auto) {});
    std::string quoted;
    inframind::append_quoted(quoted, text);
    std::string back;
    if (!inframind::visit_json(quoted, [&](auto, auto scalar) { back = scalar; })) __builtin_trap();
    if (back != inframind::clean_utf8(text, size * 3)) __builtin_trap();
    inframind::ccache_counts(text);
    inframind::sccache_counts(text);
    inframind::bazel_counts(text);
    return 0;
}
