#include <unistd.h>

#include <cstdio>
#include <exception>

#include "agent.hpp"
#include "build/exec.hpp"
#include "cli.hpp"
#include "failed.hpp"
#include "memory.hpp"
#include "out/text.hpp"
#include "text/files.hpp"
#include "version.hpp"

namespace inframind {
namespace {

enum ExitCode { done = 0, failed = 1, wrong_usage = 2, config_at_fault = 3 };

constexpr useconds_t usage_window_us = 500'000;  // usage is measured over this time by --once

void print(const std::string& text) { write_all(STDOUT_FILENO, text, "standard output"); }

void complain(const std::string& text) {
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;  // nobody listens
}

int once(const Config& config, bool as_json) {
    set_log_level(config.log_level);
    const Stats stats;
    Sampler sampler(config, stats);
    sampler.prime();
    ::usleep(usage_window_us);
    Sample sample;
    sampler.collect(sample, Reader::tick);
    std::string out;
    (as_json ? append_json : append_prometheus)(out, sample);
    print(out);
    return done;
}

int act(const Options& options) {
    using Action = Options::Action;
    if (options.action == Action::help) return print(help()), done;
    if (options.action == Action::version) return print("inframind-agent " + std::string(version) + "\n"), done;
    if (options.action == Action::print_config) return print(documented_config()), done;
    auto config = load_config(options.config, options.overrides);
    switch (options.action) {
        case Action::check_config:
            print((options.config.empty() ? "the configuration" : options.config) + " is valid\n");
            return done;
        case Action::once:
            return once(config, options.as_json);
        case Action::exec:
            return run_build(config, options.run_id, options.command);
        default:
            return Agent(std::move(config), options.config, options.overrides).run();
    }
}

int guarded(const std::vector<std::string>& arguments) {
    try {
        return act(parse_options(arguments));
    } catch (const UsageError& error) {
        complain("inframind-agent: " + std::string(error.what()) + "; see --help\n");
        return wrong_usage;
    } catch (const ConfigError& error) {
        for (const auto& fault : error.faults) complain(fault + "\n");
        return config_at_fault;
    } catch (const Failed& failure) {
        complain("inframind-agent: " + std::string(failure.what()) + "\n");
        return failed;
    } catch (const std::bad_alloc&) {
        complain("inframind-agent: there is not enough memory\n");
        return failed;
    }
}

}  // namespace
}  // namespace inframind

int main(int count, char** words) {
    inframind::keep_memory_small();
    return inframind::guarded({words + 1, words + count});
}
