#include "out/text.hpp"

#include <cmath>

#include "text/json.hpp"
#include "text/numbers.hpp"

namespace inframind {
namespace {

void append_escaped(std::string& out, std::string_view value) {
    if (value.find_first_of("\\\"\n") == std::string_view::npos) {
        out += value;
        return;
    }
    for (const char byte : value) {
        if (byte == '\n') {
            out += "\\n";
            continue;
        }
        if (byte == '\\' || byte == '"') out += '\\';
        out += byte;
    }
}

void append_series(std::string& out, const Sample& sample, const Point& point) {
    out += point.family->name;
    auto raw = sample.raw_labels(point);
    if (raw.empty()) return;
    char before = '{';
    for (Label label; take_label(raw, label);) {
        out += before;
        out += label.name;
        out += "=\"";
        append_escaped(out, label.value);
        out += '"';
        before = ',';
    }
    out += '}';
}

void append_header(std::string& out, const Family& family) {
    out += "# HELP ";
    out += family.name;
    out += ' ';
    out += family.help;
    out += "\n# TYPE ";
    out += family.name;
    out += family.kind == Kind::counter ? " counter\n" : " gauge\n";
}

}  // namespace

void append_prometheus(std::string& out, const Sample& sample) {
    const Family* last = nullptr;
    for (const auto& point : sample.points()) {
        if (point.family != last) append_header(out, *point.family);
        last = point.family;
        append_series(out, sample, point);
        out += ' ';
        append_number(out, point.value);
        out += '\n';
    }
}

void append_json(std::string& out, const Sample& sample) {
    JsonObject values;
    std::string name;
    for (const auto& point : sample.points()) {
        name.clear();
        append_series(name, sample, point);
        values.number(name, point.value);
    }
    JsonObject line;
    line.text("time", rfc3339(sample.time_ms()))
        .text("level", "info")
        .text("service", "agent")
        .text("message", "sample");
    out += line.raw("metrics", values.str()).str();
    out += '\n';
}

}  // namespace inframind
