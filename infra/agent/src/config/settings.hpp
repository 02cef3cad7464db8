#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "failed.hpp"

namespace inframind {

/// A configuration with faults; each fault is a line "file:line: what is wrong".
struct ConfigError : Failed {
    explicit ConfigError(std::vector<std::string> found);
    std::vector<std::string> faults;
};

/// "remote_write.every=5s" from the command line.
struct Override {
    std::string path;
    std::string value;
};

/// The defaults, changed by the YAML text `text` of the file `file`, and then by `overrides`; throws `ConfigError`
/// that names every fault.
Config parse_config(std::string_view text, const std::string& file, const std::vector<Override>& overrides = {});

/// The same from a file; `path` empty means defaults and overrides alone.
Config load_config(const std::string& path, const std::vector<Override>& overrides = {});

/// A YAML file with every setting, its meaning and its default.
std::string documented_config();

}  // namespace inframind
