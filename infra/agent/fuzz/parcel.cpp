// A stored file opens only if it is exactly what sealing writes.

#include "outbox/parcel.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto parcel = inframind::unsealed(text); parcel && inframind::sealed(*parcel) != text) __builtin_trap();
    const inframind::Parcel made{"/p", "t/u", "", size, std::string(text)};
    if (inframind::unsealed(inframind::sealed(made)) != made) __builtin_trap();
    return 0;
}
