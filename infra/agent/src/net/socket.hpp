#pragma once

#include "net/connection.hpp"
#include "text/files.hpp"

namespace inframind {

/// A connected, non-blocking TCP socket; every address of the host is tried.
Descriptor connected_socket(const Url& url, const Deadline& deadline);

/// Waits until `socket` is ready for `events` (POLLIN, POLLOUT); throws `Failed` when the deadline has passed.
void await(int socket, short events, const Deadline& deadline);

std::unique_ptr<Connection> plain_connection(Descriptor socket);
std::unique_ptr<Connection> secure_connection(Descriptor socket, const std::string& host, const TlsSettings& tls,
                                              const Deadline& deadline);

}  // namespace inframind
