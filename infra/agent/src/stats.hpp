#pragma once

#include <atomic>
#include <cstdint>

namespace inframind {

/// What the agent counts about itself. The pushing thread writes, the sampling thread reads.
struct Stats {
    std::atomic<std::uint64_t> scrapes{0};
    std::atomic<std::uint64_t> ticks_missed{0};
    std::atomic<std::uint64_t> samples_sent{0};
    std::atomic<std::uint64_t> samples_refused{0};
    std::atomic<std::uint64_t> samples_overflowed{0};
    std::atomic<std::uint64_t> samples_spoiled{0};
    std::atomic<std::uint64_t> push_failures{0};
    std::atomic<std::int64_t> last_push_ms{0};
    std::atomic<std::uint64_t> waiting_parcels{0};
    std::atomic<std::uint64_t> waiting_bytes{0};
    std::atomic<std::uint64_t> reloads{0};
    std::atomic<std::uint64_t> failed_reloads{0};
};

}  // namespace inframind
