#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"

namespace inframind {

/// Runs `command` as a build step, samples its process tree and posts its events; returns the exit code for the shell.
///
/// With a `run_id` the step joins that build, which someone else starts and completes. Without one it is a build of its
/// own, and commands below it that are wrapped as well join it. The build never fails because of the platform.
int run_build(const Config& config, const std::string& run_id, const std::vector<std::string>& command);

}  // namespace inframind
