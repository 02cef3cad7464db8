#include "out/batch.hpp"

#include <snappy.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "text/scan.hpp"

namespace inframind {
namespace {

// Field numbers and wire types of prometheus.WriteRequest, TimeSeries, Label and Sample.
constexpr char timeseries = 0x0A, label = 0x0A, sample_field = 0x12, name = 0x0A, value = 0x12;
constexpr char sample_value = 0x09, sample_time = 0x10;

void append_varint(std::string& out, std::uint64_t number) {
    while (number >= 0x80) {
        out += static_cast<char>(number | 0x80);
        number >>= 7;
    }
    out += static_cast<char>(number);
}

void append_bytes(std::string& out, char tag, std::string_view bytes) {
    out += tag;
    append_varint(out, bytes.size());
    out += bytes;
}

void append_sample(std::string& out, std::int64_t time_ms, double number) {
    std::string inner(1, sample_value);
    auto bits = std::bit_cast<std::uint64_t>(number);
    for (int byte = 0; byte < 8; ++byte, bits >>= 8) inner += static_cast<char>(bits & 0xFF);
    inner += sample_time;
    append_varint(inner, static_cast<std::uint64_t>(time_ms));
    append_bytes(out, sample_field, inner);
}

/// Labels as remote write wants them: sorted by name, each once.
std::string encoded(Labels labels) {
    std::sort(labels.begin(), labels.end());
    std::string out;
    for (const auto& [key, text] : labels) {
        std::string inner;
        append_bytes(inner, name, key);
        append_bytes(inner, value, text);
        append_bytes(out, label, inner);
    }
    return out;
}

std::string key_of(const Family& family, std::string_view raw) { return family.name + '\0' + std::string(raw); }

}  // namespace

Batch::Batch(Labels common, std::vector<std::string> metrics)
    : common_(std::move(common)), metrics_(std::move(metrics)) {}

void Batch::add(const Sample& sample) {
    std::size_t position = 0;
    for (const auto& point : sample.points()) {
        auto& series = series_[find(sample, point, position++)];
        if (series.labels.empty()) continue;
        series.samples.emplace_back(sample.time_ms(), point.value);
        ++samples_;
    }
}

std::string Batch::take() {
    std::string message;
    std::string inner;
    for (auto& series : series_) {
        if (series.samples.empty()) continue;
        inner = series.labels;
        for (const auto& [time_ms, number] : series.samples) append_sample(inner, time_ms, number);
        append_bytes(message, timeseries, inner);
    }
    forget_silent();
    samples_ = 0;
    return message;
}

std::size_t Batch::find(const Sample& sample, const Point& point, std::size_t position) {
    const auto raw = sample.raw_labels(point);
    if (position < order_.size()) {
        const auto& expected = series_[order_[position]];
        if (expected.family == point.family && expected.raw == raw) return order_[position];
    } else {
        order_.resize(position + 1);
    }
    const auto [entry, is_new] = known_.try_emplace(key_of(*point.family, raw), series_.size());
    if (is_new) series_.push_back(made(sample, point));
    return order_[position] = entry->second;
}

Batch::Series Batch::made(const Sample& sample, const Point& point) const {
    Series series{point.family, std::string(sample.raw_labels(point)), {}, {}};
    if (!wanted(*point.family)) return series;
    Labels labels{{"__name__", point.family->name}};
    std::string_view raw = series.raw;
    for (Label one; take_label(raw, one);) {
        if (!one.value.empty()) labels.emplace_back(one.name, one.value);
    }
    for (const auto& common : common_) {
        const bool own =
            std::any_of(labels.begin(), labels.end(), [&](const auto& known) { return known.first == common.first; });
        if (!own && !common.second.empty()) labels.push_back(common);
    }
    series.labels = encoded(std::move(labels));
    return series;
}

bool Batch::wanted(const Family& family) const {
    return std::any_of(metrics_.begin(), metrics_.end(),
                       [&](const auto& pattern) { return matches(pattern.c_str(), family.name.c_str()); });
}

/// Empties the series; where some were silent, as a container that is gone, all are looked up anew.
void Batch::forget_silent() {
    const bool silent = std::any_of(series_.begin(), series_.end(), [](const auto& series) {
        return series.samples.empty() && !series.labels.empty();
    });
    if (silent) {
        series_.clear();
        order_.clear();
        known_.clear();
    }
    for (auto& series : series_) series.samples.clear();
}

std::string compressed(const std::string& message) {
    std::string out;
    snappy::Compress(message.data(), message.size(), &out);
    return out;
}

}  // namespace inframind
