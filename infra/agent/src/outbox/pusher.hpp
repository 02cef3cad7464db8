#pragma once

#include <atomic>
#include <thread>

#include "config/config.hpp"
#include "net/poster.hpp"
#include "outbox/outbox.hpp"
#include "outbox/pauses.hpp"

namespace inframind {

/// The thread that posts what waits in the outbox, in order, until it is told to stop.
class Pusher {
public:
    Pusher(const Config& config, Outbox& outbox, Stats& stats);
    Pusher(const Pusher&) = delete;
    Pusher& operator=(const Pusher&) = delete;

    /// Stops at once; what waits goes on waiting.
    ~Pusher();

    /// Posts what waits for at most `grace_ms`, and then stops. True where nothing is left.
    bool finish(std::int64_t grace_ms);

private:
    void run();
    bool post_oldest();
    void settle(const Outbox::Next& next, const Outcome& outcome);
    void report(const Outcome& outcome, std::int64_t pause_ms);
    void pause(std::int64_t length_ms);
    void stop(std::int64_t grace_ms);
    bool over() const;

    Config config_;
    Outbox& outbox_;
    Stats& stats_;
    Poster poster_;
    Pauses pauses_;
    std::atomic<std::int64_t> stop_at_{0};  // on the ticking clock; 0 while it runs
    std::int64_t released_ms_ = 0;
    std::string failing_;  // the reason that was reported; "" while the platform takes requests
    std::thread thread_;
};

}  // namespace inframind
