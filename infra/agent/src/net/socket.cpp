#include "net/socket.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "failed.hpp"

namespace inframind {
namespace {

class Addresses {
public:
    explicit Addresses(const Url& url) {
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
        const int code = ::getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &first_);
        if (code != 0) throw Failed("cannot resolve " + url.host + ": " + ::gai_strerror(code));
    }
    Addresses(const Addresses&) = delete;
    Addresses& operator=(const Addresses&) = delete;
    ~Addresses() { ::freeaddrinfo(first_); }
    const addrinfo* first() const { return first_; }

private:
    addrinfo* first_ = nullptr;
};

Descriptor try_address(const addrinfo& address, const Deadline& deadline) {
    Descriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) fail_with_errno("cannot make a socket");
    if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) != 0) {
        if (errno != EINPROGRESS) fail_with_errno("cannot connect");
        await(socket.get(), POLLOUT, deadline);
        int reason = 0;
        socklen_t size = sizeof reason;
        ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &reason, &size);
        errno = reason;
        if (reason != 0) fail_with_errno("cannot connect");
    }
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
}

class Plain final : public Connection {
public:
    explicit Plain(Descriptor socket) : socket_(std::move(socket)) {}

    void write(std::string_view data, const Deadline& deadline) override {
        while (!data.empty()) {
            const auto put = ::send(socket_.get(), data.data(), data.size(), MSG_NOSIGNAL);
            if (put >= 0) {
                data.remove_prefix(static_cast<std::size_t>(put));
            } else if (errno == EAGAIN) {
                await(socket_.get(), POLLOUT, deadline);
            } else if (errno != EINTR) {
                fail_with_errno("cannot send");
            }
        }
    }

    std::string_view read(const Deadline& deadline) override {
        while (true) {
            const auto got = ::recv(socket_.get(), block_, sizeof block_, 0);
            if (got >= 0) return {block_, static_cast<std::size_t>(got)};
            if (errno == EAGAIN) {
                await(socket_.get(), POLLIN, deadline);
            } else if (errno != EINTR) {
                fail_with_errno("cannot receive");
            }
        }
    }

private:
    Descriptor socket_;
    char block_[4096];
};

}  // namespace

void await(int socket, short events, const Deadline& deadline) {
    while (deadline.left_ms() > 0) {
        pollfd wanted{socket, events, 0};
        if (::poll(&wanted, 1, deadline.slice_ms()) > 0) return;
    }
    throw Failed("the server took too long");
}

Descriptor connected_socket(const Url& url, const Deadline& deadline) {
    const Addresses addresses(url);
    std::string reason = "no address";
    for (const auto* address = addresses.first(); address; address = address->ai_next) {
        try {
            return try_address(*address, deadline);
        } catch (const Failed& failure) {
            reason = failure.what();
        }
    }
    throw Failed(url.host + ":" + url.port + ": " + reason);
}

std::unique_ptr<Connection> plain_connection(Descriptor socket) { return std::make_unique<Plain>(std::move(socket)); }

std::unique_ptr<Connection> connect(const Url& url, const TlsSettings& tls, const Deadline& deadline) {
    auto socket = connected_socket(url, deadline);
    if (!url.secure) return plain_connection(std::move(socket));
    return secure_connection(std::move(socket), url.host, tls, deadline);
}

}  // namespace inframind
