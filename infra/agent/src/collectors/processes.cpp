// How many processes and threads there are, against how many there may be; by state where that is switched on.

#include <dirent.h>

#include <array>

#include "collectors/collector.hpp"
#include "failed.hpp"
#include "log.hpp"
#include "text/files.hpp"
#include "text/scan.hpp"

namespace inframind {
namespace {

const Family pids{"node_processes_pids", "Number of PIDs", Kind::gauge};
const Family threads{"node_processes_threads", "Allocated threads in system", Kind::gauge};
const Family most_pids{"node_processes_max_processes", "Number of max PIDs limit", Kind::gauge};
const Family most_threads{"node_processes_max_threads", "Limit of threads in the system", Kind::gauge};
const Family states{"node_processes_state", "Number of processes in each state.", Kind::gauge};

constexpr std::int64_t count_every_ms = 900;  // about once a second: /proc is long where there are many processes
constexpr std::string_view letters = "RSDZTtXxIKWP";

/// The state in a line of /proc/PID/stat: after the name, which may itself hold blanks and parentheses.
char state_of(std::string_view text) {
    const auto end = text.rfind(") ");
    return end == std::string_view::npos || end + 2 >= text.size() ? '?' : text[end + 2];
}

class Processes final : public Collector {
public:
    explicit Processes(const Config& config)
        : proc_(config.paths.proc),
          load_(proc_ + "/loadavg"),
          most_pids_(proc_ + "/sys/kernel/pid_max"),
          most_threads_(proc_ + "/sys/kernel/threads-max"),
          with_states_(config.process_states) {}

    ~Processes() override {
        if (folder_) ::closedir(folder_);
    }

    std::string_view name() const override { return "processes"; }

    void collect(Sample& out, Reader) override {
        if (counted_ms_ < 0 || ticking_ms() - counted_ms_ >= count_every_ms) count();
        out.add(pids, number_);
        if (with_states_) add_states(out);
        auto text = load_.read();
        const auto slash = text.find('/');
        if (slash == std::string_view::npos) throw Failed("/proc/loadavg does not count threads");
        text.remove_prefix(slash + 1);
        out.add(threads, static_cast<double>(take_number(text).value_or(0)));
        out.add(most_pids, limit(most_pids_));
        out.add(most_threads, limit(most_threads_));
    }

private:
    static double limit(ProcFile& file) { return static_cast<double>(to_number(trimmed(file.read())).value_or(0)); }

    void count() {
        counted_ms_ = ticking_ms();
        if (!folder_) folder_ = ::opendir(proc_.c_str());
        if (!folder_) fail_with_errno("cannot list " + proc_);
        ::rewinddir(folder_);
        found_ = {};
        number_ = 0;
        while (const dirent* entry = ::readdir(folder_)) {
            if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
            ++number_;
            if (with_states_) note_state(entry->d_name);
        }
    }

    void note_state(const char* pid) {
        const auto text = read_small((proc_ + "/" + pid + "/stat").c_str());
        if (!text) return;  // it ended meanwhile
        const auto at = letters.find(state_of(*text));
        if (at != std::string_view::npos) ++found_[at];
    }

    void add_states(Sample& out) const {
        for (std::size_t at = 0; at < letters.size(); ++at) {
            if (found_[at] > 0) out.add(states, found_[at], {{"state", letters.substr(at, 1)}});
        }
    }

    std::string proc_;
    ProcFile load_, most_pids_, most_threads_;
    bool with_states_;
    DIR* folder_ = nullptr;
    std::int64_t counted_ms_ = -1;
    double number_ = 0;
    std::array<double, letters.size()> found_{};
};

}  // namespace

std::unique_ptr<Collector> processes_collector(const Config& config) { return std::make_unique<Processes>(config); }

}  // namespace inframind
