// Network interfaces from /proc/net/dev as node_exporter names them.

#include <array>
#include <vector>

#include "collectors/collector.hpp"
#include "text/files.hpp"
#include "text/scan.hpp"

namespace inframind {
namespace {

Family family(const char* name) {
    return {std::string("node_network_") + name + "_total", std::string("Network device statistic ") + name + ".",
            Kind::counter};
}

// In the order of the columns of /proc/net/dev.
const Family columns[] = {
    family("receive_bytes"),  family("receive_packets"),  family("receive_errs"),       family("receive_drop"),
    family("receive_fifo"),   family("receive_frame"),    family("receive_compressed"), family("receive_multicast"),
    family("transmit_bytes"), family("transmit_packets"), family("transmit_errs"),      family("transmit_drop"),
    family("transmit_fifo"),  family("transmit_colls"),   family("transmit_carrier"),   family("transmit_compressed"),
};

struct Interface {
    std::string name;
    std::array<std::uint64_t, std::size(columns)> values{};
};

class Network final : public Collector {
public:
    explicit Network(const Config& config)
        : file_(config.paths.proc + "/net/dev"), exclude_(config.exclude.interfaces) {}

    std::string_view name() const override { return "network"; }

    void collect(Sample& out, Reader) override {
        parse(file_.read());
        for (std::size_t column = 0; column < std::size(columns); ++column) {
            for (const auto& device : interfaces_) {
                out.add(columns[column], static_cast<double>(device.values[column]), {{"device", device.name}});
            }
        }
    }

private:
    void parse(std::string_view text) {
        interfaces_.clear();
        take_line(text);
        take_line(text);
        while (!text.empty()) {
            auto line = take_line(text);
            const auto colon = line.rfind(": ");
            if (colon == std::string_view::npos) continue;
            Interface device{std::string(trimmed(line.substr(0, colon))), {}};
            if (any_matches(exclude_, device.name.c_str())) continue;
            line.remove_prefix(colon + 1);
            for (auto& value : device.values) value = take_number(line).value_or(0);
            interfaces_.push_back(std::move(device));
        }
    }

    ProcFile file_;
    Texts exclude_;
    std::vector<Interface> interfaces_;
};

}  // namespace

std::unique_ptr<Collector> network_collector(const Config& config) { return std::make_unique<Network>(config); }

}  // namespace inframind
