#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sample.hpp"

namespace inframind {

using Labels = std::vector<std::pair<std::string, std::string>>;

/// Samples of several ticks on their way into one request of remote write 1.0.
///
/// A series' labels are encoded once and kept; the series of a tick are found by position, since they come in the order
/// of the tick before almost always.
class Batch {
public:
    /// `common` labels go onto every series that does not have them itself; only metrics that match go in.
    Batch(Labels common, std::vector<std::string> metrics);

    void add(const Sample& sample);

    std::size_t samples() const { return samples_; }

    /// The protobuf message `WriteRequest` of everything added since the last call.
    std::string take();

private:
    struct Series {
        const Family* family = nullptr;
        std::string raw;     // labels as the sample holds them
        std::string labels;  // as the message holds them; empty where the metric is not wanted
        std::vector<std::pair<std::int64_t, double>> samples;
    };

    std::size_t find(const Sample& sample, const Point& point, std::size_t position);
    Series made(const Sample& sample, const Point& point) const;
    bool wanted(const Family& family) const;
    void forget_silent();

    Labels common_;
    std::vector<std::string> metrics_;
    std::vector<Series> series_;
    std::vector<std::size_t> order_;                      // position in a tick -> series
    std::unordered_map<std::string, std::size_t> known_;  // family and raw labels -> series
    std::size_t samples_ = 0;
};

/// A snappy block of `message`.
std::string compressed(const std::string& message);

}  // namespace inframind
