#include "net/poster.hpp"

#include <cstdlib>

#include "failed.hpp"
#include "net/http_parse.hpp"
#include "text/files.hpp"
#include "text/scan.hpp"
#include "text/utf8.hpp"
#include "version.hpp"

namespace inframind {
namespace {

constexpr std::size_t largest_key = 4096;
constexpr std::size_t longest_reason = 300;

/// The server had closed a kept connection before it took the request: a new connection may take it.
struct Stale : Failed {
    using Failed::Failed;
};

Outcome::Kind kind_of(int status) {
    if (status >= 200 && status < 300) return Outcome::Kind::accepted;
    if (status == 408 || status == 429 || status >= 500) return Outcome::Kind::try_again;
    return Outcome::Kind::refused;
}

}  // namespace

Poster::Poster(const Platform& platform) : platform_(platform), url_(parse_url(platform.url).value_or(Url{})) {}

Outcome Poster::post(const Parcel& parcel, const Deadline& deadline) {
    try {
        const bool kept = connection_ != nullptr;
        if (!kept) {
            key_ = access_key(platform_);
            connection_ = connect(url_, {platform_.verify, platform_.ca_file, platform_.ca_directory}, deadline);
        }
        try {
            return exchange(head(parcel) + parcel.body, deadline);
        } catch (const Stale&) {
            connection_.reset();
            if (!kept) throw;
        }
        return post(parcel, deadline);
    } catch (const Failed& failure) {
        connection_.reset();
        return {Outcome::Kind::try_again, 0, failure.what(), 0};
    }
}

Outcome Poster::exchange(const std::string& request, const Deadline& deadline) {
    ResponseReader reader;
    Progress progress = Progress::incomplete;
    try {
        connection_->write(request, deadline);
        while (progress == Progress::incomplete) {
            const auto bytes = connection_->read(deadline);
            progress = bytes.empty() ? reader.closed() : reader.feed(bytes);
        }
    } catch (const Failed& failure) {
        if (!reader.begun() && deadline.left_ms() > 0) throw Stale(failure.what());
        throw;
    }
    if (progress == Progress::malformed && !reader.begun()) throw Stale("the server closed the connection");
    if (progress == Progress::malformed) throw Failed("the server did not answer in HTTP");
    if (!reader.keep_alive()) connection_.reset();
    return {kind_of(reader.status()), reader.status(), clean_utf8(trimmed(reader.body()), longest_reason),
            retry_after_ms(reader.retry_after()).value_or(0)};
}

std::string Poster::head(const Parcel& parcel) const {
    const bool standard = url_.port == (url_.secure ? "443" : "80");
    const bool six = url_.host.find(':') != std::string::npos;
    std::string text =
        "POST " + url_.path + parcel.path + " HTTP/1.1\r\nHost: " + (six ? "[" + url_.host + "]" : url_.host);
    if (!standard) text += ":" + url_.port;
    text += "\r\nUser-Agent: inframind-agent/" + std::string(version);
    if (!key_.empty()) text += "\r\nAuthorization: Bearer " + key_;
    text += "\r\nContent-Type: " + parcel.content_type;
    if (!parcel.content_encoding.empty()) text += "\r\nContent-Encoding: " + parcel.content_encoding;
    if (parcel.content_encoding == "snappy") text += "\r\nX-Prometheus-Remote-Write-Version: 0.1.0";
    return text + "\r\nContent-Length: " + std::to_string(parcel.body.size()) + "\r\n\r\n";
}

std::string access_key(const Platform& platform) {
    std::string key;
    if (!platform.key_file.empty()) {
        key = trimmed(read_whole(platform.key_file, largest_key));
        if (key.empty()) throw Failed(platform.key_file + " holds no access key");
    } else if (const char* value =
                   platform.key_variable.empty() ? nullptr : std::getenv(platform.key_variable.c_str())) {
        key = trimmed(value);
    }
    for (const char byte : key) {
        if (byte <= 0x20 || byte >= 0x7F) throw Failed("the access key holds blanks or control characters");
    }
    return key;
}

}  // namespace inframind
