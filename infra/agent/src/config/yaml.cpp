#include "config/yaml.hpp"

#include <yaml.h>

#include <algorithm>

namespace inframind {
namespace {

constexpr int deepest = 16;

std::string text_of(const yaml_char_t* text, std::size_t size) { return {reinterpret_cast<const char*>(text), size}; }

class Event {
public:
    Event() = default;
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    ~Event() { yaml_event_delete(&event); }
    int line() const { return static_cast<int>(event.start_mark.line) + 1; }
    yaml_event_t event{};
};

class Parser {
public:
    explicit Parser(std::string_view text) {
        if (!yaml_parser_initialize(&parser_)) throw std::bad_alloc();
        yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    }
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;
    ~Parser() { yaml_parser_delete(&parser_); }

    Node document() {
        Event start;
        next(start);  // of the stream
        Event first;
        next(first);
        Node root;
        root.kind = Node::Kind::map;
        root.line = 1;
        if (first.event.type == YAML_STREAM_END_EVENT) return root;
        Event content;
        next(content);
        Node node = node_of(content, 0);
        Event end, last;
        next(end);
        next(last);
        if (last.event.type != YAML_STREAM_END_EVENT) throw YamlError(last.line(), "there is a second document");
        return node.is_null() ? root : node;
    }

private:
    void next(Event& into) {
        if (!yaml_parser_parse(&parser_, &into.event)) {
            const auto line = std::max(parser_.problem_mark.line, parser_.context_mark.line);
            throw YamlError(static_cast<int>(line) + 1, parser_.problem ? parser_.problem : "this is not YAML");
        }
    }

    Node node_of(const Event& event, int depth) {
        if (depth > deepest) throw YamlError(event.line(), "this is nested too deeply");
        Node node;
        node.line = event.line();
        switch (event.event.type) {
            case YAML_SCALAR_EVENT: {
                const auto& scalar = event.event.data.scalar;
                refuse(scalar.anchor, scalar.tag, node.line);
                node.text = text_of(scalar.value, scalar.length);
                node.quoted = scalar.style != YAML_PLAIN_SCALAR_STYLE;
                return node;
            }
            case YAML_SEQUENCE_START_EVENT:
                refuse(event.event.data.sequence_start.anchor, event.event.data.sequence_start.tag, node.line);
                return list(std::move(node), depth);
            case YAML_MAPPING_START_EVENT:
                refuse(event.event.data.mapping_start.anchor, event.event.data.mapping_start.tag, node.line);
                return map(std::move(node), depth);
            default:
                throw YamlError(node.line, "aliases are not taken");
        }
    }

    static void refuse(const yaml_char_t* anchor, const yaml_char_t* tag, int line) {
        if (anchor) throw YamlError(line, "anchors are not taken");
        if (tag) throw YamlError(line, "tags are not taken");
    }

    Node list(Node node, int depth) {
        node.kind = Node::Kind::list;
        while (true) {
            Event item;
            next(item);
            if (item.event.type == YAML_SEQUENCE_END_EVENT) return node;
            node.items.push_back(node_of(item, depth + 1));
        }
    }

    Node map(Node node, int depth) {
        node.kind = Node::Kind::map;
        while (true) {
            Event key;
            next(key);
            if (key.event.type == YAML_MAPPING_END_EVENT) return node;
            const Node name = node_of(key, depth + 1);
            if (name.kind != Node::Kind::scalar) throw YamlError(name.line, "a key is plain text");
            const bool twice = std::any_of(node.keys.begin(), node.keys.end(),
                                           [&](const auto& known) { return known.name == name.text; });
            if (twice) throw YamlError(name.line, "'" + name.text + "' is given twice");
            Event value;
            next(value);
            Node inner = node_of(value, depth + 1);
            if (inner.kind == Node::Kind::scalar || inner.keys.empty()) inner.line = name.line;
            node.keys.push_back({name.text, std::move(inner)});
        }
    }

    yaml_parser_t parser_{};
};

}  // namespace

Node parse_yaml(std::string_view text) { return Parser(text).document(); }

}  // namespace inframind
