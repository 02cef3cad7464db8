#include "build/events.hpp"

#include <unistd.h>

#include <cstdlib>
#include <initializer_list>

#include "text/json.hpp"
#include "text/numbers.hpp"

namespace inframind {
namespace {

constexpr double gigabyte = 1e9;

std::string first_of_environment(std::initializer_list<const char*> names) {
    for (const char* name : names) {
        const char* value = std::getenv(name);
        if (value && *value) return value;
    }
    return "";
}

std::string folder_name() {
    char path[4096] = "";
    if (!::getcwd(path, sizeof path)) return "build";
    const std::string_view text = path;
    const auto name = text.substr(text.rfind('/') + 1);
    return name.empty() ? "build" : std::string(name);
}

Parcel event(const char* path, const JsonObject& body) { return {path, "application/json", "", 0, body.str()}; }

/// To three digits; without libm, which the agent would carry for this alone.
double rounded(double value) { return static_cast<double>(static_cast<std::int64_t>(value * 1000 + 0.5)) / 1000; }

/// The last part of a multibranch job's name in Jenkins is its branch; its builds belong together all the same.
std::string pipeline_of_environment() {
    const auto job = first_of_environment({"JOB_NAME"});
    const auto branch = job.rfind('/');
    if (branch != std::string::npos && !first_of_environment({"BRANCH_NAME"}).empty()) return job.substr(0, branch);
    return first_of_environment({"JOB_NAME", "GITHUB_REPOSITORY", "CI_PROJECT_PATH"});
}

double seconds(const BuildStep& step) { return static_cast<double>(step.finished_ms - step.started_ms) / 1000; }

}  // namespace

Origin origin_of_environment(const std::string& pipeline) {
    Origin origin;
    origin.repository = first_of_environment({"GITHUB_REPOSITORY", "CI_PROJECT_PATH", "GIT_URL"});
    origin.branch =
        first_of_environment({"GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME", "BRANCH_NAME", "GIT_BRANCH"});
    origin.commit = first_of_environment({"GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"});
    origin.pipeline = !pipeline.empty() ? pipeline : pipeline_of_environment();
    if (origin.pipeline.empty()) origin.pipeline = folder_name();
    return origin;
}

Parcel start_event(const BuildRun& run) {
    JsonObject context;
    context.text("tool", run.tool).number("cpus", run.cores).number("memory_gb", rounded(run.memory_bytes / gigabyte));
    JsonObject body;
    body.text("run_id", run.run_id)
        .text("pipeline", run.origin.pipeline)
        .text("started_at", rfc3339(run.started_ms))
        .text("host", run.host);
    if (!run.origin.repository.empty()) body.text("repository", run.origin.repository);
    if (!run.origin.branch.empty()) body.text("branch", run.origin.branch);
    if (!run.origin.commit.empty()) body.text("commit", run.origin.commit);
    return event("/api/v1/builds/start", body.raw("context", context.str()));
}

Parcel step_event(const BuildRun& run, const BuildStep& step) {
    JsonObject body;
    body.text("run_id", run.run_id)
        .text("pipeline", run.origin.pipeline)
        .text("step", step.name)
        .text("outcome", step.outcome);
    body.number("exit_code", step.exit_code)
        .text("started_at", rfc3339(step.started_ms))
        .text("finished_at", rfc3339(step.finished_ms));
    body.number("duration_s", seconds(step)).number("cpu_seconds", rounded(step.cpu_seconds));
    body.number("mean_cores", seconds(step) > 0 ? rounded(step.cpu_seconds / seconds(step)) : 0)
        .number("peak_cores", rounded(step.peak_cores));
    body.number("max_rss_gb", rounded(step.peak_rss_bytes / gigabyte)).number("max_rss_bytes", step.peak_rss_bytes);
    body.number("read_bytes", step.read_bytes).number("written_bytes", step.written_bytes);
    body.number("peak_processes", static_cast<double>(step.peak_processes))
        .number("peak_threads", static_cast<double>(step.peak_threads));
    if (step.cache_hits) body.number("cache_hits", *step.cache_hits);
    if (step.cache_misses) body.number("cache_misses", *step.cache_misses);
    return event("/api/v1/builds/step", body);
}

Parcel complete_event(const BuildRun& run, const BuildStep& step) {
    JsonObject body;
    body.text("run_id", run.run_id)
        .text("pipeline", run.origin.pipeline)
        .text("outcome", step.outcome)
        .number("exit_code", step.exit_code);
    body.text("started_at", rfc3339(run.started_ms))
        .text("finished_at", rfc3339(step.finished_ms))
        .number("duration_s", seconds(step));
    return event("/api/v1/builds/complete", body);
}

}  // namespace inframind
