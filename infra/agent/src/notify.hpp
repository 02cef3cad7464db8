#pragma once

#include <string_view>

namespace inframind {

/// Tells systemd the state of the service, where it asked to be told (NOTIFY_SOCKET).
void notify_service_manager(std::string_view state);

}  // namespace inframind
