#include "text/json.hpp"

#include <cmath>
#include <cstdio>

#include "text/numbers.hpp"
#include "text/utf8.hpp"

namespace inframind {

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
    key(name);
    append_quoted(text_, value);
    return *this;
}

JsonObject& JsonObject::number(std::string_view name, double value) {
    key(name);
    if (std::isfinite(value)) {
        append_number(text_, value);
    } else {
        text_ += "null";
    }
    return *this;
}

JsonObject& JsonObject::boolean(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }

JsonObject& JsonObject::raw(std::string_view name, std::string_view json) {
    key(name);
    text_ += json;
    return *this;
}

void JsonObject::key(std::string_view name) {
    if (!empty()) text_ += ',';
    append_quoted(text_, name);
    text_ += ':';
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const auto size = utf8_length(text);
        const auto byte = static_cast<unsigned char>(text.front());
        if (size == 0) {
            out += "\xEF\xBF\xBD";
        } else if (byte == '"' || byte == '\\') {
            out += '\\';
            out += text.front();
        } else if (byte < 0x20) {
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, "\\u%04x", byte);
            out += escaped;
        } else {
            out.append(text.substr(0, size));
        }
        text.remove_prefix(size == 0 ? 1 : size);
    }
    out += '"';
}

}  // namespace inframind
