#pragma once

#include <poll.h>

#include <functional>
#include <list>
#include <string>
#include <vector>

#include "text/files.hpp"

namespace inframind {

/// A small HTTP server for GET requests, driven by someone else's poll loop: it never blocks and has no thread.
class Server {
public:
    /// Appends the body of the answer to a path, and returns its content type; "" where the path is not known.
    using Answer = std::function<std::string(const std::string& path, std::string& body)>;

    /// Listens on "address:port"; throws `Failed` where the port is taken or not allowed.
    Server(const std::string& address, Answer answer);

    /// The descriptors to wait for.
    void watch(std::vector<pollfd>& wanted) const;

    /// Serves whoever is ready. `ready` is what `watch` gave, with poll's findings.
    void serve(const std::vector<pollfd>& ready);

    /// The port in use, also where the configured one was 0.
    int port() const;

private:
    struct Client {
        Descriptor socket;
        std::string in, out;
        std::size_t sent = 0;
        std::int64_t heard_ms = 0;
        bool closing = false;
    };

    void accept_clients();
    void drop_most_silent();
    bool advance(Client& client, short events);
    bool receive(Client& client);
    void answer(Client& client);
    static bool flush(Client& client);

    Answer answer_;
    std::vector<Descriptor> doors_;
    std::list<Client> clients_;
    std::string body_;
};

}  // namespace inframind
