#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <set>

#include "config/config.hpp"
#include "outbox/parcel.hpp"
#include "outbox/spool.hpp"
#include "stats.hpp"

namespace inframind {

/// Requests that wait for the platform, oldest first: in the spool where there is one, else in memory. Bounded; the
/// oldest are given up beyond the bounds, counted. One thread puts, one takes.
class Outbox {
public:
    struct Next {
        std::uint64_t id;
        Parcel parcel;
    };

    Outbox(const BufferSettings& settings, Stats& stats);

    void put(Parcel parcel);

    /// The oldest request; it stays until it is settled. Nothing where nothing waits.
    std::optional<Next> oldest();

    /// The request is delivered, or given up for good.
    void settle(std::uint64_t id);

    /// Waits until a request is put, `poke` is called, or the time is over.
    void wait(std::int64_t limit_ms);

    /// Ends the wait that is going on, or else the next one.
    void poke();

    /// New bounds, which hold at once.
    void resize(const BufferSettings& settings);

    /// The folder of the spool, "" for none.
    const std::string& folder() const;

    /// Takes over what waits in `other`, which is then empty: when a reload moves the spool.
    void adopt(Outbox& other);

    /// Looks for requests that others stored in the spool, as --exec does.
    void rescan();

private:
    struct Entry {
        std::uint64_t id;
        std::uint64_t samples;
        std::uint64_t bytes;
        std::string name;              // in the spool, else
        std::optional<Parcel> parcel;  // in memory
    };

    void append(Entry entry);
    void trim(bool spooled, std::uint64_t limit);
    void drop(std::deque<Entry>::iterator entry);
    void publish();

    BufferSettings settings_;
    Stats& stats_;
    std::mutex guard_;
    std::condition_variable changed_;
    std::optional<Spool> spool_;
    std::deque<Entry> entries_;
    std::set<std::string> names_;
    std::uint64_t memory_bytes_ = 0, spool_bytes_ = 0;
    std::uint64_t last_id_ = 0;
    bool poked_ = false;
    bool spool_works_ = true;
};

}  // namespace inframind
