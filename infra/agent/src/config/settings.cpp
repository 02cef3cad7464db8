#include "config/settings.hpp"

#include <unistd.h>

#include <algorithm>
#include <numeric>

#include "config/settings_table.hpp"
#include "config/values.hpp"
#include "text/files.hpp"

namespace inframind {
namespace {

constexpr std::size_t largest_file = 1 << 20;
constexpr std::size_t most_faults = 20;
constexpr std::size_t near_miss = 3;  // letters by which an unknown name may differ from a known one to be suggested

/// Letters to change, add or take away to get from one word to the other (Levenshtein).
std::size_t distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < to.size(); ++j) {
            const auto changed = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

const Setting* find(std::string_view path) {
    for (const auto& setting : settings()) {
        if (path == setting.path) return &setting;
    }
    return nullptr;
}

bool is_section(const std::string& path) {
    return std::any_of(settings().begin(), settings().end(),
                       [&](const auto& setting) { return std::string_view(setting.path).starts_with(path + "."); });
}

std::string suggestion(const std::string& path) {
    const Setting* best = nullptr;
    std::size_t least = near_miss + 1;
    for (const auto& setting : settings()) {
        const auto apart = distance(path, setting.path);
        if (apart < least) best = &setting, least = apart;
    }
    return best ? " (did you mean '" + std::string(best->path) + "'?)" : "";
}

class Reading {
public:
    Reading(Config& config, std::string file) : config_(config), file_(std::move(file)) {}

    void map(const Node& node, const std::string& prefix) {
        for (const auto& [key, value] : node.keys) {
            const auto path = prefix.empty() ? key : prefix + "." + key;
            if (const auto* setting = find(path)) {
                set(*setting, value);
            } else if (!is_section(path)) {
                fault(value.line, "unknown setting '" + path + "'" + suggestion(path));
            } else if (value.kind == Node::Kind::map) {
                map(value, path);
            } else if (!value.is_null()) {
                fault(value.line, "'" + path + "' is a section, not a value");
            }
        }
    }

    void set(const Setting& setting, const Node& value) {
        try {
            setting.apply(config_, value);
        } catch (const Unfit& unfit) {
            fault(value.line, "'" + std::string(setting.path) + "' " + unfit.what());
        }
    }

    void fault(int line, const std::string& what) {
        if (faults.size() < most_faults)
            faults.push_back(file_ + (line > 0 ? ":" + std::to_string(line) : "") + ": " + what);
    }

    std::vector<std::string> faults;

private:
    Config& config_;
    std::string file_;
};

Config made_defaults() {
    Config config;
    for (const auto& setting : settings()) {
        const auto node = parse_yaml("value: " + std::string(setting.fallback));
        setting.apply(config, node.keys.front().value);
    }
    return config;
}

const Config& defaults() {
    static const Config config = made_defaults();
    return config;
}

void override_setting(Reading& reading, const Override& change) {
    const auto* setting = find(change.path);
    if (!setting) {
        reading.fault(0, "unknown setting '" + change.path + "'" + suggestion(change.path));
        return;
    }
    try {
        const auto node = parse_yaml("value: " + change.value);
        reading.set(*setting, node.keys.front().value);
    } catch (const YamlError& error) {
        reading.fault(0, "'" + change.path + "': " + error.what());
    }
}

std::string host_name() {
    char name[256] = "";
    ::gethostname(name, sizeof name - 1);
    return name;
}

void append_comment(std::string& out, const std::string& indent, std::string_view text) {
    out += indent + "# ";
    out += text;
    out += '\n';
}

}  // namespace

ConfigError::ConfigError(std::vector<std::string> found)
    : Failed(found.empty() ? "the configuration is at fault" : found.front()), faults(std::move(found)) {}

Config parse_config(std::string_view text, const std::string& file, const std::vector<Override>& overrides) {
    Config config = defaults();
    Reading reading(config, file);
    try {
        const auto root = parse_yaml(text);
        if (root.kind != Node::Kind::map) throw YamlError(root.line, "this is not a map of settings");
        reading.map(root, "");
    } catch (const YamlError& error) {
        reading.fault(error.line, error.what());
    }
    Reading from_line(config, "--set");
    for (const auto& change : overrides) override_setting(from_line, change);
    auto faults = reading.faults;
    faults.insert(faults.end(), from_line.faults.begin(), from_line.faults.end());
    if (!faults.empty()) throw ConfigError(faults);
    if (config.instance.empty()) config.instance = host_name();
    return config;
}

Config load_config(const std::string& path, const std::vector<Override>& overrides) {
    if (path.empty()) return parse_config("", "", overrides);
    try {
        return parse_config(read_whole(path, largest_file), path, overrides);
    } catch (const ConfigError&) {
        throw;
    } catch (const Failed& failure) {
        throw ConfigError({failure.what()});
    }
}

std::string documented_config() {
    std::string out =
        "# Every setting of inframind-agent with its default. Times: ms, s, m, h. Sizes: kB, MB, GB, KiB, MiB, GiB.\n";
    std::string section;
    for (const auto& setting : settings()) {
        const std::string_view path = setting.path;
        const auto dot = path.find('.');
        const std::string here(dot == std::string_view::npos ? "" : path.substr(0, dot));
        if (here != section || here.empty()) out += '\n';
        if (here != section) out += here + ":\n";
        section = here;
        const std::string indent = here.empty() ? "" : "  ";
        append_comment(out, indent, setting.meaning);
        out += indent + std::string(path.substr(dot == std::string_view::npos ? 0 : dot + 1)) + ": " +
               setting.fallback + "\n";
    }
    return out;
}

}  // namespace inframind
