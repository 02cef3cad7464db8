// Memory and swap from /proc/meminfo, line for line as node_exporter names them, and the shares in use.

#include <deque>

#include "collectors/collector.hpp"
#include "failed.hpp"
#include "text/files.hpp"
#include "text/scan.hpp"

namespace inframind {
namespace {

const Family memory_usage{"memory_usage", "Memory that is not available to new programs, in percent.", Kind::gauge};
const Family swap_usage{"swap_usage", "Swap space in use, in percent.", Kind::gauge};

/// One line of meminfo; lines keep their order while the kernel runs.
struct Line {
    std::string key;
    Family family;
    double value = 0;
};

Family family_of(std::string_view key, bool in_bytes) {
    std::string name = "node_memory_";
    for (const char byte : key) {
        if (byte == '(') name += '_';
        else if (byte != ')') name += byte;
    }
    if (in_bytes) name += "_bytes";
    return {name, "Memory information field " + std::string(key) + (in_bytes ? "_bytes." : "."), Kind::gauge};
}

class Memory final : public Collector {
public:
    explicit Memory(const Config& config) : file_(config.paths.proc + "/meminfo") {}

    std::string_view name() const override { return "memory"; }

    void collect(Sample& out, Reader) override {
        parse(file_.read());
        if (lines_.empty()) throw Failed("/proc/meminfo is empty");
        for (const auto& line : lines_) out.add(line.family, line.value);
        add_share(out, memory_usage, "MemTotal", "MemAvailable");
        add_share(out, swap_usage, "SwapTotal", "SwapFree");
    }

private:
    void parse(std::string_view text) {
        std::size_t at = 0;
        while (!text.empty()) {
            auto rest = take_line(text);
            auto key = take_word(rest);
            const auto value = take_number(rest);
            if (!value || !key.ends_with(':')) continue;
            key.remove_suffix(1);
            const bool in_bytes = take_word(rest) == "kB";
            if (at == lines_.size()) lines_.emplace_back();
            auto& line = lines_[at++];
            if (line.key != key) line = {std::string(key), family_of(key, in_bytes), 0};
            line.value = static_cast<double>(*value) * (in_bytes ? 1024 : 1);
        }
        lines_.resize(at);
    }

    void add_share(Sample& out, const Family& family, std::string_view total, std::string_view free) const {
        const Line* whole = find(total);
        const Line* left = find(free);
        if (whole && left && whole->value > 0) out.add(family, 100 * (1 - left->value / whole->value));
    }

    const Line* find(std::string_view key) const {
        for (const auto& line : lines_) {
            if (line.key == key) return &line;
        }
        return nullptr;
    }

    ProcFile file_;
    std::deque<Line> lines_;  // a deque: samples point at the families
};

}  // namespace

std::unique_ptr<Collector> memory_collector(const Config& config) { return std::make_unique<Memory>(config); }

}  // namespace inframind
