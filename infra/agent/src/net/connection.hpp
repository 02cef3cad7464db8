#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/deadline.hpp"
#include "net/url.hpp"

namespace inframind {

struct TlsSettings {
    bool verify = true;
    std::string ca_file, ca_directory;
};

/// A connection to a server, plain or with TLS. Everything throws `Failed`, also when the deadline has passed.
class Connection {
public:
    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    virtual ~Connection() = default;

    virtual void write(std::string_view data, const Deadline& deadline) = 0;

    /// The next bytes; empty where the server closed the connection.
    virtual std::string_view read(const Deadline& deadline) = 0;
};

/// Connects to the host of `url`, and shakes hands where it is secure.
std::unique_ptr<Connection> connect(const Url& url, const TlsSettings& tls, const Deadline& deadline);

}  // namespace inframind
