#pragma once

#include <memory>
#include <vector>

#include "collectors/collector.hpp"
#include "stats.hpp"

namespace inframind {

/// Runs the collectors one after the other and adds what the agent knows of itself.
class Sampler {
public:
    Sampler(const Config& config, const Stats& stats);

    /// Fills `out` with a fresh sample. A collector that fails is reported once, when it begins to, and left out.
    void collect(Sample& out, Reader reader);

    /// Lets the collectors see the counters once, so that the next sample can say what happened since.
    void prime();

private:
    struct Entry {
        std::unique_ptr<Collector> collector;
        bool works = true;
        double seconds = 0;
    };

    void run(Entry& entry, Sample& out, Reader reader);
    void add_own(Sample& out);

    std::vector<Entry> entries_;
    const Stats& stats_;
    std::string proc_;
    std::int64_t started_ms_;
};

}  // namespace inframind
