#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

namespace inframind {

/// The pauses between attempts: doubling, between half and the whole of that at random so that a fleet does not return
/// in step, never longer than the longest, and not shorter than the platform asked for.
class Pauses {
public:
    Pauses(std::int64_t first_ms, std::int64_t longest_ms, std::uint32_t seed)
        : first_ms_(first_ms), longest_ms_(longest_ms), random_(seed) {}

    std::int64_t next(std::int64_t asked_ms) {
        const auto bound = std::min(longest_ms_, first_ms_ << std::min(failures_, 20));
        ++failures_;
        const auto pause = bound / 2 + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(bound / 2 + 1));
        return std::clamp(std::max(pause, asked_ms), std::int64_t{1}, longest_ms_);
    }

    void reset() { failures_ = 0; }

private:
    std::int64_t first_ms_, longest_ms_;
    std::minstd_rand random_;
    int failures_ = 0;
};

}  // namespace inframind
