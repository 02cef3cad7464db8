#pragma once

#include <array>
#include <cstdint>

#include "collectors/collector.hpp"
#include "log.hpp"

namespace inframind {

/// What a reader saw before, so that it can be told what happened since.
///
/// A tick measures from the tick before. Scrapes measure from the last scrape that is about a second old: several
/// scrapers at once do not shorten each other's windows to nothing.
template <typename Counters>
class Window {
public:
    /// The counters that `reader` saw before `now`, which are then remembered in their place; none the first time.
    const Counters* swap(Reader reader, const Counters& now) {
        auto& seen = seen_[static_cast<std::size_t>(reader)];
        const auto time = ticking_ms();
        if (seen.time < 0) {
            seen = {time, now};
            return nullptr;
        }
        before_ = seen.counters;
        if (reader == Reader::tick || time - seen.time >= oldest_scrape_ms) seen = {time, now};
        return &before_;
    }

private:
    static constexpr std::int64_t oldest_scrape_ms = 900;  // a scrape interval of one second, with jitter

    struct Seen {
        std::int64_t time = -1;
        Counters counters{};
    };
    std::array<Seen, 2> seen_{};
    Counters before_{};
};

}  // namespace inframind
