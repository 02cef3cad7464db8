// TLS by OpenSSL, linked statically. Authorities are looked up by hash in a folder: the whole bundle is never in
// memory.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>

#include "failed.hpp"
#include "memory.hpp"
#include "net/socket.hpp"

namespace inframind {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;

[[noreturn]] void fail(const std::string& what) {
    const auto code = ::ERR_get_error();
    const char* reason = code ? ::ERR_reason_error_string(code) : nullptr;
    ::ERR_clear_error();
    throw Failed(reason ? what + ": " + reason : what);
}

bool is_address(const std::string& host) {
    in6_addr six;
    in_addr four;
    return ::inet_pton(AF_INET, host.c_str(), &four) == 1 || ::inet_pton(AF_INET6, host.c_str(), &six) == 1;
}

Context context(const TlsSettings& tls) {
    Context made(::SSL_CTX_new(::TLS_client_method()), ::SSL_CTX_free);
    if (!made) fail("cannot start TLS");
    ::SSL_CTX_set_min_proto_version(made.get(), TLS1_2_VERSION);
    ::SSL_CTX_set_mode(made.get(),
                       SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (!tls.verify) return made;
    ::SSL_CTX_set_verify(made.get(), SSL_VERIFY_PEER, nullptr);
    const bool file = !tls.ca_file.empty();
    const int loaded = file ? ::SSL_CTX_load_verify_file(made.get(), tls.ca_file.c_str())
                            : ::SSL_CTX_load_verify_dir(made.get(), tls.ca_directory.c_str());
    if (loaded != 1) fail("cannot read the certificate authorities in " + (file ? tls.ca_file : tls.ca_directory));
    return made;
}

class Secure final : public Connection {
public:
    Secure(Descriptor socket, const std::string& host, const TlsSettings& tls, const Deadline& deadline)
        : socket_(std::move(socket)), context_(context(tls)), session_(::SSL_new(context_.get()), ::SSL_free) {
        if (!session_ || ::SSL_set_fd(session_.get(), socket_.get()) != 1) fail("cannot start TLS");
        const bool named = is_address(host)
                               ? ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(session_.get()), host.c_str()) == 1
                               : ::SSL_set1_host(session_.get(), host.c_str()) == 1 &&
                                     ::SSL_set_tlsext_host_name(session_.get(), host.c_str()) == 1;
        if (!named) fail("cannot check the name " + host);
        while (true) {
            const int done = ::SSL_connect(session_.get());
            if (done == 1) break;
            wait_or_fail(done, "no TLS connection with " + host, deadline);
        }
        release_clean_pages();
    }

    ~Secure() override { ::SSL_shutdown(session_.get()); }

    void write(std::string_view data, const Deadline& deadline) override {
        while (!data.empty()) {
            std::size_t put = 0;
            const int done = ::SSL_write_ex(session_.get(), data.data(), data.size(), &put);
            if (done == 1) data.remove_prefix(put);
            else wait_or_fail(done, "cannot send", deadline);
        }
    }

    std::string_view read(const Deadline& deadline) override {
        while (true) {
            std::size_t got = 0;
            const int done = ::SSL_read_ex(session_.get(), block_, sizeof block_, &got);
            if (done == 1) return {block_, got};
            if (::SSL_get_error(session_.get(), done) == SSL_ERROR_ZERO_RETURN) return {};
            wait_or_fail(done, "cannot receive", deadline);
        }
    }

private:
    /// Waits for what OpenSSL waits for; throws where it does not wait but has failed.
    void wait_or_fail(int done, const std::string& what, const Deadline& deadline) {
        const int reason = ::SSL_get_error(session_.get(), done);
        if (reason == SSL_ERROR_WANT_READ) return await(socket_.get(), POLLIN, deadline);
        if (reason == SSL_ERROR_WANT_WRITE) return await(socket_.get(), POLLOUT, deadline);
        const auto verdict = ::SSL_get_verify_result(session_.get());
        if (verdict != X509_V_OK) {
            ::ERR_clear_error();
            throw Failed(what + ": " + ::X509_verify_cert_error_string(verdict));
        }
        fail(what);
    }

    Descriptor socket_;
    Context context_;
    Session session_;
    char block_[4096];
};

}  // namespace

std::unique_ptr<Connection> secure_connection(Descriptor socket, const std::string& host, const TlsSettings& tls,
                                              const Deadline& deadline) {
    return std::make_unique<Secure>(std::move(socket), host, tls, deadline);
}

}  // namespace inframind
