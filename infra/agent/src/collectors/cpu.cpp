// CPU time from /proc/stat: seconds by mode as node_exporter names them, and the share in percent over the last
// interval.

#include <unistd.h>

#include <array>
#include <vector>

#include "collectors/collector.hpp"
#include "collectors/window.hpp"
#include "failed.hpp"
#include "text/files.hpp"
#include "text/scan.hpp"

namespace inframind {
namespace {

enum Mode { user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice, modes };

// Time of guests is part of user and nice: it is told apart, and not counted twice.
constexpr std::string_view mode_names[] = {"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"};
constexpr std::size_t own_modes = std::size(mode_names);

using Ticks = std::array<std::uint64_t, modes>;
using AllTicks = std::vector<Ticks>;  // the first is the total

const Family seconds{"node_cpu_seconds_total", "Seconds the CPUs spent in each mode.", Kind::counter};
const Family guest_seconds{"node_cpu_guest_seconds_total", "Seconds the CPUs spent in guests for each mode.",
                           Kind::counter};
const Family usage{"cpu_usage", "Share of time that the CPUs were busy over the last interval, in percent.",
                   Kind::gauge};
const Family core_usage{"cpu_core_usage", "Share of time that a CPU was busy over the last interval, in percent.",
                        Kind::gauge};
const Family mode_usage{"cpu_mode_usage",
                        "Share of time that the CPUs spent in a mode over the last interval, in percent.", Kind::gauge};
const Family switches{"node_context_switches_total", "Total number of context switches.", Kind::counter};
const Family forks{"node_forks_total", "Total number of forks.", Kind::counter};
const Family interrupts{"node_intr_total", "Total number of interrupts serviced.", Kind::counter};
const Family boot{"node_boot_time_seconds", "Node boot time, in unixtime.", Kind::gauge};
const Family running{"node_procs_running", "Number of processes in runnable state.", Kind::gauge};
const Family blocked{"node_procs_blocked", "Number of processes blocked waiting for I/O to complete.", Kind::gauge};

struct Total {
    std::string_view key;
    const Family& family;
};
const Total totals[] = {{"intr", interrupts}, {"ctxt", switches},         {"btime", boot},
                        {"processes", forks}, {"procs_running", running}, {"procs_blocked", blocked}};

Ticks ticks_of(std::string_view line) {
    Ticks ticks{};
    for (auto& value : ticks) value = take_number(line).value_or(0);
    return ticks;
}

/// Ticks since `before`; a counter that went back, as iowait may, counts as still.
Ticks since(const Ticks& before, const Ticks& now) {
    Ticks passed{};
    for (std::size_t mode = 0; mode < own_modes; ++mode)
        passed[mode] = now[mode] > before[mode] ? now[mode] - before[mode] : 0;
    return passed;
}

std::uint64_t sum(const Ticks& ticks) {
    std::uint64_t all = 0;
    for (std::size_t mode = 0; mode < own_modes; ++mode) all += ticks[mode];
    return all;
}

double percent(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

double busy_percent(const Ticks& passed) {
    const auto all = sum(passed);
    return percent(all - passed[idle] - passed[iowait], all);
}

class Cpu final : public Collector {
public:
    explicit Cpu(const Config& config)
        : stat_(config.paths.proc + "/stat"), hertz_(static_cast<double>(::sysconf(_SC_CLK_TCK))) {}

    std::string_view name() const override { return "cpu"; }

    void collect(Sample& out, Reader reader) override {
        parse(stat_.read());
        if (ticks_.empty()) throw Failed("/proc/stat names no CPU");
        add_seconds(out);
        for (std::size_t at = 0; at < std::size(totals); ++at) out.add(totals[at].family, found_[at]);
        if (const auto* before = window_.swap(reader, ticks_); before && before->size() == ticks_.size())
            add_usage(out, *before);
    }

private:
    void parse(std::string_view text) {
        ticks_.clear();
        names_.clear();
        while (!text.empty()) {
            auto line = take_line(text);
            const auto key = take_word(line);
            if (key.starts_with("cpu")) {
                names_.emplace_back(key.substr(3));
                ticks_.push_back(ticks_of(line));
                continue;
            }
            for (std::size_t at = 0; at < std::size(totals); ++at) {
                if (key == totals[at].key) found_[at] = static_cast<double>(take_number(line).value_or(0));
            }
        }
    }

    double in_seconds(std::uint64_t ticks) const { return static_cast<double>(ticks) / hertz_; }

    void add_seconds(Sample& out) const {
        for (std::size_t cpu = 1; cpu < ticks_.size(); ++cpu) {
            for (std::size_t mode = 0; mode < own_modes; ++mode) {
                out.add(seconds, in_seconds(ticks_[cpu][mode]), {{"cpu", names_[cpu]}, {"mode", mode_names[mode]}});
            }
        }
        for (std::size_t cpu = 1; cpu < ticks_.size(); ++cpu) {
            out.add(guest_seconds, in_seconds(ticks_[cpu][guest]), {{"cpu", names_[cpu]}, {"mode", "user"}});
            out.add(guest_seconds, in_seconds(ticks_[cpu][guest_nice]), {{"cpu", names_[cpu]}, {"mode", "nice"}});
        }
    }

    void add_usage(Sample& out, const AllTicks& before) const {
        const auto passed = since(before[0], ticks_[0]);
        const auto all = sum(passed);
        if (all == 0) return;
        out.add(usage, busy_percent(passed));
        for (const auto mode : {user, system, iowait, steal}) {
            out.add(mode_usage, percent(passed[mode], all), {{"mode", mode_names[mode]}});
        }
        for (std::size_t cpu = 1; cpu < ticks_.size(); ++cpu) {
            out.add(core_usage, busy_percent(since(before[cpu], ticks_[cpu])), {{"cpu", names_[cpu]}});
        }
    }

    ProcFile stat_;
    double hertz_;
    AllTicks ticks_;
    std::vector<std::string> names_;
    std::array<double, std::size(totals)> found_{};
    Window<AllTicks> window_;
};

}  // namespace

std::unique_ptr<Collector> cpu_collector(const Config& config) { return std::make_unique<Cpu>(config); }

}  // namespace inframind
