#pragma once

#include <cstdint>
#include <string>

namespace inframind {

/// Appends the shortest text that reads back as exactly `value`; `NaN`, `+Inf`, `-Inf` as Prometheus spells them.
void append_number(std::string& out, double value);

/// Appends a whole number.
void append_integer(std::string& out, std::int64_t value);

/// A time in epoch milliseconds as RFC 3339 in UTC: 2026-01-11T10:30:00.250Z.
std::string rfc3339(std::int64_t time_ms);

}  // namespace inframind
