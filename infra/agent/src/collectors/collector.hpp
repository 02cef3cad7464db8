#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "sample.hpp"

namespace inframind {

/// Who asks: usage is measured over the time since the same reader last asked.
enum class Reader { scrape, tick };

/// One source of metrics. `collect` adds its points and throws `Failed` where it cannot; it is then skipped, never
/// fatal.
class Collector {
public:
    Collector() = default;
    Collector(const Collector&) = delete;
    Collector& operator=(const Collector&) = delete;
    virtual ~Collector() = default;

    virtual std::string_view name() const = 0;
    virtual void collect(Sample& out, Reader reader) = 0;
};

std::unique_ptr<Collector> cpu_collector(const Config& config);
std::unique_ptr<Collector> memory_collector(const Config& config);
std::unique_ptr<Collector> pressure_collector(const Config& config);
std::unique_ptr<Collector> io_collector(const Config& config);
std::unique_ptr<Collector> network_collector(const Config& config);
std::unique_ptr<Collector> load_collector(const Config& config);
std::unique_ptr<Collector> processes_collector(const Config& config);
std::unique_ptr<Collector> filesystem_collector(const Config& config);
std::unique_ptr<Collector> cgroup_collector(const Config& config);
std::unique_ptr<Collector> gpu_collector(const Config& config);
std::unique_ptr<Collector> caches_collector(const Config& config);

/// The collectors that `config` switches on.
std::vector<std::unique_ptr<Collector>> collectors(const Config& config);

/// Whether one of the patterns matches the whole name.
bool any_matches(const Texts& patterns, const char* name);

}  // namespace inframind
