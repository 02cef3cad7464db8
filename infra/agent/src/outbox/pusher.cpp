#include "outbox/pusher.hpp"

#include <unistd.h>

#include <algorithm>

#include "failed.hpp"
#include "memory.hpp"

namespace inframind {
namespace {

constexpr std::int64_t release_every_ms = 10'000;  // pushes come every 15 seconds and need most of OpenSSL's code
constexpr std::int64_t idle_ms = 60'000;           // the time after which requests that others spooled are noticed

}  // namespace

Pusher::Pusher(const Config& config, Outbox& outbox, Stats& stats)
    : config_(config),
      outbox_(outbox),
      stats_(stats),
      poster_(config.platform),
      pauses_(config.remote_write.first_pause_ms, config.remote_write.longest_pause_ms,
              static_cast<std::uint32_t>(now_ms() ^ ::getpid())),
      thread_([this] { run(); }) {}

Pusher::~Pusher() {
    if (thread_.joinable()) stop(0);
}

bool Pusher::finish(std::int64_t grace_ms) {
    stop(grace_ms);
    return stats_.waiting_parcels == 0;
}

void Pusher::run() {
    while (!over()) {
        if (post_oldest()) continue;
        if (stop_at_ != 0) return;  // asked to finish, and nothing waits
        outbox_.wait(idle_ms);
        if (stats_.waiting_parcels == 0) outbox_.rescan();
    }
}

/// False where nothing waits.
bool Pusher::post_oldest() {
    const auto next = outbox_.oldest();
    if (!next) return false;
    const Deadline deadline(config_.platform.timeout_ms, stop_at_);
    const auto outcome = poster_.post(next->parcel, deadline);
    if (outcome.kind != Outcome::Kind::try_again) {
        settle(*next, outcome);
        return true;
    }
    if (over()) return true;
    ++stats_.push_failures;
    const auto length_ms = pauses_.next(outcome.pause_ms);
    report(outcome, length_ms);
    pause(length_ms);
    return true;
}

/// Says that the platform does not take requests: once for each reason, not for each attempt.
void Pusher::report(const Outcome& outcome, std::int64_t pause_ms) {
    const auto reason = std::to_string(outcome.status) + outcome.reason;
    if (reason == failing_) return;
    failing_ = reason;
    log(Level::warning, "the platform does not take requests; they wait",
        {{"status", std::to_string(outcome.status)},
         {"reason", outcome.reason},
         {"pause_ms", std::to_string(pause_ms)}});
}

void Pusher::settle(const Outbox::Next& next, const Outcome& outcome) {
    outbox_.settle(next.id);
    pauses_.reset();
    if (stats_.waiting_parcels == 0 && ticking_ms() - released_ms_ >= release_every_ms) {
        release_clean_pages();
        released_ms_ = ticking_ms();
    }
    if (outcome.kind == Outcome::Kind::accepted) {
        stats_.samples_sent += next.parcel.samples;
        stats_.last_push_ms = now_ms();
        if (!failing_.empty()) log(Level::info, "the platform takes requests again");
    } else {
        stats_.samples_refused += next.parcel.samples;
        log(Level::error, "the platform refused a request; it is not sent again",
            {{"path", next.parcel.path},
             {"status", std::to_string(outcome.status)},
             {"reason", outcome.reason},
             {"samples", std::to_string(next.parcel.samples)}});
    }
    failing_.clear();
}

void Pusher::pause(std::int64_t length_ms) {
    const auto until = ticking_ms() + length_ms;
    const auto stop_at = stop_at_.load();
    // A stop ends the pause: a last attempt is made within the grace.
    while (!over() && ticking_ms() < until && stop_at_ == stop_at) {
        outbox_.wait((stop_at == 0 ? until : std::min(until, stop_at)) - ticking_ms());
    }
}

void Pusher::stop(std::int64_t grace_ms) {
    stop_at_ = ticking_ms() + grace_ms;
    outbox_.poke();
    thread_.join();
}

bool Pusher::over() const {
    const auto stop = stop_at_.load();
    return stop != 0 && ticking_ms() >= stop;
}

}  // namespace inframind
