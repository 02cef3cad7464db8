#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inframind {

/// The path of a program: itself where it holds a slash, else looked up in PATH; nothing where it cannot be run.
std::optional<std::string> find_program(const std::string& name);

/// What a program prints to standard output; nothing where it fails, prints over 1 MB, or takes longer than `limit_ms`.
std::optional<std::string> output_of(const std::vector<std::string>& command, std::int64_t limit_ms);

}  // namespace inframind
