// Space and inodes of mounted file systems. Network and FUSE file systems are left out by default: asking a server that
// hangs would hang the agent.

#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <set>
#include <vector>

#include "collectors/collector.hpp"
#include "failed.hpp"
#include "text/files.hpp"
#include "text/scan.hpp"

namespace inframind {
namespace {

struct Mount {
    std::string device, point, type;
    bool read_only = false, known = false;
    double size = 0, free = 0, available = 0, files = 0, files_free = 0;

    double usage() const { return size - free + available > 0 ? 100 * (size - free) / (size - free + available) : 0; }
    double is_read_only() const { return read_only ? 1 : 0; }
    double has_error() const { return known ? 0 : 1; }
};

struct Figure {
    Family family;
    double (*of)(const Mount&);
};

const Figure figures[] = {
    {{"node_filesystem_size_bytes", "Filesystem size in bytes.", Kind::gauge},
     [](const Mount& mount) { return mount.size; }},
    {{"node_filesystem_free_bytes", "Filesystem free space in bytes.", Kind::gauge},
     [](const Mount& mount) { return mount.free; }},
    {{"node_filesystem_avail_bytes", "Filesystem space available to non-root users in bytes.", Kind::gauge},
     [](const Mount& mount) { return mount.available; }},
    {{"node_filesystem_files", "Filesystem total file nodes.", Kind::gauge},
     [](const Mount& mount) { return mount.files; }},
    {{"node_filesystem_files_free", "Filesystem total free file nodes.", Kind::gauge},
     [](const Mount& mount) { return mount.files_free; }},
    {{"node_filesystem_readonly", "Filesystem read-only status.", Kind::gauge},
     [](const Mount& mount) { return mount.is_read_only(); }},
    {{"filesystem_usage", "Space of a file system in use, in percent of what other users than root can have.",
      Kind::gauge},
     [](const Mount& mount) { return mount.usage(); }},
};
const Family error{"node_filesystem_device_error",
                   "Whether an error occurred while getting statistics for the given device.", Kind::gauge};

/// A field of /proc/mounts, in which blanks are written as \040.
std::string unescaped(std::string_view field) {
    std::string text;
    for (std::size_t at = 0; at < field.size(); ++at) {
        if (field[at] == '\\' && at + 3 < field.size() && field[at + 1] >= '0' && field[at + 1] <= '3') {
            text += static_cast<char>((field[at + 1] - '0') * 64 + (field[at + 2] - '0') * 8 + (field[at + 3] - '0'));
            at += 3;
        } else {
            text += field[at];
        }
    }
    return text;
}

class Filesystem final : public Collector {
public:
    explicit Filesystem(const Config& config)
        : root_(config.paths.root == "/" ? "" : config.paths.root),
          exclude_(config.exclude),
          mounts_file_(mounts_path(config)) {}

    std::string_view name() const override { return "filesystem"; }

    void collect(Sample& out, Reader) override {
        const auto text = mounts_file_.read();
        if (text != seen_) parse(seen_ = text);
        for (auto& mount : mounts_) measure(mount);
        for (const auto& figure : figures) {
            for (const auto& mount : mounts_) {
                if (mount.known) out.add(figure.family, figure.of(mount), labels(mount));
            }
        }
        for (const auto& mount : mounts_) out.add(error, mount.has_error(), labels(mount));
    }

private:
    /// The mounts of process 1 are the host's; a container sees only its own in self.
    static std::string mounts_path(const Config& config) {
        const auto host = config.paths.proc + "/1/mounts";
        return ::access(host.c_str(), R_OK) == 0 ? host : config.paths.proc + "/self/mounts";
    }

    static std::array<Label, 3> labels(const Mount& mount) {
        return {{{"device", mount.device}, {"fstype", mount.type}, {"mountpoint", mount.point}}};
    }

    void parse(std::string_view text) {
        mounts_.clear();
        std::set<std::string> seen;
        while (!text.empty()) {
            auto line = take_line(text);
            Mount mount;
            mount.device = unescaped(take_word(line));
            mount.point = unescaped(take_word(line));
            mount.type = unescaped(take_word(line));
            const auto options = take_word(line);
            mount.read_only = options == "ro" || options.starts_with("ro,");
            if (!root_.empty() && mount.point.starts_with(root_)) {
                mount.point = mount.point.size() == root_.size() ? "/" : mount.point.substr(root_.size());
            }
            if (mount.point.empty() || any_matches(exclude_.types, mount.type.c_str())) continue;
            if (any_matches(exclude_.mounts, mount.point.c_str()) || !seen.insert(mount.point).second) continue;
            mounts_.push_back(std::move(mount));
        }
    }

    void measure(Mount& mount) const {
        struct statvfs space {};
        mount.known = ::statvfs((root_ + mount.point).c_str(), &space) == 0;
        if (!mount.known) return;
        const auto block = static_cast<double>(space.f_frsize);
        mount.size = static_cast<double>(space.f_blocks) * block;
        mount.free = static_cast<double>(space.f_bfree) * block;
        mount.available = static_cast<double>(space.f_bavail) * block;
        mount.files = static_cast<double>(space.f_files);
        mount.files_free = static_cast<double>(space.f_ffree);
    }

    std::string root_;
    Filters exclude_;
    ProcFile mounts_file_;
    std::string seen_;
    std::vector<Mount> mounts_;
};

}  // namespace

std::unique_ptr<Collector> filesystem_collector(const Config& config) { return std::make_unique<Filesystem>(config); }

}  // namespace inframind
