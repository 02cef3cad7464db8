#include <charconv>
#include <string>

#include "text/json.hpp"
#include "text/scan.hpp"
#include "text/utf8.hpp"

namespace inframind {
namespace {

constexpr int deepest = 32;  // what ccache, sccache and Bazel write is far flatter

using Visit = std::function<void(std::string_view, std::string_view)>;

class Reader {
public:
    Reader(std::string_view text, const Visit& visit) : rest_(text), visit_(visit) {}

    bool document() { return value(0) && (blanks(), rest_.empty()); }

private:
    void blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }

    bool take(char wanted) {
        blanks();
        if (rest_.empty() || rest_.front() != wanted) return false;
        rest_.remove_prefix(1);
        return true;
    }

    bool value(int depth) {
        blanks();
        if (rest_.empty() || depth > deepest) return false;
        if (rest_.front() == '{') return members('}', depth, true);
        if (rest_.front() == '[') return members(']', depth, false);
        std::string scalar;
        if (rest_.front() == '"' ? !string(scalar) : !word(scalar)) return false;
        visit_(path_, scalar);
        return true;
    }

    /// The members of an object, named by their keys, or of an array, named by their positions.
    bool members(char end, int depth, bool named) {
        rest_.remove_prefix(1);
        if (take(end)) return true;
        for (std::size_t position = 0;; ++position) {
            std::string key = std::to_string(position);
            if (named && !(blanks(), key.clear(), string(key) && take(':'))) return false;
            const auto outer = path_.size();
            if (outer != 0) path_ += '.';
            path_ += key;
            if (!value(depth + 1)) return false;
            path_.resize(outer);
            if (take(end)) return true;
            if (!take(',')) return false;
        }
    }

    bool string(std::string& out) {
        if (rest_.empty() || rest_.front() != '"') return false;
        rest_.remove_prefix(1);
        while (!rest_.empty()) {
            const char byte = rest_.front();
            rest_.remove_prefix(1);
            if (byte == '"') return true;
            if (static_cast<unsigned char>(byte) < 0x20) return false;
            if (byte != '\\') {
                out += byte;
            } else if (!escape(out)) {
                return false;
            }
        }
        return false;
    }

    bool escape(std::string& out) {
        if (rest_.empty()) return false;
        const char kind = rest_.front();
        rest_.remove_prefix(1);
        constexpr std::string_view kinds = "\"\\/bfnrt";
        constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
        if (const auto at = kinds.find(kind); at != std::string_view::npos) {
            out += meant[at];
            return true;
        }
        if (kind != 'u') return false;
        auto point = unit();
        if (point >= 0xD800 && point < 0xDC00 && rest_.starts_with("\\u")) {
            rest_.remove_prefix(2);
            const auto low = unit();
            if (low < 0xDC00 || low > 0xDFFF) return false;
            point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        }
        if (point > 0x10FFFF) return false;
        append_utf8(out, point);
        return true;
    }

    /// Four hexadecimal digits, or a number beyond Unicode where there are none.
    std::uint32_t unit() {
        std::uint32_t value = 0xFFFFFFFF;
        if (rest_.size() < 4) return value;
        const auto [stopped, error] = std::from_chars(rest_.data(), rest_.data() + 4, value, 16);
        if (error != std::errc{} || stopped != rest_.data() + 4) return 0xFFFFFFFF;
        rest_.remove_prefix(4);
        return value;
    }

    bool word(std::string& out) {
        const auto text = rest_.substr(0, rest_.find_first_of(",]} \t\r\n"));
        if (text != "true" && text != "false" && text != "null" && !to_decimal(text)) return false;
        out = text;
        rest_.remove_prefix(text.size());
        return true;
    }

    std::string_view rest_;
    const Visit& visit_;
    std::string path_;
};

}  // namespace

bool visit_json(std::string_view text, const Visit& visit) { return Reader(text, visit).document(); }

}  // namespace inframind
