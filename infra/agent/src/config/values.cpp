#include "config/values.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "net/url.hpp"
#include "text/scan.hpp"

namespace inframind {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t factor;
};
constexpr Unit times[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
constexpr Unit sizes[] = {{"", 1},          {"kB", 1000},     {"MB", 1'000'000}, {"GB", 1'000'000'000},
                          {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
constexpr std::int64_t longest_ms = 86'400'000;

template <std::size_t count>
std::int64_t with_unit(const Node& node, const Unit (&units)[count], const char* example) {
    const auto text = text_value(node);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto name = trimmed(std::string_view(end, static_cast<std::size_t>(text.data() + text.size() - end)));
    const auto unit =
        std::find_if(std::begin(units), std::end(units), [&](const Unit& known) { return known.name == name; });
    if (error != std::errc{} || unit == std::end(units) || number < 0 ||
        number > std::numeric_limits<std::int64_t>::max() / unit->factor) {
        throw Unfit("is '" + text + "', not " + example);
    }
    return number * unit->factor;
}

bool is_label_name(std::string_view name) {
    const auto letter = [](char byte) {
        return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
    };
    return !name.empty() && letter(name[0]) && !name.starts_with("__") &&
           std::all_of(name.begin(), name.end(),
                       [&](char byte) { return letter(byte) || (byte >= '0' && byte <= '9'); });
}

}  // namespace

std::string text_value(const Node& node) {
    if (node.is_null()) return "";
    if (node.kind != Node::Kind::scalar) throw Unfit("is a list or a map, not one text");
    return node.text;
}

bool boolean_value(const Node& node) {
    const auto text = text_value(node);
    if (text == "true" || text == "yes" || text == "on") return true;
    if (text == "false" || text == "no" || text == "off") return false;
    throw Unfit("is '" + text + "', not true or false");
}

std::int64_t number_value(const Node& node) {
    const auto number = to_number(text_value(node));
    if (!number || *number == 0 || *number > 1'000'000'000)
        throw Unfit("is '" + text_value(node) + "', not a number from 1 to 1000000000");
    return static_cast<std::int64_t>(*number);
}

std::int64_t duration_value(const Node& node) {
    const auto time = with_unit(node, times, "a time such as 15s, 250ms or 2m");
    if (time == 0 || time > longest_ms) throw Unfit("is '" + node.text + "', not between 1ms and 24h");
    return time;
}

std::int64_t size_value(const Node& node) { return with_unit(node, sizes, "a size such as 4MiB or 64kB"); }

std::vector<std::string> list_value(const Node& node) {
    if (node.is_null()) return {};
    if (node.kind != Node::Kind::list) throw Unfit("is not a list");
    std::vector<std::string> texts;
    for (const auto& item : node.items) texts.push_back(text_value(item));
    return texts;
}

std::vector<std::pair<std::string, std::string>> labels_value(const Node& node) {
    if (node.is_null()) return {};
    if (node.kind != Node::Kind::map) throw Unfit("is not a map of names and values");
    std::vector<std::pair<std::string, std::string>> labels;
    for (const auto& [name, value] : node.keys) {
        if (!is_label_name(name)) throw Unfit("holds '" + name + "', which cannot name a label");
        labels.emplace_back(name, text_value(value));
    }
    return labels;
}

Level level_value(const Node& node) {
    const auto text = text_value(node);
    if (text == "debug") return Level::debug;
    if (text == "info") return Level::info;
    if (text == "warning") return Level::warning;
    if (text == "error") return Level::error;
    throw Unfit("is '" + text + "', not debug, info, warning or error");
}

std::string url_value(const Node& node) {
    auto text = text_value(node);
    while (text.ends_with('/')) text.pop_back();
    if (!text.empty() && !parse_url(text)) throw Unfit("is '" + text + "', not an address such as https://host/path");
    return text;
}

std::string path_value(const Node& node) {
    auto text = text_value(node);
    const bool plain = std::all_of(text.begin(), text.end(), [](char byte) { return byte > 0x20 && byte < 0x7F; });
    if (!text.empty() && (!plain || text.front() != '/'))
        throw Unfit("is '" + text + "', not a path such as /api/v1/write");
    return text;
}

std::string address_value(const Node& node) {
    auto text = text_value(node);
    if (!text.empty() && !parse_address(text)) throw Unfit("is '" + text + "', not address:port or :port");
    return text;
}

}  // namespace inframind
