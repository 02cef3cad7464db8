// Any text is a configuration or has faults; it never crashes the agent.

#include <cstddef>
#include <cstdint>

#include "config/settings.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        inframind::parse_config({reinterpret_cast<const char*>(data), size}, "fuzz");
    } catch (const inframind::ConfigError& error) {
        if (error.faults.empty()) __builtin_trap();
    }
    return 0;
}
