#pragma once

#include <poll.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "net/server.hpp"
#include "out/batch.hpp"
#include "outbox/outbox.hpp"
#include "outbox/pusher.hpp"
#include "sampler.hpp"

namespace inframind {

/// The agent as it runs: one thread samples and serves scrapes, a second one pushes.
class Agent {
public:
    /// `file` is read again on SIGHUP, with the same overrides.
    Agent(Config config, std::string file, std::vector<Override> overrides);

    /// Runs until SIGTERM or SIGINT; returns the exit code.
    int run();

private:
    void start(bool new_listener, bool new_outbox);
    void build_outbox();
    void set_timer();
    void handle_signals();
    void reload();
    void apply(const Config& wanted);
    void tick();
    void take_sample();
    void flush();
    void finish();
    std::string answer(const std::string& path, std::string& body);

    Config config_;
    std::string file_;
    std::vector<Override> overrides_;
    Stats stats_;
    Descriptor signals_, timer_;
    std::unique_ptr<Sampler> sampler_;
    std::unique_ptr<Server> server_;
    std::unique_ptr<Outbox> outbox_;
    std::unique_ptr<Pusher> pusher_;
    std::unique_ptr<Batch> batch_;
    Sample sample_;
    std::int64_t flushed_ms_ = 0;
    std::int64_t last_tick_ms_ = 0;
    bool stopping_ = false;
};

}  // namespace inframind
