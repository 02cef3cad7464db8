// Lines of the kernel, however odd, are read or left.

#include <cstddef>
#include <cstdint>

#include "build/tree.hpp"
#include "text/scan.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    inframind::parse_process(text);
    while (!text.empty()) {
        auto line = inframind::take_line(text);
        while (!line.empty()) {
            if (!inframind::take_number(line)) inframind::take_word(line);
        }
    }
    return 0;
}
