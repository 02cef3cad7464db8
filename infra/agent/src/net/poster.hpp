#pragma once

#include <memory>
#include <string>

#include "config/config.hpp"
#include "net/connection.hpp"
#include "outbox/parcel.hpp"

namespace inframind {

/// What became of a request, and what to do next.
struct Outcome {
    enum class Kind { accepted, try_again, refused };

    Kind kind = Kind::try_again;
    int status = 0;  // 0 where there was no answer
    std::string reason;
    std::int64_t pause_ms = 0;  // that the platform asked for; 0 where it did not
};

/// Posts requests to the platform over one connection, which is kept.
class Poster {
public:
    explicit Poster(const Platform& platform);

    /// 2xx is accepted; no connection, no answer, 408, 429 and 5xx are tried again; everything else is refused.
    Outcome post(const Parcel& parcel, const Deadline& deadline);

private:
    Outcome exchange(const std::string& request, const Deadline& deadline);
    std::string head(const Parcel& parcel) const;

    Platform platform_;
    Url url_;
    std::string key_;
    std::unique_ptr<Connection> connection_;
};

/// The access key: from the file where one is named, else from the environment; "" for none. Throws `Failed`.
std::string access_key(const Platform& platform);

}  // namespace inframind
