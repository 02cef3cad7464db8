#include "build/exec.hpp"

#include <unistd.h>

#include <cinttypes>
#include <cstdio>

#include "build/child.hpp"
#include "build/events.hpp"
#include "build/tree.hpp"
#include "collectors/build_caches.hpp"
#include "failed.hpp"
#include "outbox/pusher.hpp"
#include "text/files.hpp"
#include "text/program.hpp"
#include "text/scan.hpp"

namespace inframind {
namespace {

constexpr std::int64_t cache_patience_ms = 2000;
constexpr const char* run_variable = "INFRAMIND_RUN_ID";

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// The program in the command that says most: what the shell is asked to run, else the program itself.
std::string tool_of(const std::vector<std::string>& command) {
    const bool shell = command.size() == 3 && command[0] == "/bin/sh" && command[1] == "-c";
    std::string_view line = shell ? command[2] : command[0];
    return base_name(std::string(take_word(line)));
}

/// Processes that the kernel killed for lack of memory since it started.
double out_of_memory_kills(const std::string& proc) {
    const auto found = read_small((proc + "/vmstat").c_str());
    std::string_view text = found.value_or("");
    while (!text.empty()) {
        auto line = take_line(text);
        if (take_word(line) == "oom_kill") return static_cast<double>(take_number(line).value_or(0));
    }
    return 0;
}

/// What nobody can guess, so that nobody takes the build's name before it begins; where the kernel has none, the process.
std::string unguessable() {
    std::uint64_t bits = 0;
    if (::getentropy(&bits, sizeof bits) != 0) return std::to_string(::getpid());
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016" PRIx64, bits);
    return digits;
}

double memory_bytes() {
    return static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

std::optional<CacheCounts> cache_counts(const Config& config) {
    const auto program = config.collectors.caches ? find_program(config.caches.ccache) : std::nullopt;
    const auto text = program ? output_of({*program, "--print-stats"}, cache_patience_ms) : std::nullopt;
    return text ? ccache_counts(*text) : std::nullopt;
}

BuildRun described(const Config& config, const std::string& run_id, const std::vector<std::string>& command) {
    BuildRun run;
    run.started_ms = now_ms();
    run.run_id = !run_id.empty()
                     ? run_id
                     : config.instance + "-" + std::to_string(run.started_ms) + "-" + unguessable();
    run.origin = origin_of_environment(config.exec.pipeline);
    run.host = config.instance;
    run.tool = tool_of(command);
    run.cores = static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN));
    run.memory_bytes = memory_bytes();
    return run;
}

BuildStep run_step(const Config& config, const BuildRun& run, const std::vector<std::string>& command) {
    BuildStep step;
    step.name = config.exec.step.empty() ? run.tool : config.exec.step;
    step.started_ms = now_ms();
    const auto caches_before = cache_counts(config);
    const auto kills_before = out_of_memory_kills(config.paths.proc);
    TreeUsage usage;
    const auto end = run_child(command, std::string(run_variable) + "=" + run.run_id, config.exec.every_ms,
                               [&] { usage.look(below(::getpid(), all_processes("/proc")), ticking_ms()); });
    step.finished_ms = now_ms();
    step.exit_code = end.exit_code;
    const bool out_of_memory = end.exit_code != 0 && out_of_memory_kills(config.paths.proc) > kills_before;
    step.outcome = end.exit_code == 0 ? "success" : out_of_memory ? "out_of_memory" : "failed";
    step.cpu_seconds = end.cpu_seconds;
    step.peak_cores = usage.peak_cores();
    step.peak_rss_bytes = std::max(usage.peak_rss_bytes(), end.largest_rss_bytes);
    step.read_bytes = end.read_bytes;
    step.written_bytes = end.written_bytes;
    step.peak_processes = usage.peak_processes();
    step.peak_threads = usage.peak_threads();
    const auto caches_after = cache_counts(config);
    if (caches_before && caches_after) {
        step.cache_hits = caches_after->hits.value_or(0) - caches_before->hits.value_or(0);
        step.cache_misses = caches_after->misses.value_or(0) - caches_before->misses.value_or(0);
    }
    return step;
}

/// Delivers in the background while the build runs; what is left at the end goes to the spool, for the agent of the
/// host.
class Reports {
public:
    explicit Reports(const Config& config) : config_(config), outbox_({config.buffer.memory_bytes, "", 0}, stats_) {
        if (config.platform.url.empty()) {
            log(Level::warning, "platform.url is not set: the build is not reported");
        } else {
            pusher_.emplace(config, outbox_, stats_);
        }
    }

    void add(Parcel parcel) {
        if (pusher_) outbox_.put(std::move(parcel));
    }

    void finish() {
        if (!pusher_ || pusher_->finish(config_.exec.patience_ms)) return;
        try {
            if (config_.buffer.spool.empty()) throw Failed("there is no spool (buffer.spool)");
            Spool spool(config_.buffer.spool, false);
            while (const auto next = outbox_.oldest()) {
                spool.store(next->parcel);
                outbox_.settle(next->id);
            }
            log(Level::warning, "the build's events wait in the spool", {{"folder", config_.buffer.spool}});
        } catch (const Failed& failure) {
            log(Level::warning, "the build's events are lost", {{"reason", failure.what()}});
        }
    }

private:
    const Config& config_;
    Stats stats_;
    Outbox outbox_;
    std::optional<Pusher> pusher_;
};

}  // namespace

int run_build(const Config& config, const std::string& run_id, const std::vector<std::string>& command) {
    set_log_level(config.log_level);
    block_child_signals();
    Reports reports(config);
    const bool own_run = run_id.empty();
    const auto run = described(config, run_id, command);
    if (own_run) reports.add(start_event(run));
    const auto step = run_step(config, run, command);
    reports.add(step_event(run, step));
    if (own_run) reports.add(complete_event(run, step));
    reports.finish();
    return step.exit_code;
}

}  // namespace inframind
