#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace inframind {

enum class Level { debug, info, warning, error };

/// Milliseconds since the epoch.
std::int64_t now_ms();

/// Milliseconds of a clock that never jumps.
std::int64_t ticking_ms();

/// Lines below `level` are not written.
void set_log_level(Level level);

using Fields = std::initializer_list<std::pair<std::string_view, std::string>>;

/// Writes one JSON line to standard error: a fixed message, and what varies as fields.
void log(Level level, std::string_view message, Fields fields = {});

}  // namespace inframind
