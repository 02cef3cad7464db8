#include "net/server.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "failed.hpp"
#include "log.hpp"
#include "net/http_parse.hpp"
#include "net/url.hpp"

namespace inframind {
namespace {

constexpr std::size_t most_clients = 64;
constexpr std::int64_t idle_ms = 90'000;     // longer than the scrape intervals people use
constexpr std::int64_t unasked_ms = 10'000;  // a client that began a request must finish it
constexpr int waiting_line = 64;

struct Found {
    explicit Found(const Address& address) {
        addrinfo hints{};
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
        hints.ai_socktype = SOCK_STREAM;
        // Every address: one IPv6 socket takes IPv4 as well. The order of getaddrinfo would bind IPv4 alone.
        hints.ai_family = AF_UNSPEC;
        const char* host = address.host.empty() ? nullptr : address.host.c_str();
        const int code = ::getaddrinfo(host, address.port.c_str(), &hints, &first);
        if (code != 0) throw Failed("cannot listen on " + address.host + ": " + ::gai_strerror(code));
    }
    Found(const Found&) = delete;
    Found& operator=(const Found&) = delete;
    ~Found() { ::freeaddrinfo(first); }
    addrinfo* first = nullptr;
};

void set(int socket, int level, int option, int value) { ::setsockopt(socket, level, option, &value, sizeof value); }

Descriptor open_door(const addrinfo& at) {
    Descriptor door(::socket(at.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!door) return door;
    set(door.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (at.ai_family == AF_INET6) set(door.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (::bind(door.get(), at.ai_addr, at.ai_addrlen) != 0 || ::listen(door.get(), waiting_line) != 0) door.reset();
    return door;
}

std::string head(int status, const char* reason, const std::string& type, std::size_t size, bool keep) {
    std::string text = "HTTP/1.1 " + std::to_string(status) + " " + reason + "\r\nContent-Type: " + type;
    text += "\r\nContent-Length: " + std::to_string(size);
    text += keep ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
    return text;
}

}  // namespace

Server::Server(const std::string& address, Answer answer) : answer_(std::move(answer)) {
    const auto parts = parse_address(address);
    if (!parts) throw Failed("cannot listen on '" + address + "'");
    const Found found(*parts);
    int reason = 0;
    for (const auto* at = found.first; at; at = at->ai_next) {
        auto door = open_door(*at);
        if (door) {
            doors_.push_back(std::move(door));
        } else if (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL) {
            reason = errno;
        }
    }
    if (reason != 0 || doors_.empty()) {
        errno = reason != 0 ? reason : EADDRNOTAVAIL;
        fail_with_errno("cannot listen on " + address);
    }
}

void Server::watch(std::vector<pollfd>& wanted) const {
    for (const auto& door : doors_) wanted.push_back({door.get(), POLLIN, 0});
    for (const auto& client : clients_) {
        const short events = client.sent < client.out.size() ? POLLOUT : POLLIN;
        wanted.push_back({client.socket.get(), events, 0});
    }
}

void Server::serve(const std::vector<pollfd>& ready) {
    const auto now = ticking_ms();
    for (auto client = clients_.begin(); client != clients_.end();) {
        short events = 0;
        for (const auto& found : ready) {
            if (found.fd == client->socket.get()) events = found.revents;
        }
        const bool stale = now - client->heard_ms > (client->in.empty() && client->out.empty() ? idle_ms : unasked_ms);
        client = (events != 0 && !advance(*client, events)) || (events == 0 && stale) ? clients_.erase(client)
                                                                                      : std::next(client);
    }
    for (const auto& found : ready) {
        for (const auto& door : doors_) {
            if (found.fd == door.get() && found.revents != 0) accept_clients();
        }
    }
}

int Server::port() const {
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    ::getsockname(doors_.front().get(), reinterpret_cast<sockaddr*>(&bound), &size);
    const bool six = bound.ss_family == AF_INET6;
    return ntohs(six ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port
                     : reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
}

void Server::accept_clients() {
    for (const auto& door : doors_) {
        while (true) {
            Descriptor socket(::accept4(door.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
            if (!socket) break;
            if (clients_.size() >= most_clients) drop_most_silent();
            set(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);
            clients_.push_back({std::move(socket), {}, {}, 0, ticking_ms(), false});
        }
    }
}

/// Makes room: whoever opens connections and says nothing must not keep a scraper out.
void Server::drop_most_silent() {
    clients_.erase(std::min_element(clients_.begin(), clients_.end(), [](const auto& left, const auto& right) {
        return left.heard_ms < right.heard_ms;
    }));
}

/// False where the client is to be let go.
bool Server::advance(Client& client, short events) {
    if (events & (POLLERR | POLLNVAL)) return false;
    if ((events & (POLLIN | POLLHUP)) && !receive(client)) return false;
    answer(client);
    return flush(client);
}

bool Server::receive(Client& client) {
    char block[4096];
    const ssize_t got = ::read(client.socket.get(), block, sizeof block);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (client.in.empty()) client.heard_ms = ticking_ms();
    client.in.append(block, static_cast<std::size_t>(got));
    return got > 0;
}

void Server::answer(Client& client) {
    while (client.out.empty() && !client.closing) {
        Request request;
        const auto progress = parse_request(client.in, request);
        if (progress == Progress::incomplete) return;
        body_.clear();
        client.closing = progress == Progress::malformed || !request.keep_alive;
        client.in.erase(0, progress == Progress::malformed ? client.in.size() : request.size);
        std::string type = "text/plain; charset=utf-8";
        int status = 200;
        const char* reason = "OK";
        if (progress == Progress::malformed) {
            status = 400, reason = "Bad Request", body_ = "This is not a request for a page.\n";
        } else if (request.method != "GET" && request.method != "HEAD") {
            status = 405, reason = "Method Not Allowed", body_ = "Only GET and HEAD.\n";
        } else if (const auto known = answer_(request.path, body_); !known.empty()) {
            type = known;
        } else {
            status = 404, reason = "Not Found", body_ = "There are /metrics and /health.\n";
        }
        client.out = head(status, reason, type, body_.size(), !client.closing);
        if (request.method != "HEAD") client.out += body_;
        client.heard_ms = ticking_ms();
        if (!flush(client)) client.closing = true;
    }
}

/// Sends what fits; false when the client is served and wants to be let go, or is gone.
bool Server::flush(Client& client) {
    while (client.sent < client.out.size()) {
        const auto put =
            ::send(client.socket.get(), client.out.data() + client.sent, client.out.size() - client.sent, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return errno == EAGAIN;
        client.sent += static_cast<std::size_t>(put);
    }
    client.out.clear();
    client.out.shrink_to_fit();
    client.sent = 0;
    return !client.closing;
}

}  // namespace inframind
