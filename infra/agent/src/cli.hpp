#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace inframind {

/// What the command line asks for.
struct Options {
    enum class Action { serve, once, exec, check_config, print_config, help, version };

    Action action = Action::serve;
    std::string config;
    bool as_json = false;
    std::string run_id;
    std::vector<Override> overrides;
    std::vector<std::string> command;
};

/// The command line is at fault.
struct UsageError : Failed {
    using Failed::Failed;
};

/// Reads the arguments after the program's name; throws `UsageError`.
Options parse_options(const std::vector<std::string>& arguments);

/// The text of --help.
std::string help();

}  // namespace inframind
