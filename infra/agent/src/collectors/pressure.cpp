// Time that tasks waited for CPU, memory and I/O, where the kernel keeps account of it (/proc/pressure, Linux 4.20).

#include <unistd.h>

#include <vector>

#include "collectors/collector.hpp"
#include "failed.hpp"
#include "text/files.hpp"
#include "text/scan.hpp"

namespace inframind {
namespace {

const Family cpu_waiting{"node_pressure_cpu_waiting_seconds_total",
                         "Total time in seconds that processes have waited for CPU time.", Kind::counter};
const Family io_waiting{"node_pressure_io_waiting_seconds_total",
                        "Total time in seconds that processes have waited due to IO congestion.", Kind::counter};
const Family io_stalled{"node_pressure_io_stalled_seconds_total",
                        "Total time in seconds no process could make progress due to IO congestion.", Kind::counter};
const Family memory_waiting{"node_pressure_memory_waiting_seconds_total",
                            "Total time in seconds that processes have waited for memory.", Kind::counter};
const Family memory_stalled{"node_pressure_memory_stalled_seconds_total",
                            "Total time in seconds no process could make progress due to memory congestion.",
                            Kind::counter};

struct Source {
    ProcFile file;
    const Family* some;
    const Family* full;  // the kernel's "full" line for CPUs means nothing on the level of the system
};

/// The total in microseconds at the end of a line: "some avg10=0.00 avg60=0.00 avg300=0.00 total=123".
std::optional<std::uint64_t> total_of(std::string_view line) {
    const auto at = line.find("total=");
    if (at == std::string_view::npos) return std::nullopt;
    return to_number(trimmed(line.substr(at + 6)));
}

class Pressure final : public Collector {
public:
    explicit Pressure(const Config& config) : folder_(config.paths.proc + "/pressure") {
        sources_.push_back({ProcFile(folder_ + "/cpu"), &cpu_waiting, nullptr});
        sources_.push_back({ProcFile(folder_ + "/io"), &io_waiting, &io_stalled});
        sources_.push_back({ProcFile(folder_ + "/memory"), &memory_waiting, &memory_stalled});
        present_ = ::access(folder_.c_str(), F_OK) == 0;
    }

    std::string_view name() const override { return "pressure"; }

    void collect(Sample& out, Reader) override {
        if (!present_) return;
        for (auto& source : sources_) {
            auto text = source.file.read();
            while (!text.empty()) {
                auto line = take_line(text);
                const auto* family = take_word(line) == "some" ? source.some : source.full;
                if (const auto total = total_of(line); total && family)
                    out.add(*family, static_cast<double>(*total) / 1e6);
            }
        }
    }

private:
    std::string folder_;
    std::vector<Source> sources_;
    bool present_ = false;
};

}  // namespace

std::unique_ptr<Collector> pressure_collector(const Config& config) { return std::make_unique<Pressure>(config); }

}  // namespace inframind
