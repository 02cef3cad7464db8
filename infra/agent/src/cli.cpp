#include "cli.hpp"

#include <cstdlib>

#include "version.hpp"

namespace inframind {
namespace {

using Action = Options::Action;

class Arguments {
public:
    explicit Arguments(const std::vector<std::string>& words) : words_(words) {}

    bool done() const { return at_ == words_.size(); }

    /// The next word; "--name=value" is two words.
    std::string next() {
        if (!attached_.empty()) throw UsageError(words_[at_ - 1] + " takes no value");
        const auto& word = words_[at_++];
        const auto equals = word.find('=');
        if (!word.starts_with("--") || equals == std::string::npos) return word;
        attached_ = word.substr(equals);
        return word.substr(0, equals);
    }

    std::string value(const std::string& of) {
        if (!attached_.empty()) return std::exchange(attached_, "").substr(1);
        if (done()) throw UsageError(of + " needs a value");
        return words_[at_++];
    }

    std::vector<std::string> rest() {
        if (!attached_.empty()) throw UsageError("the command follows --exec as words of its own");
        return {words_.begin() + static_cast<std::ptrdiff_t>(std::exchange(at_, words_.size())), words_.end()};
    }

    void end() const {
        if (!attached_.empty()) throw UsageError(words_.back() + " takes no value");
    }

private:
    const std::vector<std::string>& words_;
    std::size_t at_ = 0;
    std::string attached_;
};

Override override_of(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) throw UsageError("--set takes name=value, not '" + text + "'");
    return {text.substr(0, equals), text.substr(equals + 1)};
}

std::vector<std::string> command_of(Arguments& arguments) {
    auto command = arguments.rest();
    if (!command.empty() && command.front() == "--") command.erase(command.begin());
    if (command.empty()) throw UsageError("--exec needs a command");
    // One word with blanks is a line for the shell, as CI files quote it.
    if (command.size() == 1 && command.front().find(' ') != std::string::npos)
        return {"/bin/sh", "-c", command.front()};
    return command;
}

bool take_plain(Options& options, const std::string& word) {
    if (word == "--once") options.action = Action::once;
    else if (word == "--check-config") options.action = Action::check_config;
    else if (word == "--print-config") options.action = Action::print_config;
    else if (word == "--help" || word == "-h") options.action = Action::help;
    else if (word == "--version" || word == "-V") options.action = Action::version;
    else return false;
    return true;
}

}  // namespace

Options parse_options(const std::vector<std::string>& words) {
    Options options;
    if (const char* id = std::getenv("INFRAMIND_RUN_ID")) options.run_id = id;
    if (const char* file = std::getenv("INFRAMIND_AGENT_CONFIG")) options.config = file;
    if (const char* url = std::getenv("INFRAMIND_URL")) options.overrides.push_back({"platform.url", url});
    if (const char* name = std::getenv("INFRAMIND_PIPELINE"); name && *name)
        options.overrides.push_back({"exec.pipeline", name});
    if (!std::getenv("INFRAMIND_API_KEY") && std::getenv("INFRAMIND_KEY"))  // as CI systems have it
        options.overrides.push_back({"platform.key_variable", "INFRAMIND_KEY"});
    Arguments arguments(words);
    while (!arguments.done()) {
        const auto word = arguments.next();
        if (take_plain(options, word)) continue;
        if (word == "--config" || word == "-c") options.config = arguments.value(word);
        else if (word == "--set") options.overrides.push_back(override_of(arguments.value(word)));
        else if (word == "--run-id") options.run_id = arguments.value(word);
        else if (word == "--format") {
            const auto format = arguments.value(word);
            if (format != "text" && format != "json")
                throw UsageError("--format is text or json, not '" + format + "'");
            options.as_json = format == "json";
        } else if (word == "--exec") {
            options.action = Action::exec;
            options.command = command_of(arguments);
        } else {
            throw UsageError("unknown option '" + word + "'");
        }
    }
    arguments.end();
    return options;
}

std::string help() {
    return "inframind-agent " + std::string(version) + R"(: metrics of a host, for InfraMind and Prometheus

usage: inframind-agent [options]                 serve /metrics, push to the platform
       inframind-agent [options] --once          print one sample and exit
       inframind-agent [options] --exec CMD ...  run a build, sample it, report it

  -c, --config FILE    YAML configuration; without one the defaults hold
      --set NAME=VALUE one setting, over the file, e.g. --set remote_write.every=5s
      --check-config   check the configuration and exit
      --print-config   print every setting with its meaning and default
      --once           print one sample and exit
      --format FORMAT  of --once: text (Prometheus) or json
      --exec CMD ...   run CMD, sample its process tree, post builds/start, step, complete
      --run-id ID      the build that the step of --exec belongs to; without one it is a build of its own
  -h, --help           this text
  -V, --version        the version

environment: INFRAMIND_AGENT_CONFIG (--config), INFRAMIND_URL (platform.url), INFRAMIND_API_KEY, else INFRAMIND_KEY
             (the access key), INFRAMIND_RUN_ID (--run-id), INFRAMIND_PIPELINE (exec.pipeline)
signals:     SIGHUP reads the configuration again; SIGTERM and SIGINT stop after a last push
exit codes:  0 done, 1 failed at run time, 2 wrong usage, 3 configuration at fault; with --exec the command's own,
             126 not executable, 127 not found, 128+n ended by signal n
)";
}

}  // namespace inframind
