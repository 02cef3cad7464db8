#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "outbox/parcel.hpp"

namespace inframind {

/// Where a build comes from: what the CI system says in the environment (Jenkins, GitHub, GitLab).
struct Origin {
    std::string pipeline, repository, branch, commit;
};

Origin origin_of_environment(const std::string& pipeline);

/// What the build events tell; the platform's /builds/* take them.
struct BuildRun {
    std::string run_id;
    Origin origin;
    std::string host;
    std::string tool;
    double cores = 0;
    double memory_bytes = 0;
    std::int64_t started_ms = 0;
};

struct BuildStep {
    std::string name;
    std::string outcome;  // success, failed, out_of_memory
    int exit_code = 0;
    std::int64_t started_ms = 0, finished_ms = 0;
    double cpu_seconds = 0, peak_cores = 0, peak_rss_bytes = 0;
    double read_bytes = 0, written_bytes = 0;
    std::uint64_t peak_processes = 0, peak_threads = 0;
    std::optional<double> cache_hits, cache_misses;
};

Parcel start_event(const BuildRun& run);
Parcel step_event(const BuildRun& run, const BuildStep& step);
Parcel complete_event(const BuildRun& run, const BuildStep& step);

}  // namespace inframind
