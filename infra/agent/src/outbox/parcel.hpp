#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inframind {

/// A request that waits to be posted below the platform's address.
struct Parcel {
    std::string path;  // "/api/v1/write"
    std::string content_type;
    std::string content_encoding;  // "" for none
    std::uint64_t samples = 0;     // what is lost if it is given up
    std::string body;

    bool operator==(const Parcel&) const = default;
};

/// A parcel as the spool stores it: one line that describes and seals it, then the body.
std::string sealed(const Parcel& parcel);

/// The parcel of a stored text; nothing where it is cut off or was changed.
std::optional<Parcel> unsealed(std::string_view text);

}  // namespace inframind
