#pragma once

#include <span>

#include "config/config.hpp"
#include "config/yaml.hpp"

namespace inframind {

/// One setting: where it stands in the file, what it is if left out (as YAML), what it means, and where it goes.
struct Setting {
    const char* path;
    const char* fallback;
    const char* meaning;
    void (*apply)(Config&, const Node&);
};

/// Every setting, in the order of the documented file.
std::span<const Setting> settings();

}  // namespace inframind
