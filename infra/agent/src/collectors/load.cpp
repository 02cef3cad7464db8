// Load averages and the number of threads, from /proc/loadavg.

#include "collectors/collector.hpp"
#include "failed.hpp"
#include "text/files.hpp"
#include "text/scan.hpp"

namespace inframind {
namespace {

const Family averages[] = {{"node_load1", "1m load average.", Kind::gauge},
                           {"node_load5", "5m load average.", Kind::gauge},
                           {"node_load15", "15m load average.", Kind::gauge}};

class Load final : public Collector {
public:
    explicit Load(const Config& config) : file_(config.paths.proc + "/loadavg") {}

    std::string_view name() const override { return "load"; }

    void collect(Sample& out, Reader) override {
        auto text = file_.read();
        for (const auto& family : averages) {
            const auto value = to_decimal(take_word(text));
            if (!value) throw Failed("/proc/loadavg is not three averages");
            out.add(family, *value);
        }
    }

private:
    ProcFile file_;
};

}  // namespace

std::unique_ptr<Collector> load_collector(const Config& config) { return std::make_unique<Load>(config); }

}  // namespace inframind
