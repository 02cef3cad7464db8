#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inframind {

/// One line of /proc/PID/stat, as far as it is needed.
struct Process {
    pid_t pid = 0, parent = 0;
    std::uint64_t ticks = 0;  // of CPU, its own and that of its children that ended
    std::uint64_t threads = 0;
    std::uint64_t pages = 0;  // resident
};

/// Reads a line of /proc/PID/stat; the name in it may hold blanks and parentheses.
std::optional<Process> parse_process(std::string_view text);

/// The processes below `root` among `all`, without `root` itself.
std::vector<Process> below(pid_t root, const std::vector<Process>& all);

/// Every process of the machine.
std::vector<Process> all_processes(const std::string& proc);

/// What a tree of processes used at most and in all, from looks at it.
class TreeUsage {
public:
    /// Takes a look at the tree at `time_ms` of the ticking clock.
    void look(const std::vector<Process>& tree, std::int64_t time_ms);

    double peak_rss_bytes() const { return peak_rss_bytes_; }
    double peak_cores() const { return peak_cores_; }
    std::uint64_t peak_processes() const { return peak_processes_; }
    std::uint64_t peak_threads() const { return peak_threads_; }

private:
    double peak_rss_bytes_ = 0, peak_cores_ = 0;
    std::uint64_t peak_processes_ = 0, peak_threads_ = 0;
    std::int64_t last_ms_ = -1;
    std::uint64_t last_ticks_ = 0;
};

}  // namespace inframind
