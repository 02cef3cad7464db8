#include "collectors/build_caches.hpp"

#include <map>

#include "text/json.hpp"
#include "text/scan.hpp"

namespace inframind {
namespace {

void add(std::optional<double>& total, double value) { total = total.value_or(0) + value; }

bool any(const CacheCounts& counts) { return counts.hits || counts.misses; }

/// Bazel's runners that mean a hit; "total" is their sum and "internal" are actions that run nothing.
bool is_hit(std::string_view runner) { return runner.find("cache hit") != std::string_view::npos; }

}  // namespace

std::optional<CacheCounts> ccache_counts(std::string_view text) {
    CacheCounts counts{"ccache", {}, {}, {}, {}};
    while (!text.empty()) {
        const auto line = take_line(text);
        const auto tab = line.find('\t');
        if (tab == std::string_view::npos) continue;
        const auto value = to_number(trimmed(line.substr(tab + 1)));
        if (!value) continue;
        const auto number = static_cast<double>(*value);
        const auto key = line.substr(0, tab);
        if (key == "direct_cache_hit" || key == "preprocessed_cache_hit") add(counts.hits, number);
        if (key == "cache_miss") add(counts.misses, number);
        if (key == "internal_error" || key == "bad_compiler_arguments" || key == "missing_cache_file")
            add(counts.errors, number);
        if (key == "cache_size_kibibyte") add(counts.size_bytes, number * 1024);
    }
    return any(counts) ? std::optional(counts) : std::nullopt;
}

std::optional<CacheCounts> sccache_counts(std::string_view text) {
    CacheCounts counts{"sccache", {}, {}, {}, {}};
    const bool valid = visit_json(text, [&](std::string_view path, std::string_view scalar) {
        const auto value = to_decimal(scalar);
        if (!value) return;
        if (path.starts_with("stats.cache_hits.counts.")) add(counts.hits, *value);
        if (path.starts_with("stats.cache_misses.counts.")) add(counts.misses, *value);
        if (path.starts_with("stats.cache_errors.counts.")) add(counts.errors, *value);
        if (path == "stats.requests_executed") add(counts.hits, 0), add(counts.misses, 0);
        if (path == "cache_size") counts.size_bytes = *value;
    });
    return valid && any(counts) ? std::optional(counts) : std::nullopt;
}

std::optional<CacheCounts> bazel_counts(std::string_view text) {
    constexpr std::string_view wanted = "buildMetrics.actionSummary.runnerCount.";
    std::string_view last;
    while (!text.empty()) {
        const auto line = take_line(text);
        if (line.find("\"runnerCount\"") != std::string_view::npos) last = line;
    }
    std::map<std::string, std::pair<std::string, double>, std::less<>> runners;
    const bool valid = visit_json(last, [&](std::string_view path, std::string_view scalar) {
        if (!path.starts_with(wanted)) return;
        path.remove_prefix(wanted.size());
        auto& runner = runners[std::string(path.substr(0, path.find('.')))];
        if (path.ends_with(".name")) runner.first = scalar;
        if (path.ends_with(".count")) runner.second = to_decimal(scalar).value_or(0);
    });
    CacheCounts counts{"bazel", {}, {}, {}, {}};
    for (const auto& [position, runner] : runners) {
        if (runner.first.empty() || runner.first == "total" || runner.first == "internal") continue;
        add(is_hit(runner.first) ? counts.hits : counts.misses, runner.second);
    }
    if (!any(counts)) return std::nullopt;
    add(counts.hits, 0);
    add(counts.misses, 0);
    return valid ? std::optional(counts) : std::nullopt;
}

}  // namespace inframind
