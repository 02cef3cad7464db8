#pragma once

#include <string>

#include "sample.hpp"

namespace inframind {

/// Appends the sample in Prometheus' text format, version 0.0.4.
void append_prometheus(std::string& out, const Sample& sample);

/// Appends the sample as one JSON line: time, and the values by series name.
void append_json(std::string& out, const Sample& sample);

}  // namespace inframind
