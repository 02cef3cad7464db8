#include "outbox/outbox.hpp"

#include <snappy.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "failed.hpp"
#include "out/batch.hpp"
#include "outbox/parcel.hpp"
#include "outbox/pauses.hpp"

using namespace inframind;

namespace {

const Family load{"load", "Load.", Kind::gauge};
const Family reads{"reads_total", "Reads.", Kind::counter};

Parcel parcel(std::string body) { return {"/api/v1/write", "application/x-protobuf", "snappy", 1, std::move(body)}; }

std::string folder() {
    char name[] = "/tmp/agent-test-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    return name;
}

std::string hex(const std::string& bytes) {
    std::string out;
    for (const char byte : bytes) {
        constexpr char digits[] = "0123456789abcdef";
        out += digits[static_cast<unsigned char>(byte) >> 4];
        out += digits[byte & 15];
    }
    return out;
}

}  // namespace

TEST_CASE("a batch is the protobuf message that the protocol describes") {
    Sample sample;
    sample.clear(1000);
    sample.add(load, 1.5, {{"cpu", "0"}});
    Batch batch({{"instance", "h"}}, {"*"});
    batch.add(sample);
    CHECK(batch.samples() == 1);
    // TimeSeries{ Label{__name__, load}, Label{cpu, 0}, Label{instance, h}, Sample{1.5, 1000} }, written out by hand.
    CHECK(hex(batch.take()) ==
          "0a39"
          "0a100a085f5f6e616d655f5f12046c6f6164"
          "0a080a03637075120130"
          "0a0d0a08696e7374616e6365120168"
          "120c09000000000000f83f10e807");
    CHECK(batch.take().empty());
}

TEST_CASE("a label of the sample wins over a common one, and empty labels are left out") {
    Sample sample;
    sample.clear(1);
    sample.add(load, 1, {{"instance", "own"}, {"empty", ""}});
    Batch batch({{"instance", "common"}, {"also", ""}}, {"*"});
    batch.add(sample);
    const auto message = batch.take();
    CHECK(message.find("own") != std::string::npos);
    CHECK(message.find("common") == std::string::npos);
    CHECK(message.find("empty") == std::string::npos);
    CHECK(message.find("also") == std::string::npos);
}

TEST_CASE("samples of one series stand together though series come and go") {
    Batch batch({}, {"*"});
    Sample sample;
    for (const int tick : {1, 2, 3}) {
        sample.clear(tick);
        if (tick != 2) sample.add(reads, tick, {{"device", "a"}});
        sample.add(reads, tick, {{"device", "b"}});
        batch.add(sample);
    }
    CHECK(batch.samples() == 5);
    const auto message = batch.take();
    std::size_t series = 0;
    for (auto at = message.find("reads_total"); at != std::string::npos; at = message.find("reads_total", at + 1))
        ++series;
    CHECK(series == 2);
}

TEST_CASE("metrics that are not wanted do not go in") {
    Sample sample;
    sample.clear(1);
    sample.add(load, 1);
    sample.add(reads, 1);
    Batch batch({}, {"re*"});
    batch.add(sample);
    CHECK(batch.samples() == 1);
    CHECK(batch.take().find("load") == std::string::npos);
}

TEST_CASE("a compressed message is a snappy block") {
    std::string back;
    const std::string message(5000, 'x');
    const auto block = compressed(message);
    CHECK(block.size() < 500);
    REQUIRE(snappy::Uncompress(block.data(), block.size(), &back));
    CHECK(back == message);
}

TEST_CASE("a sealed parcel opens as it was, and not when a bit has changed or the end is missing") {
    const auto original = parcel(std::string("\0\n\xFF three", 9));
    const auto text = sealed(original);
    CHECK(unsealed(text) == original);
    for (std::size_t at = 0; at < text.size(); ++at) {
        auto damaged = text;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        CAPTURE(at);
        CHECK_FALSE(unsealed(damaged).has_value());
        CHECK_FALSE(unsealed(text.substr(0, at)).has_value());
    }
}

TEST_CASE("what waits comes out oldest first and stays until it is settled") {
    Stats stats;
    Outbox outbox({1000, GENERATE(std::string(), folder()), 1000}, stats);
    CHECK_FALSE(outbox.oldest().has_value());
    outbox.put(parcel("one"));
    outbox.put(parcel("two"));
    CHECK(outbox.oldest()->parcel.body == "one");
    CHECK(outbox.oldest()->parcel.body == "one");
    outbox.settle(outbox.oldest()->id);
    CHECK(outbox.oldest()->parcel.body == "two");
    outbox.settle(outbox.oldest()->id);
    CHECK(stats.waiting_parcels == 0);
    CHECK(stats.waiting_bytes == 0);
}

TEST_CASE("the oldest is given up for lack of space, also while it is being sent") {
    Stats stats;
    Outbox outbox({10, "", 0}, stats);
    outbox.put(parcel("123456"));
    const auto sending = outbox.oldest();
    outbox.put(parcel("abcdef"));
    CHECK(stats.samples_overflowed == 1);
    outbox.settle(sending->id);
    CHECK(outbox.oldest()->parcel.body == "abcdef");
}

TEST_CASE("a spool is taken over where it was left") {
    const auto at = folder();
    Stats stats;
    {
        Outbox first({1000, at, 10000}, stats);
        first.put(parcel("one"));
        first.put(parcel("two"));
        CHECK_THROWS_AS(Outbox({1000, at, 10000}, stats), Failed);
    }
    Outbox second({1000, at, 10000}, stats);
    second.put(parcel("three"));
    std::string order;
    while (const auto next = second.oldest()) {
        order += next->parcel.body + " ";
        second.settle(next->id);
    }
    CHECK(order == "one two three ");
}

TEST_CASE("pauses double up to the longest, keep to what was asked, and start anew") {
    Pauses pauses(1000, 8000, 1);
    for (const int bound : {1000, 2000, 4000, 8000, 8000, 8000}) {
        const auto pause = pauses.next(0);
        CHECK(pause >= bound / 2);
        CHECK(pause <= bound);
    }
    CHECK(pauses.next(7900) >= 7900);
    CHECK(pauses.next(1'000'000) == 8000);
    pauses.reset();
    CHECK(pauses.next(0) <= 1000);
}
