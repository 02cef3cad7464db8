// Disks from /proc/diskstats as node_exporter names them, the share of time each was busy, and the agent's own reads
// and writes from /proc/self/io.

#include <array>
#include <map>
#include <vector>

#include "collectors/collector.hpp"
#include "collectors/window.hpp"
#include "text/files.hpp"
#include "text/scan.hpp"

namespace inframind {
namespace {

constexpr double sector = 512;  // the kernel's unit here, whatever the disk's
constexpr double millisecond = 0.001;

struct Column {
    Family family;
    double scale;
};

// In the order of the columns of diskstats; since Linux 4.18 there are discards, since 5.5 flushes.
const Column columns[] = {
    {{"node_disk_reads_completed_total", "The total number of reads completed successfully.", Kind::counter}, 1},
    {{"node_disk_reads_merged_total", "The total number of reads merged.", Kind::counter}, 1},
    {{"node_disk_read_bytes_total", "The total number of bytes read successfully.", Kind::counter}, sector},
    {{"node_disk_read_time_seconds_total", "The total number of seconds spent by all reads.", Kind::counter},
     millisecond},
    {{"node_disk_writes_completed_total", "The total number of writes completed successfully.", Kind::counter}, 1},
    {{"node_disk_writes_merged_total", "The number of writes merged.", Kind::counter}, 1},
    {{"node_disk_written_bytes_total", "The total number of bytes written successfully.", Kind::counter}, sector},
    {{"node_disk_write_time_seconds_total", "This is the total number of seconds spent by all writes.", Kind::counter},
     millisecond},
    {{"node_disk_io_now", "The number of I/Os currently in progress.", Kind::gauge}, 1},
    {{"node_disk_io_time_seconds_total", "Total seconds spent doing I/Os.", Kind::counter}, millisecond},
    {{"node_disk_io_time_weighted_seconds_total", "The weighted number of seconds spent doing I/Os.", Kind::counter},
     millisecond},
    {{"node_disk_discards_completed_total", "The total number of discards completed successfully.", Kind::counter}, 1},
    {{"node_disk_discards_merged_total", "The total number of discards merged.", Kind::counter}, 1},
    {{"node_disk_discarded_sectors_total", "The total number of sectors discarded successfully.", Kind::counter}, 1},
    {{"node_disk_discard_time_seconds_total", "This is the total number of seconds spent by all discards.",
      Kind::counter},
     millisecond},
    {{"node_disk_flush_requests_total", "The total number of flush requests completed successfully.", Kind::counter},
     1},
    {{"node_disk_flush_requests_time_seconds_total", "This is the total number of seconds spent by all flush requests.",
      Kind::counter},
     millisecond},
};
constexpr std::size_t busy_column = 9;

const Family disk_usage{"disk_busy", "Share of time that a disk was busy over the last interval, in percent.",
                        Kind::gauge};
const Family own_read{"inframind_agent_read_bytes_total", "Bytes that the agent read from storage.", Kind::counter};
const Family own_written{"inframind_agent_written_bytes_total", "Bytes that the agent wrote to storage.",
                         Kind::counter};

struct Disk {
    std::string name;
    std::array<std::uint64_t, std::size(columns)> values{};
    std::size_t known = 0;
};

/// Milliseconds busy by disk, and when that was.
struct Busy {
    std::int64_t time = 0;
    std::map<std::string, std::uint64_t, std::less<>> disks;
};

class Io final : public Collector {
public:
    explicit Io(const Config& config)
        : disks_file_(config.paths.proc + "/diskstats"),
          own_file_(config.paths.proc + "/self/io"),
          exclude_(config.exclude.devices) {}

    std::string_view name() const override { return "io"; }

    void collect(Sample& out, Reader reader) override {
        parse(disks_file_.read());
        for (std::size_t column = 0; column < std::size(columns); ++column) {
            for (const auto& disk : disks_) {
                if (column >= disk.known) continue;
                out.add(columns[column].family, static_cast<double>(disk.values[column]) * columns[column].scale,
                        {{"device", disk.name}});
            }
        }
        add_usage(out, reader);
        add_own(out);
    }

private:
    void parse(std::string_view text) {
        std::size_t at = 0;
        while (!text.empty()) {
            auto line = take_line(text);
            take_word(line);
            take_word(line);
            const std::string device(take_word(line));
            if (device.empty() || any_matches(exclude_, device.c_str())) continue;
            if (at == disks_.size()) disks_.emplace_back();
            auto& disk = disks_[at++];
            disk = {device, {}, 0};
            while (disk.known < std::size(columns)) {
                const auto value = take_number(line);
                if (!value) break;
                disk.values[disk.known++] = *value;
            }
        }
        disks_.resize(at);
    }

    void add_usage(Sample& out, Reader reader) {
        Busy now{ticking_ms(), {}};
        for (const auto& disk : disks_) now.disks[disk.name] = disk.values[busy_column];
        const Busy* before = window_.swap(reader, now);
        if (!before || before->time >= now.time) return;
        for (const auto& [device, busy] : now.disks) {
            const auto seen = before->disks.find(device);
            if (seen == before->disks.end() || seen->second > busy) continue;
            const auto share = static_cast<double>(busy - seen->second) / static_cast<double>(now.time - before->time);
            out.add(disk_usage, std::min(100.0, 100 * share), {{"device", device}});
        }
    }

    void add_own(Sample& out) {
        auto text = own_file_.read();
        while (!text.empty()) {
            auto line = take_line(text);
            const auto key = take_word(line);
            const auto value = static_cast<double>(take_number(line).value_or(0));
            if (key == "read_bytes:") out.add(own_read, value);
            if (key == "write_bytes:") out.add(own_written, value);
        }
    }

    ProcFile disks_file_, own_file_;
    Texts exclude_;
    std::vector<Disk> disks_;
    Window<Busy> window_;
};

}  // namespace

std::unique_ptr<Collector> io_collector(const Config& config) { return std::make_unique<Io>(config); }

}  // namespace inframind
