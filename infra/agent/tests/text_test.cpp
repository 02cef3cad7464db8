#include "out/text.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "text/json.hpp"
#include "text/numbers.hpp"
#include "text/scan.hpp"
#include "text/utf8.hpp"

using namespace inframind;

namespace {

std::string number(double value) {
    std::string out;
    append_number(out, value);
    return out;
}

std::string quoted(std::string_view text) {
    std::string out;
    append_quoted(out, text);
    return out;
}

std::string visited(std::string_view text) {
    std::string out;
    const bool valid =
        visit_json(text, [&](auto path, auto scalar) { out += std::string(path) + "=" + std::string(scalar) + ";"; });
    return valid ? out : "invalid";
}

}  // namespace

TEST_CASE("words and numbers are taken from the front") {
    std::string_view text = "  cpu0 12\t-3 x\nnext";
    auto line = take_line(text);
    CHECK(text == "next");
    CHECK(take_word(line) == "cpu0");
    CHECK(take_number(line) == 12u);
    CHECK_FALSE(take_number(line).has_value());
    CHECK(take_word(line) == "-3");
    CHECK(take_word(line) == "x");
    CHECK(take_word(line).empty());
    CHECK(take_line(text) == "next");
    CHECK(text.empty());
}

TEST_CASE("a number is a whole word within its range") {
    CHECK(to_number("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
    CHECK_FALSE(to_number("18446744073709551616").has_value());
    CHECK_FALSE(to_number("12x").has_value());
    CHECK_FALSE(to_number("").has_value());
    CHECK(to_decimal("0.25") == 0.25);
    CHECK(to_decimal("-1.5e3") == -1500);
    for (const auto* text : {"", "x", "1x", "0x10", "inf", "nan", " 1", "1 ", "1e", "--1"}) {
        CAPTURE(text);
        CHECK_FALSE(to_decimal(text).has_value());
    }
}

TEST_CASE("values are written so that they read back equal") {
    CHECK(number(0) == "0");
    CHECK(number(-0.0) == "-0");
    CHECK(number(12) == "12");
    CHECK(number(1e15) == "1e+15");
    CHECK(number(0.1) == "0.1");
    CHECK(number(1e300) == "1e+300");
    CHECK(number(std::numeric_limits<double>::infinity()) == "+Inf");
    CHECK(number(-std::numeric_limits<double>::infinity()) == "-Inf");
    CHECK(number(std::numeric_limits<double>::quiet_NaN()) == "NaN");
}

TEST_CASE("times are RFC 3339 with milliseconds") {
    CHECK(rfc3339(0) == "1970-01-01T00:00:00.000Z");
    CHECK(rfc3339(1768127400250) == "2026-01-11T10:30:00.250Z");
}

TEST_CASE("JSON text is escaped and always valid UTF-8") {
    CHECK(quoted("a\"b\\c\n") == R"("a\"b\\c\u000a")");
    CHECK(quoted("gr\xC3\xBC\xC3\x9F") == "\"gr\xC3\xBC\xC3\x9F\"");
    CHECK(quoted("\xC3(") == "\"\xEF\xBF\xBD(\"");
    CHECK(quoted("\xED\xA0\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST_CASE("text is cut between characters") {
    CHECK(clean_utf8("a\xC3\xBC", 2) == "a");
    CHECK(clean_utf8("a\xC3\xBC", 3) == "a\xC3\xBC");
}

TEST_CASE("the scalars of JSON are visited with their paths") {
    CHECK(visited(R"({"a": {"b": [1, "x\u00fc\n", true]}, "c": null})") ==
          "a.b.0=1;a.b.1=x\xC3\xBC\n;a.b.2=true;c=null;");
    CHECK(visited(R"("\ud83d\ude00")") == "=\xF0\x9F\x98\x80;");
    CHECK(visited("{}").empty());
    CHECK(visited("[ ]").empty());
}

TEST_CASE("what is not JSON is said to be not") {
    for (const auto* text : {"", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "1 2", "\"\\x\"", "\"", "nul", "{a:1}",
                             "\"\\ud800\\u0041\"", "\"\t\""}) {
        CAPTURE(text);
        CHECK(visited(text) == "invalid");
    }
    CHECK(visited(std::string(100, '[') + std::string(100, ']')) == "invalid");
}

TEST_CASE("a sample is written with one header for each family and with escaped labels") {
    const Family load{"load", "Load.", Kind::gauge};
    const Family reads{"reads_total", "Reads.", Kind::counter};
    Sample sample;
    sample.clear(1000);
    sample.add(load, 0.5);
    sample.add(reads, 3, {{"device", "a\"b\\c"}, {"mode", "x\ny"}});
    sample.add(reads, 4, {{"device", "\xFF"}});
    std::string out;
    append_prometheus(out, sample);
    CHECK(out ==
          "# HELP load Load.\n# TYPE load gauge\nload 0.5\n# HELP reads_total Reads.\n# TYPE reads_total counter\n"
          "reads_total{device=\"a\\\"b\\\\c\",mode=\"x\\ny\"} 3\nreads_total{device=\"\xEF\xBF\xBD\"} 4\n");
}

TEST_CASE("what a failing collector added is taken back") {
    const Family load{"load", "Load.", Kind::gauge};
    Sample sample;
    sample.clear(1000);
    sample.add(load, 1);
    sample.add(load, 2);
    sample.truncate(1);
    CHECK(sample.points().size() == 1);
}
