#include <catch2/catch.hpp>

#include "build/events.hpp"
#include "build/tree.hpp"
#include "cli.hpp"
#include "collectors/build_caches.hpp"
#include "config/settings.hpp"

using namespace inframind;

TEST_CASE("a process is read though its name is strange") {
    const auto process = parse_process(
        "42 (a) b (c) S 7 42 42 0 -1 4194304 1 2 3 4 10 20 30 40 20 0 5 0 100 2000000 300 18446744073709551615 1 1\n");
    REQUIRE(process.has_value());
    CHECK(process->pid == 42);
    CHECK(process->parent == 7);
    CHECK(process->ticks == 100);
    CHECK(process->threads == 5);
    CHECK(process->pages == 300);
    CHECK_FALSE(parse_process("42 (x) S 7").has_value());
    CHECK_FALSE(parse_process("").has_value());
}

TEST_CASE("the tree below a process is found, circles or not") {
    const std::vector<Process> all{{1, 0, 0, 1, 0},  {10, 1, 0, 1, 0},  {11, 10, 0, 1, 0}, {12, 11, 0, 1, 0},
                                   {20, 1, 0, 1, 0}, {30, 31, 0, 1, 0}, {31, 30, 0, 1, 0}};
    const auto tree = below(10, all);
    REQUIRE(tree.size() == 2);
    CHECK(tree[0].pid == 11);
    CHECK(tree[1].pid == 12);
}

TEST_CASE("the peaks of a tree are kept") {
    TreeUsage usage;
    usage.look({{1, 0, 0, 2, 100}, {2, 1, 0, 1, 50}}, 0);
    usage.look({{1, 0, 200, 1, 10}}, 1000);
    CHECK(usage.peak_rss_bytes() == 150 * 4096);
    CHECK(usage.peak_processes() == 2);
    CHECK(usage.peak_threads() == 3);
    CHECK(usage.peak_cores() == Approx(2));
}

TEST_CASE("the statistics of ccache are read") {
    const auto counts =
        ccache_counts("direct_cache_hit\t5\npreprocessed_cache_hit\t2\ncache_miss\t3\ncache_size_kibibyte\t4\nx\ty\n");
    REQUIRE(counts.has_value());
    CHECK(counts->hits == 7);
    CHECK(counts->misses == 3);
    CHECK(counts->size_bytes == 4096);
    CHECK_FALSE(ccache_counts("usage: ccache").has_value());
    CHECK_FALSE(sccache_counts("{\"stats\":").has_value());
    CHECK_FALSE(bazel_counts("{\"runnerCount\":[]}\n").has_value());
}

TEST_CASE("an idle sccache has counted nothing yet") {
    const auto counts =
        sccache_counts(R"({"stats":{"requests_executed":0,"cache_hits":{"counts":{}},"cache_misses":{"counts":{}}}})");
    REQUIRE(counts.has_value());
    CHECK(counts->hits == 0);
    CHECK(counts->misses == 0);
}

TEST_CASE("a step's event says what it used") {
    BuildRun run;
    run.run_id = "r\"1";
    run.origin.pipeline = "p";
    BuildStep step;
    step.name = "make";
    step.outcome = "success";
    step.finished_ms = 2000;
    step.cpu_seconds = 3;
    step.peak_rss_bytes = 1.5e9;
    const auto parcel = step_event(run, step);
    CHECK(parcel.path == "/api/v1/builds/step");
    CHECK(parcel.body.find(R"("run_id":"r\"1")") != std::string::npos);
    CHECK(parcel.body.find(R"("duration_s":2,"cpu_seconds":3,"mean_cores":1.5)") != std::string::npos);
    CHECK(parcel.body.find(R"("max_rss_gb":1.5)") != std::string::npos);
    CHECK(parcel.body.find("cache_hits") == std::string::npos);
}

TEST_CASE("the command line is read in any order, and what follows --exec is the command's") {
    const auto options = parse_options({"--set=interval=5s", "-c", "a.yaml", "--exec", "make", "--once", "-j4"});
    CHECK(options.config == "a.yaml");
    CHECK(options.action == Options::Action::exec);
    CHECK(options.command == std::vector<std::string>{"make", "--once", "-j4"});
    CHECK(options.overrides.back().value == "5s");
    CHECK(parse_options({"--exec", "make -j4"}).command == std::vector<std::string>{"/bin/sh", "-c", "make -j4"});
    CHECK_THROWS_AS(parse_options({"--exec=make"}), UsageError);
}

TEST_CASE("settings of the command line are over those of the file") {
    const auto config = parse_config("interval: 1m\nlabels: {a: b}\n", "f", {{"interval", "5s"}, {"instance", "me"}});
    CHECK(config.interval_ms == 5000);
    CHECK(config.instance == "me");
    CHECK(config.labels.size() == 1);
    CHECK_FALSE(config.pushes());
    CHECK_THROWS_AS(parse_config("interval: 1w\n", "f"), ConfigError);
}
