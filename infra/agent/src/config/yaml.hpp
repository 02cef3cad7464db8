#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "failed.hpp"

namespace inframind {

struct Key;

/// A part of a YAML document with the line it starts on.
struct Node {
    enum class Kind { scalar, list, map };

    Kind kind = Kind::scalar;
    int line = 0;
    std::string text;         // of a scalar
    bool quoted = false;      // a quoted scalar is never null
    std::vector<Node> items;  // of a list
    std::vector<Key> keys;    // of a map, in the order written

    bool is_null() const { return kind == Kind::scalar && !quoted && (text.empty() || text == "~" || text == "null"); }
};

struct Key {
    std::string name;
    Node value;
};

/// The document is not YAML that the agent takes; `what()` says why and `line` where.
struct YamlError : Failed {
    YamlError(int at, const std::string& why) : Failed(why), line(at) {}
    int line;
};

/// The only document in `text`; an empty text is an empty map. Anchors, aliases, tags and keys given twice are refused.
Node parse_yaml(std::string_view text);

}  // namespace inframind
