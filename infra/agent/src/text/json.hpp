#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace inframind {

/// Builds one JSON object, key after key.
class JsonObject {
public:
    JsonObject& text(std::string_view key, std::string_view value);
    JsonObject& number(std::string_view key, double value);
    JsonObject& boolean(std::string_view key, bool value);
    /// `json` is already JSON.
    JsonObject& raw(std::string_view key, std::string_view json);
    bool empty() const { return text_.size() == 1; }
    std::string str() const { return text_ + "}"; }

private:
    void key(std::string_view key);
    std::string text_ = "{";
};

/// Appends `text` in quotes; what is not valid UTF-8 becomes U+FFFD.
void append_quoted(std::string& out, std::string_view text);

/// Calls `visit(path, scalar)` for every scalar of a JSON text, `path` being its keys and positions joined by dots;
/// strings come unescaped, `true`, `false` and `null` as such. False where the text is not JSON.
bool visit_json(std::string_view text, const std::function<void(std::string_view, std::string_view)>& visit);

}  // namespace inframind
