#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "log.hpp"

namespace inframind {

using Texts = std::vector<std::string>;

struct Paths {
    std::string proc;
    std::string cgroup;
    std::string root;
};

struct Switches {
    bool cpu, memory, pressure, io, network, load, processes, filesystem, cgroup, gpu, caches;
};

struct Filters {
    Texts devices;        // io
    Texts interfaces;     // network
    Texts types, mounts;  // filesystem
};

struct CgroupSettings {
    Texts names;
    std::int64_t most = 0;
};

struct CacheSettings {
    std::int64_t every_ms = 0;
    std::string ccache, sccache;
    std::int64_t sccache_port = 0;
    Texts bazel_events;
};

struct Platform {
    std::string url;
    std::string key_file, key_variable;
    std::string ca_file, ca_directory;
    bool verify = true;
    std::int64_t timeout_ms = 0;
};

struct RemoteWrite {
    std::string path;
    Texts metrics;
    std::int64_t every_ms = 0;
    std::int64_t most_samples = 0;
    std::int64_t first_pause_ms = 0, longest_pause_ms = 0;
};

struct BufferSettings {
    std::int64_t memory_bytes = 0;
    std::string spool;
    std::int64_t spool_bytes = 0;
};

struct ExecSettings {
    std::string pipeline, step;
    std::int64_t every_ms = 0;
    std::int64_t patience_ms = 0;
};

/// Every setting of the agent; the table in settings.cpp gives the names, defaults and meanings.
struct Config {
    std::string listen;
    std::int64_t interval_ms = 0;
    std::int64_t grace_ms = 0;
    std::string instance;
    std::vector<std::pair<std::string, std::string>> labels;
    Level log_level = Level::info;
    bool log_samples = false;
    Paths paths;
    Switches collectors{};
    Filters exclude;
    bool process_states = false;
    CgroupSettings cgroup;
    std::string gpu_library;
    CacheSettings caches;
    Platform platform;
    RemoteWrite remote_write;
    BufferSettings buffer;
    ExecSettings exec;

    bool pushes() const { return !platform.url.empty() && !remote_write.path.empty(); }
};

}  // namespace inframind
