#pragma once

#include <string_view>

namespace inframind {

constexpr std::string_view version = INFRAMIND_AGENT_VERSION;

}  // namespace inframind
