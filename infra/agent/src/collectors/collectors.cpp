#include <algorithm>

#include "collectors/collector.hpp"
#include "text/scan.hpp"

namespace inframind {

std::vector<std::unique_ptr<Collector>> collectors(const Config& config) {
    std::vector<std::unique_ptr<Collector>> made;
    const auto& on = config.collectors;
    if (on.cpu) made.push_back(cpu_collector(config));
    if (on.memory) made.push_back(memory_collector(config));
    if (on.pressure) made.push_back(pressure_collector(config));
    if (on.io) made.push_back(io_collector(config));
    if (on.network) made.push_back(network_collector(config));
    if (on.load) made.push_back(load_collector(config));
    if (on.processes) made.push_back(processes_collector(config));
    if (on.filesystem) made.push_back(filesystem_collector(config));
    if (on.cgroup) made.push_back(cgroup_collector(config));
    if (on.gpu) made.push_back(gpu_collector(config));
    if (on.caches) made.push_back(caches_collector(config));
    return made;
}

bool any_matches(const Texts& patterns, const char* name) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const auto& pattern) { return matches(pattern.c_str(), name); });
}

}  // namespace inframind
