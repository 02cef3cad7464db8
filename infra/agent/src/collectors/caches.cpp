// Build caches where they are found: ccache and sccache are asked, Bazel's build event file is read.
//
// Asking starts a program, so it is done rarely (caches.every) and the answer is kept in between.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "collectors/build_caches.hpp"
#include "collectors/collector.hpp"
#include "failed.hpp"
#include "text/files.hpp"
#include "text/program.hpp"

namespace inframind {
namespace {

constexpr std::int64_t patience_ms = 2000;
constexpr std::size_t largest_events = 64 << 20;  // a build event file of a very large build

const Family hits{"build_cache_hits_total", "Compilations or actions that a build cache answered.", Kind::counter};
const Family misses{"build_cache_misses_total", "Compilations or actions that a build cache could not answer.",
                    Kind::counter};
const Family errors{"build_cache_errors_total", "Errors that a build cache counted.", Kind::counter};
const Family size{"build_cache_size_bytes", "Size of a build cache.", Kind::gauge};
const Family last_hits{"bazel_last_build_cache_hits", "Actions of Bazel's last build that a cache answered.",
                       Kind::gauge};
const Family last_misses{"bazel_last_build_cache_misses", "Actions of Bazel's last build that had to run.",
                         Kind::gauge};

/// Whether a server of sccache listens: asking without one would start one.
bool listens(std::int64_t port) {
    const Descriptor door(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(door.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

class Caches final : public Collector {
public:
    explicit Caches(const Config& config) : settings_(config.caches) {}

    std::string_view name() const override { return "caches"; }

    void collect(Sample& out, Reader) override {
        if (asked_ms_ < 0 || ticking_ms() - asked_ms_ >= settings_.every_ms) ask();
        add(out, hits, &CacheCounts::hits);
        add(out, misses, &CacheCounts::misses);
        add(out, errors, &CacheCounts::errors);
        add(out, size, &CacheCounts::size_bytes);
        for (const auto& [path, counts] : builds_) out.add(last_hits, counts.hits.value_or(0), {{"file", path}});
        for (const auto& [path, counts] : builds_) out.add(last_misses, counts.misses.value_or(0), {{"file", path}});
        if (!trouble_.empty() && counts_.empty() && builds_.empty()) throw Failed(trouble_);
    }

private:
    void add(Sample& out, const Family& family, std::optional<double> CacheCounts::*figure) const {
        for (const auto& counts : counts_) {
            if (counts.*figure) out.add(family, *(counts.*figure), {{"cache", counts.cache}});
        }
    }

    void ask() {
        asked_ms_ = ticking_ms();
        counts_.clear();
        trouble_.clear();
        if (const auto program = find_program(settings_.ccache))
            ask_program({*program, "--print-stats"}, ccache_counts);
        const auto sccache = find_program(settings_.sccache);
        if (sccache && listens(settings_.sccache_port)) {
            ask_program({*sccache, "--show-stats", "--stats-format=json"}, sccache_counts);
        }
        for (const auto& path : settings_.bazel_events) read_events(path);
    }

    void ask_program(const Texts& command, std::optional<CacheCounts> (*read)(std::string_view)) {
        const auto text = output_of(command, patience_ms);
        const auto counts = text ? read(*text) : std::nullopt;
        if (counts) {
            counts_.push_back(*counts);
        } else {
            trouble_ = command[0] + " " + command[1] + " gave no statistics";
        }
    }

    void read_events(const std::string& path) {
        struct stat file {};
        if (::stat(path.c_str(), &file) != 0) return;  // no build yet
        const std::pair<std::int64_t, std::int64_t> version{file.st_mtim.tv_sec, file.st_mtim.tv_nsec};
        if (auto& seen = versions_[path]; seen == version) {
            return;
        } else {
            seen = version;
        }
        const auto counts = bazel_counts(read_whole(path, largest_events));
        if (counts) builds_[path] = *counts;
    }

    CacheSettings settings_;
    std::int64_t asked_ms_ = -1;
    std::vector<CacheCounts> counts_;
    std::map<std::string, CacheCounts> builds_;
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> versions_;
    std::string trouble_;
};

}  // namespace

std::unique_ptr<Collector> caches_collector(const Config& config) { return std::make_unique<Caches>(config); }

}  // namespace inframind
