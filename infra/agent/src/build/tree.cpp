#include "build/tree.hpp"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>

#include "text/files.hpp"
#include "text/scan.hpp"

namespace inframind {
namespace {

// Fields of /proc/PID/stat after the name, counted from the state (proc(5) counts from the pid: state is 3).
constexpr int parent_field = 1, user_field = 11, system_field = 12, children_user_field = 13,
              children_system_field = 14;
constexpr int threads_field = 17, rss_field = 21, last_field = 21;

}  // namespace

std::optional<Process> parse_process(std::string_view text) {
    const auto open = text.find('(');
    const auto close = text.rfind(") ");
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
    Process process;
    const auto pid = to_number(trimmed(text.substr(0, open)));
    if (!pid) return std::nullopt;
    process.pid = static_cast<pid_t>(*pid);
    auto rest = trimmed(text.substr(close + 2));
    for (int field = 0; field <= last_field; ++field) {
        const auto word = take_word(rest);
        if (word.empty()) return std::nullopt;
        const auto value = to_number(word).value_or(0);
        if (field == parent_field) process.parent = static_cast<pid_t>(value);
        if (field == user_field || field == system_field || field == children_user_field ||
            field == children_system_field)
            process.ticks += value;
        if (field == threads_field) process.threads = value;
        if (field == rss_field) process.pages = value;
    }
    return process;
}

std::vector<Process> below(pid_t root, const std::vector<Process>& all) {
    std::map<pid_t, pid_t> parents;
    for (const auto& process : all) parents[process.pid] = process.parent;
    const auto descends = [&](pid_t pid) {
        // Bounded: the list is not read at one instant, so it could hold a circle.
        for (std::size_t step = 0; step <= all.size(); ++step) {
            const auto found = parents.find(pid);
            if (found == parents.end()) return false;
            if (found->second == root) return true;
            pid = found->second;
        }
        return false;
    };
    std::vector<Process> tree;
    std::copy_if(all.begin(), all.end(), std::back_inserter(tree),
                 [&](const auto& process) { return descends(process.pid); });
    return tree;
}

std::vector<Process> all_processes(const std::string& proc) {
    std::vector<Process> found;
    const std::unique_ptr<DIR, int (*)(DIR*)> list(::opendir(proc.c_str()), ::closedir);
    if (!list) return found;
    while (const dirent* entry = ::readdir(list.get())) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
        const auto text = read_small((proc + "/" + entry->d_name + "/stat").c_str());
        const auto process = text ? parse_process(*text) : std::nullopt;
        if (process) found.push_back(*process);
    }
    return found;
}

void TreeUsage::look(const std::vector<Process>& tree, std::int64_t time_ms) {
    std::uint64_t pages = 0, threads = 0, ticks = 0;
    for (const auto& process : tree) {
        pages += process.pages;
        threads += process.threads;
        ticks += process.ticks;
    }
    peak_rss_bytes_ =
        std::max(peak_rss_bytes_, static_cast<double>(pages) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    peak_processes_ = std::max<std::uint64_t>(peak_processes_, tree.size());
    peak_threads_ = std::max(peak_threads_, threads);
    if (last_ms_ >= 0 && time_ms > last_ms_ && ticks > last_ticks_) {
        const auto seconds = static_cast<double>(ticks - last_ticks_) / static_cast<double>(::sysconf(_SC_CLK_TCK));
        peak_cores_ = std::max(peak_cores_, seconds * 1000 / static_cast<double>(time_ms - last_ms_));
    }
    last_ms_ = time_ms;
    last_ticks_ = ticks;
}

}  // namespace inframind
