// Limits and usage of containers from cgroup v2: the agent's own group, and every group below the root whose name
// matches.
//
// The tree is walked again every 15 seconds only; in between, the groups found are read.

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "collectors/collector.hpp"
#include "failed.hpp"
#include "text/files.hpp"
#include "text/scan.hpp"

namespace inframind {
namespace {

constexpr std::int64_t walk_every_ms = 15'000;
constexpr int deepest = 8;  // kubepods.slice / burstable / pod / container stands at 4

const Family cpu_seconds{"cgroup_cpu_seconds_total", "CPU time that the group used.", Kind::counter};
const Family throttled{"cgroup_cpu_throttled_seconds_total", "Time for which the group was held back at its CPU limit.",
                       Kind::counter};
const Family cpu_limit{"cgroup_cpu_limit_cores", "CPU limit of the group, in cores.", Kind::gauge};
const Family memory{"cgroup_memory_bytes", "Memory that the group uses, page cache included.", Kind::gauge};
const Family working_set{"cgroup_memory_working_set_bytes",
                         "Memory that the group uses, without page cache that was not used lately.", Kind::gauge};
const Family memory_limit{"cgroup_memory_limit_bytes", "Memory limit of the group.", Kind::gauge};
const Family memory_usage{"cgroup_memory_usage", "Working set of the group, in percent of its memory limit.",
                          Kind::gauge};
const Family swap{"cgroup_swap_bytes", "Swap space that the group uses.", Kind::gauge};
const Family kills{"cgroup_oom_kills_total", "Processes of the group that were killed for lack of memory.",
                   Kind::counter};
const Family pids{"cgroup_pids", "Processes and threads of the group.", Kind::gauge};
const Family pids_limit{"cgroup_pids_limit", "Limit of processes and threads of the group.", Kind::gauge};

struct Group {
    std::string path;  // below the root, "/" for the root
    std::optional<double> cpu_seconds, throttled, cpu_limit, memory, working_set, memory_limit, swap, kills, pids,
        pids_limit;

    std::optional<double> memory_usage() const {
        if (!working_set || !memory_limit || *memory_limit <= 0) return std::nullopt;
        return 100 * *working_set / *memory_limit;
    }
};

/// One number in a file of its own; "max" means that there is no limit.
std::optional<double> single(const std::string& path) {
    const auto text = read_small(path.c_str());
    const auto value = text ? to_number(trimmed(*text)) : std::nullopt;
    return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

/// The number after `key` in a file of lines "key number".
std::optional<double> keyed(std::string_view text, std::string_view key) {
    while (!text.empty()) {
        auto line = take_line(text);
        if (take_word(line) != key) continue;
        const auto value = take_number(line);
        return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
    }
    return std::nullopt;
}

std::optional<double> scaled(std::optional<double> value, double scale) {
    return value ? std::optional(*value * scale) : std::nullopt;
}

void read_cpu(Group& group, const std::string& folder) {
    if (const auto text = read_small((folder + "/cpu.stat").c_str())) {
        group.cpu_seconds = scaled(keyed(*text, "usage_usec"), 1e-6);
        group.throttled = scaled(keyed(*text, "throttled_usec"), 1e-6);
    }
    if (auto text = read_small((folder + "/cpu.max").c_str())) {
        auto line = take_line(*text);
        const auto quota = take_number(line);
        const auto period = take_number(line);
        if (quota && period && *period > 0)
            group.cpu_limit = static_cast<double>(*quota) / static_cast<double>(*period);
    }
}

void read_memory(Group& group, const std::string& folder) {
    group.memory = single(folder + "/memory.current");
    group.memory_limit = single(folder + "/memory.max");
    group.swap = single(folder + "/memory.swap.current");
    if (const auto text = read_small((folder + "/memory.events").c_str())) group.kills = keyed(*text, "oom_kill");
    if (!group.memory) return;
    if (const auto text = read_small((folder + "/memory.stat").c_str())) {
        group.working_set = std::max(0.0, *group.memory - keyed(*text, "inactive_file").value_or(0));
    }
}

Group group_at(const std::string& root, const std::string& path) {
    Group group;
    group.path = path;
    const auto folder = root + path;
    read_cpu(group, folder);
    read_memory(group, folder);
    group.pids = single(folder + "/pids.current");
    group.pids_limit = single(folder + "/pids.max");
    return group;
}

class Cgroup final : public Collector {
public:
    explicit Cgroup(const Config& config)
        : root_(config.paths.cgroup), own_file_(config.paths.proc + "/self/cgroup"), settings_(config.cgroup) {}

    std::string_view name() const override { return "cgroup"; }

    void collect(Sample& out, Reader) override {
        struct stat marker {};
        if (::stat((root_ + "/cgroup.controllers").c_str(), &marker) != 0) return;  // no cgroup v2 here
        if (paths_.empty() || ticking_ms() - walked_ms_ >= walk_every_ms) find_groups();
        groups_.clear();
        for (const auto& path : paths_) groups_.push_back(group_at(root_, path));
        add(out, cpu_seconds, &Group::cpu_seconds);
        add(out, throttled, &Group::throttled);
        add(out, cpu_limit, &Group::cpu_limit);
        add(out, memory, &Group::memory);
        add(out, working_set, &Group::working_set);
        add(out, memory_limit, &Group::memory_limit);
        for (const auto& group : groups_) put(out, memory_usage, group, group.memory_usage());
        add(out, swap, &Group::swap);
        add(out, kills, &Group::kills);
        add(out, pids, &Group::pids);
        add(out, pids_limit, &Group::pids_limit);
    }

private:
    void add(Sample& out, const Family& family, std::optional<double> Group::*figure) const {
        for (const auto& group : groups_) put(out, family, group, group.*figure);
    }

    static void put(Sample& out, const Family& family, const Group& group, std::optional<double> value) {
        if (value) out.add(family, *value, {{"cgroup", group.path}});
    }

    void find_groups() {
        walked_ms_ = ticking_ms();
        paths_ = {own_path()};
        walk("", 0);
    }

    /// The line of cgroup v2 in /proc/self/cgroup starts with "0::". Inside a container it is often just "/".
    std::string own_path() {
        auto text = own_file_.read();
        while (!text.empty()) {
            const auto line = take_line(text);
            struct stat folder {};
            const auto path = std::string(line.substr(std::min<std::size_t>(3, line.size())));
            if (line.starts_with("0::") && ::stat((root_ + path).c_str(), &folder) == 0) return path;
        }
        return "/";
    }

    void walk(const std::string& path, int depth) {
        const auto folder = root_ + path;
        const std::unique_ptr<DIR, int (*)(DIR*)> list(::opendir(folder.c_str()), ::closedir);
        if (!list || depth > deepest) return;
        while (const dirent* entry = ::readdir(list.get())) {
            if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
            const auto below = path + "/" + entry->d_name;
            if (any_matches(settings_.names, entry->d_name) && below != paths_.front()) {
                if (paths_.size() >= static_cast<std::size_t>(settings_.most)) return;
                paths_.push_back(below);
            }
            walk(below, depth + 1);
        }
    }

    std::string root_;
    ProcFile own_file_;
    CgroupSettings settings_;
    std::int64_t walked_ms_ = 0;
    Texts paths_;
    std::vector<Group> groups_;
};

}  // namespace

std::unique_ptr<Collector> cgroup_collector(const Config& config) { return std::make_unique<Cgroup>(config); }

}  // namespace inframind
