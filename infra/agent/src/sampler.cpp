#include "sampler.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <ctime>

#include "failed.hpp"
#include "text/files.hpp"
#include "text/scan.hpp"
#include "version.hpp"

namespace inframind {
namespace {

const Family works{"inframind_agent_collector_success", "Whether a collector succeeded.", Kind::gauge};
const Family duration{"inframind_agent_collector_duration_seconds", "Time that a collector took.", Kind::gauge};
const Family build{"inframind_agent_build_info", "Always 1; the version is a label.", Kind::gauge};
const Family scrapes{"inframind_agent_scrapes_total", "Scrapes answered.", Kind::counter};
const Family missed{"inframind_agent_ticks_missed_total", "Samples not taken because the one before took too long.",
                    Kind::counter};
const Family sent{"inframind_agent_samples_sent_total", "Samples that the platform accepted.", Kind::counter};
const Family dropped{"inframind_agent_samples_dropped_total", "Samples given up, by reason.", Kind::counter};
const Family failures{"inframind_agent_push_failures_total", "Pushes that failed and are tried again.", Kind::counter};
const Family last_push{"inframind_agent_last_push_timestamp_seconds",
                       "Time of the last accepted push; 0 before the first.", Kind::gauge};
const Family parcels{"inframind_agent_waiting_requests", "Requests waiting in memory or in the spool.", Kind::gauge};
const Family bytes{"inframind_agent_waiting_bytes", "Size of the requests waiting in memory or in the spool.",
                   Kind::gauge};
const Family reloads{"inframind_agent_reloads_total", "Reloads of the configuration, by outcome.", Kind::counter};
const Family cpu{"process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", Kind::counter};
const Family resident{"process_resident_memory_bytes", "Resident memory size in bytes.", Kind::gauge};
const Family start{"process_start_time_seconds", "Start time of the process since unix epoch in seconds.", Kind::gauge};

double seconds_now() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double cpu_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double resident_bytes() {
    auto text = read_small("/proc/self/statm");
    if (!text) return 0;
    take_word(*text);
    return static_cast<double>(take_number(*text).value_or(0)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

Sampler::Sampler(const Config& config, const Stats& stats)
    : stats_(stats), proc_(config.paths.proc), started_ms_(now_ms()) {
    for (auto& collector : collectors(config)) entries_.push_back({std::move(collector), true, 0});
}

void Sampler::collect(Sample& out, Reader reader) {
    out.clear(now_ms());
    for (auto& entry : entries_) run(entry, out, reader);
    add_own(out);
}

void Sampler::prime() {
    Sample nowhere;
    for (const auto reader : {Reader::scrape, Reader::tick}) collect(nowhere, reader);
}

void Sampler::run(Entry& entry, Sample& out, Reader reader) {
    const auto before = out.points().size();
    const auto began = seconds_now();
    const std::string name(entry.collector->name());
    try {
        entry.collector->collect(out, reader);
        if (!entry.works) log(Level::info, "a collector works again", {{"collector", name}});
        entry.works = true;
    } catch (const Failed& failure) {
        out.truncate(before);
        if (entry.works)
            log(Level::warning, "a collector fails and is skipped", {{"collector", name}, {"reason", failure.what()}});
        entry.works = false;
    }
    entry.seconds = seconds_now() - began;
}

void Sampler::add_own(Sample& out) {
    for (const auto& entry : entries_) out.add(works, entry.works ? 1 : 0, {{"collector", entry.collector->name()}});
    for (const auto& entry : entries_) out.add(duration, entry.seconds, {{"collector", entry.collector->name()}});
    out.add(build, 1, {{"version", version}});
    const auto add = [&](const Family& family, auto value) { out.add(family, static_cast<double>(value)); };
    add(scrapes, stats_.scrapes.load());
    add(missed, stats_.ticks_missed.load());
    add(sent, stats_.samples_sent.load());
    out.add(dropped, static_cast<double>(stats_.samples_overflowed), {{"reason", "overflow"}});
    out.add(dropped, static_cast<double>(stats_.samples_refused), {{"reason", "refused"}});
    out.add(dropped, static_cast<double>(stats_.samples_spoiled), {{"reason", "spoiled"}});
    add(failures, stats_.push_failures.load());
    add(last_push, static_cast<double>(stats_.last_push_ms) / 1000);
    add(parcels, stats_.waiting_parcels.load());
    add(bytes, stats_.waiting_bytes.load());
    out.add(reloads, static_cast<double>(stats_.reloads), {{"outcome", "applied"}});
    out.add(reloads, static_cast<double>(stats_.failed_reloads), {{"outcome", "refused"}});
    add(cpu, cpu_seconds());
    add(resident, resident_bytes());
    add(start, static_cast<double>(started_ms_) / 1000);
}

}  // namespace inframind
