#pragma once

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace inframind {

/// Something outside this program did not work; the text is for the operator.
struct Failed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// `what`, followed by the reason in `errno`.
[[noreturn]] inline void fail_with_errno(const std::string& what) { throw Failed(what + ": " + std::strerror(errno)); }

}  // namespace inframind
