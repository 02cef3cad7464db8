#include "agent.hpp"

#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "failed.hpp"
#include "memory.hpp"
#include "notify.hpp"
#include "out/text.hpp"
#include "version.hpp"

namespace inframind {
namespace {

constexpr const char* content_type = "text/plain; version=0.0.4; charset=utf-8";
constexpr int idle_check_ms = 30'000;  // idle scrapers are noticed by then

Descriptor blocked_signals() {
    sigset_t wanted;
    ::sigemptyset(&wanted);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&wanted, signal);
    ::sigprocmask(SIG_BLOCK, &wanted, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return Descriptor(::signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC));
}

Labels common_labels(const Config& config) {
    Labels labels = config.labels;
    const auto missing = [&](const char* name) {
        return std::none_of(labels.begin(), labels.end(), [&](const auto& label) { return label.first == name; });
    };
    if (missing("instance")) labels.emplace_back("instance", config.instance);
    if (missing("job")) labels.emplace_back("job", "inframind-agent");
    return labels;
}

}  // namespace

Agent::Agent(Config config, std::string file, std::vector<Override> overrides)
    : config_(std::move(config)),
      file_(std::move(file)),
      overrides_(std::move(overrides)),
      signals_(blocked_signals()),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
    start(true, true);
}

/// Makes the parts that the configuration asks for. The port and the spool are kept over a reload where they can be.
void Agent::start(bool new_listener, bool new_outbox) {
    set_log_level(config_.log_level);
    if (new_listener) server_.reset();
    if (new_listener && !config_.listen.empty()) {
        server_ = std::make_unique<Server>(config_.listen,
                                           [this](const auto& path, auto& body) { return answer(path, body); });
        log(Level::info, "serving metrics", {{"listen", config_.listen}, {"port", std::to_string(server_->port())}});
    }
    if (new_outbox) build_outbox();
    outbox_->resize(config_.buffer);
    sampler_ = std::make_unique<Sampler>(config_, stats_);
    sampler_->prime();
    batch_ = std::make_unique<Batch>(common_labels(config_), config_.remote_write.metrics);
    if (config_.pushes()) pusher_ = std::make_unique<Pusher>(config_, *outbox_, stats_);
    flushed_ms_ = ticking_ms();
    set_timer();
    release_clean_pages();
}

void Agent::build_outbox() {
    auto fresh = std::make_unique<Outbox>(config_.buffer, stats_);
    if (outbox_) fresh->adopt(*outbox_);
    outbox_ = std::move(fresh);
}

void Agent::set_timer() {
    itimerspec when{};
    if (config_.pushes() || config_.log_samples) {
        when.it_interval = {config_.interval_ms / 1000, config_.interval_ms % 1000 * 1'000'000};
        when.it_value = when.it_interval;
    }
    ::timerfd_settime(timer_.get(), 0, &when, nullptr);
}

int Agent::run() {
    notify_service_manager("READY=1");
    log(Level::info, "started",
        {{"version", std::string(version)}, {"instance", config_.instance}, {"pushes_to", config_.platform.url}});
    std::vector<pollfd> wanted;
    while (!stopping_) {
        wanted.assign({{signals_.get(), POLLIN, 0}, {timer_.get(), POLLIN, 0}});
        if (server_) server_->watch(wanted);
        if (::poll(wanted.data(), wanted.size(), idle_check_ms) < 0 && errno != EINTR) fail_with_errno("cannot wait");
        if (server_) server_->serve(wanted);
        if (wanted[1].revents != 0) tick();
        if (wanted[0].revents != 0) handle_signals();
    }
    finish();
    return 0;
}

void Agent::handle_signals() {
    signalfd_siginfo signal{};
    while (::read(signals_.get(), &signal, sizeof signal) == sizeof signal) {
        if (signal.ssi_signo == SIGHUP) {
            reload();
        } else {
            stopping_ = true;
        }
    }
}

/// Reads the configuration again. One with faults changes nothing, nor does one that cannot be carried out.
void Agent::reload() {
    notify_service_manager("RELOADING=1");
    try {
        apply(load_config(file_, overrides_));
        ++stats_.reloads;
        log(Level::info, "reloaded the configuration", {{"file", file_}});
    } catch (const Failed& failure) {
        ++stats_.failed_reloads;
        log(Level::error, "the new configuration is not taken", {{"reason", failure.what()}});
    }
    notify_service_manager("READY=1");
}

void Agent::apply(const Config& wanted) {
    const Config before = config_;
    const bool moved = wanted.listen != before.listen;
    flush();
    pusher_.reset();
    try {
        config_ = wanted;
        start(moved, wanted.buffer.spool != outbox_->folder());
    } catch (const Failed&) {
        config_ = before;
        start(moved, false);
        throw;
    }
}

void Agent::tick() {
    std::uint64_t times = 0;
    if (::read(timer_.get(), &times, sizeof times) != sizeof times) return;
    stats_.ticks_missed += times - 1;
    if (now_ms() == last_tick_ms_) {  // a late tick and one in time: two samples of a series never share a time
        ++stats_.ticks_missed;
        return;
    }
    take_sample();
    if (!config_.pushes()) return;
    batch_->add(sample_);
    const bool full =
        batch_->samples() + sample_.points().size() > static_cast<std::size_t>(config_.remote_write.most_samples);
    // Half an interval of slack: ticks jitter, and a push that is due now must not wait for the next tick.
    if (full || ticking_ms() - flushed_ms_ + config_.interval_ms / 2 >= config_.remote_write.every_ms) flush();
}

void Agent::take_sample() {
    sampler_->collect(sample_, Reader::tick);
    last_tick_ms_ = sample_.time_ms();
    if (!config_.log_samples) return;
    std::string line;
    append_json(line, sample_);
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) log(Level::debug, "a sample was not logged");
}

/// Moves the samples gathered so far to the outbox.
void Agent::flush() {
    flushed_ms_ = ticking_ms();
    const auto samples = batch_->samples();
    if (samples == 0) return;
    outbox_->put({config_.remote_write.path, "application/x-protobuf", "snappy", samples, compressed(batch_->take())});
}

/// One last sample, and a last attempt to deliver what waits.
void Agent::finish() {
    notify_service_manager("STOPPING=1");
    if (!pusher_) return log(Level::info, "stopped");
    if (now_ms() == last_tick_ms_) ::usleep(1000);
    take_sample();
    batch_->add(sample_);
    flush();
    const bool empty = pusher_->finish(config_.grace_ms);
    if (empty) return log(Level::info, "stopped");
    const bool kept = !outbox_->folder().empty();
    log(kept ? Level::info : Level::warning,
        kept ? "stopped; the spool keeps what is not delivered" : "stopped; undelivered samples are lost",
        {{"requests", std::to_string(stats_.waiting_parcels)}});
}

std::string Agent::answer(const std::string& path, std::string& body) {
    if (path == "/metrics") {
        ++stats_.scrapes;
        sampler_->collect(sample_, Reader::scrape);
        append_prometheus(body, sample_);
        return content_type;
    }
    if (path == "/health" || path == "/") {
        body = "inframind-agent " + std::string(version) + " is up. Metrics are at /metrics.\n";
        return "text/plain; charset=utf-8";
    }
    return "";
}

}  // namespace inframind
