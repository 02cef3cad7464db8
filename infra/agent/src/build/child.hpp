#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace inframind {

/// How a command ended, and what it and everything below it used.
struct Ended {
    int exit_code = 0;  // as a shell would say it
    double cpu_seconds = 0;
    double largest_rss_bytes = 0;  // of one process
    double read_bytes = 0, written_bytes = 0;
};

/// Runs `command` with `variable` in its environment and calls `look` about every `every_ms`, less often where looking
/// takes long. SIGTERM, SIGINT and SIGHUP are passed on. Signals must be blocked by `block_child_signals` before.
Ended run_child(const std::vector<std::string>& command, const std::string& variable, std::int64_t every_ms,
                const std::function<void()>& look);

/// Blocks the signals that `run_child` waits for; before any thread starts.
void block_child_signals();

}  // namespace inframind
