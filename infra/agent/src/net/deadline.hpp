#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "log.hpp"

namespace inframind {

/// When a request must be over: its own time limit, and the stop of the agent if that comes first.
class Deadline {
public:
    /// `stop_at` is a time of the ticking clock; 0 while nothing stops.
    Deadline(std::int64_t limit_ms, const std::atomic<std::int64_t>& stop_at)
        : end_(ticking_ms() + limit_ms), stop_at_(stop_at) {}

    std::int64_t left_ms() const {
        const auto stop = stop_at_.load();
        const auto end = stop == 0 ? end_ : std::min(end_, stop);
        return std::max<std::int64_t>(0, end - ticking_ms());
    }

    /// How long to wait at once: short enough to notice a stop.
    int slice_ms() const { return static_cast<int>(std::min<std::int64_t>(left_ms(), 200)); }

private:
    std::int64_t end_;
    const std::atomic<std::int64_t>& stop_at_;
};

}  // namespace inframind
