#include "outbox/parcel.hpp"

#include <array>
#include <cstdio>

#include "text/scan.hpp"

namespace inframind {
namespace {

constexpr std::string_view magic = "inframind-parcel-1";

/// CRC-32 as in zlib (IEEE 802.3): enough against torn and rotten files.
std::uint32_t checksum(std::string_view bytes) {
    static const auto table = [] {
        std::array<std::uint32_t, 256> made{};
        for (std::uint32_t at = 0; at < made.size(); ++at) {
            std::uint32_t value = at;
            for (int bit = 0; bit < 8; ++bit) value = value & 1 ? 0xEDB88320U ^ (value >> 1) : value >> 1;
            made[at] = value;
        }
        return made;
    }();
    std::uint32_t value = 0xFFFFFFFFU;
    for (const char byte : bytes) value = table[(value ^ static_cast<unsigned char>(byte)) & 0xFF] ^ (value >> 8);
    return ~value;
}

/// What the seal covers: everything but itself.
std::string described(const Parcel& parcel) {
    const auto encoding = parcel.content_encoding.empty() ? "-" : parcel.content_encoding;
    return parcel.path + " " + parcel.content_type + " " + encoding + " " + std::to_string(parcel.samples) + " " +
           std::to_string(parcel.body.size());
}

std::uint32_t seal_of(const Parcel& parcel) { return checksum(described(parcel) + "\n" + parcel.body); }

}  // namespace

std::string sealed(const Parcel& parcel) {
    char seal[16];
    std::snprintf(seal, sizeof seal, "%08x", seal_of(parcel));
    return std::string(magic) + " " + seal + " " + described(parcel) + "\n" + parcel.body;
}

std::optional<Parcel> unsealed(std::string_view text) {
    const auto whole = text;
    auto line = take_line(text);
    if (take_word(line) != magic) return std::nullopt;
    take_word(line);
    Parcel parcel;
    parcel.path = take_word(line);
    parcel.content_type = take_word(line);
    parcel.content_encoding = take_word(line);
    if (parcel.content_encoding == "-") parcel.content_encoding.clear();
    parcel.samples = take_number(line).value_or(0);
    parcel.body = text;
    if (sealed(parcel) != whole) return std::nullopt;
    return parcel;
}

}  // namespace inframind
