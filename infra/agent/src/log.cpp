#include "log.hpp"

#include <unistd.h>

#include <atomic>
#include <ctime>

#include "text/json.hpp"
#include "text/numbers.hpp"

namespace inframind {
namespace {

std::atomic<Level> lowest{Level::info};
constexpr std::string_view names[] = {"debug", "info", "warning", "error"};

std::int64_t milliseconds(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<std::int64_t>(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000;
}

}  // namespace

std::int64_t now_ms() { return milliseconds(CLOCK_REALTIME); }

std::int64_t ticking_ms() { return milliseconds(CLOCK_MONOTONIC); }

void set_log_level(Level level) { lowest = level; }

void log(Level level, std::string_view message, Fields fields) {
    if (level < lowest) return;
    JsonObject line;
    line.text("time", rfc3339(now_ms())).text("level", names[static_cast<int>(level)]);
    line.text("service", "agent").text("message", message);
    for (const auto& [key, value] : fields) line.text(key, value);
    const std::string text = line.str() + "\n";
    // A full disk or a closed pipe must not stop the agent: there is nobody left to tell.
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;
}

}  // namespace inframind
