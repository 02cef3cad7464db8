#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inframind {

/// What a build cache has done since it counts.
struct CacheCounts {
    std::string_view cache;
    std::optional<double> hits, misses, errors, size_bytes;
};

/// From `ccache --print-stats`: lines of a name, a tab and a number. Nothing where no count is in it.
std::optional<CacheCounts> ccache_counts(std::string_view text);

/// From `sccache --show-stats --stats-format=json`.
std::optional<CacheCounts> sccache_counts(std::string_view text);

/// From the last build in a file that Bazel wrote for --build_event_json_file: its disk and remote cache hits against
/// what it had to run itself.
std::optional<CacheCounts> bazel_counts(std::string_view text);

}  // namespace inframind
