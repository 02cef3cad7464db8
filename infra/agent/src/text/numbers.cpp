#include "text/numbers.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace inframind {
namespace {

constexpr double exact_integers = 1e15;  // doubles hold every integer below 2^53, about 9e15

}  // namespace

void append_number(std::string& out, double value) {
    if (std::isnan(value)) {
        out += "NaN";
    } else if (std::isinf(value)) {
        out += value > 0 ? "+Inf" : "-Inf";
    } else if (std::fabs(value) < exact_integers && value == std::trunc(value) &&
               !(value == 0 && std::signbit(value))) {
        append_integer(out, static_cast<std::int64_t>(value));
    } else {
        char text[32];
        out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
    }
}

void append_integer(std::string& out, std::int64_t value) {
    char text[24];
    out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

std::string rfc3339(std::int64_t time_ms) {
    const std::time_t seconds = time_ms / 1000;
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    char date[32];
    const auto size = std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
    char fraction[16];
    std::snprintf(fraction, sizeof fraction, ".%03dZ", static_cast<int>(time_ms % 1000));
    return std::string(date, size) + fraction;
}

}  // namespace inframind
