#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inframind {

enum class Kind : std::uint8_t { gauge, counter };

/// What a metric is called and means.
struct Family {
    std::string name;
    std::string help;
    Kind kind = Kind::gauge;
};

struct Label {
    std::string_view name;
    std::string_view value;
};

/// One value; its labels lie in the sample's arena.
struct Point {
    const Family* family;
    std::uint32_t start;
    std::uint32_t size;
    double value;
};

/// Everything that one round of collecting found. The points of a family stand together; families outlive the sample.
class Sample {
public:
    void clear(std::int64_t time_ms);
    void add(const Family& family, double value, std::span<const Label> labels);
    void add(const Family& family, double value, std::initializer_list<Label> labels = {}) {
        add(family, value, std::span(labels.begin(), labels.size()));
    }

    std::int64_t time_ms() const { return time_ms_; }
    const std::vector<Point>& points() const { return points_; }

    /// The labels of a point as they lie in the arena: equal bytes, equal labels.
    std::string_view raw_labels(const Point& point) const { return {arena_.data() + point.start, point.size}; }

    /// Forgets the points after the first `count`: what a collector wrote before it failed.
    void truncate(std::size_t count) { points_.resize(count); }

private:
    std::int64_t time_ms_ = 0;
    std::vector<Point> points_;
    std::string arena_;
};

/// Takes the next label off raw labels; false when none is left.
bool take_label(std::string_view& raw, Label& label);

}  // namespace inframind
