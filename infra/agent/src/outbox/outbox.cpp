#include "outbox/outbox.hpp"

#include <algorithm>
#include <chrono>

#include "failed.hpp"
#include "log.hpp"

namespace inframind {

Outbox::Outbox(const BufferSettings& settings, Stats& stats) : settings_(settings), stats_(stats) {
    if (settings.spool.empty()) return;
    spool_.emplace(settings.spool, true);
    rescan();
}

void Outbox::put(Parcel parcel) {
    const std::lock_guard hold(guard_);
    Entry entry{++last_id_, parcel.samples, parcel.body.size(), {}, {}};
    if (spool_) {
        try {
            const auto stored = spool_->store(parcel);
            entry.name = stored.name;
            entry.bytes = stored.bytes;
            if (!spool_works_) log(Level::info, "the spool works again");
            spool_works_ = true;
        } catch (const Failed& failure) {
            if (spool_works_)
                log(Level::error, "the spool fails; requests wait in memory", {{"reason", failure.what()}});
            spool_works_ = false;
        }
    }
    if (entry.name.empty()) entry.parcel = std::move(parcel);
    append(std::move(entry));
    poked_ = true;
    changed_.notify_all();
}

std::optional<Outbox::Next> Outbox::oldest() {
    const std::lock_guard hold(guard_);
    while (!entries_.empty()) {
        auto& entry = entries_.front();
        if (entry.parcel) return Next{entry.id, *entry.parcel};
        if (auto parcel = spool_->load(entry.name)) {
            entry.samples = parcel->samples;
            return Next{entry.id, std::move(*parcel)};
        }
        log(Level::error, "a damaged request was set aside", {{"file", entry.name}});
        stats_.samples_spoiled += std::max<std::uint64_t>(entry.samples, 1);
        drop(entries_.begin());
        publish();
    }
    return std::nullopt;
}

void Outbox::settle(std::uint64_t id) {
    const std::lock_guard hold(guard_);
    const auto entry =
        std::find_if(entries_.begin(), entries_.end(), [&](const auto& known) { return known.id == id; });
    if (entry == entries_.end()) return;  // given up meanwhile, for lack of space
    drop(entry);
    publish();
}

void Outbox::wait(std::int64_t limit_ms) {
    std::unique_lock hold(guard_);
    changed_.wait_for(hold, std::chrono::milliseconds(limit_ms), [&] { return poked_; });
    poked_ = false;
}

void Outbox::poke() {
    const std::lock_guard hold(guard_);
    poked_ = true;
    changed_.notify_all();
}

void Outbox::adopt(Outbox& other) {
    while (auto next = other.oldest()) {
        put(std::move(next->parcel));
        other.settle(next->id);
    }
}

void Outbox::resize(const BufferSettings& settings) {
    const std::lock_guard hold(guard_);
    settings_.memory_bytes = settings.memory_bytes;
    settings_.spool_bytes = settings.spool_bytes;
    trim(false, static_cast<std::uint64_t>(settings_.memory_bytes));
    trim(true, static_cast<std::uint64_t>(settings_.spool_bytes));
    publish();
}

const std::string& Outbox::folder() const { return settings_.spool; }

void Outbox::rescan() {
    const std::lock_guard hold(guard_);
    if (!spool_) return;
    for (const auto& stored : spool_->entries()) {
        if (names_.contains(stored.name)) continue;
        append({++last_id_, 0, stored.bytes, stored.name, {}});
    }
}

void Outbox::append(Entry entry) {
    (entry.parcel ? memory_bytes_ : spool_bytes_) += entry.bytes;
    if (!entry.parcel) names_.insert(entry.name);
    entries_.push_back(std::move(entry));
    trim(false, static_cast<std::uint64_t>(settings_.memory_bytes));
    trim(true, static_cast<std::uint64_t>(settings_.spool_bytes));
    publish();
}

/// Gives up the oldest of what waits in the spool, or in memory, until it fits.
void Outbox::trim(bool spooled, std::uint64_t limit) {
    while ((spooled ? spool_bytes_ : memory_bytes_) > limit) {
        const auto oldest =
            std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) { return !entry.parcel == spooled; });
        if (oldest->samples == 0 && spooled) {
            if (const auto parcel = spool_->load(oldest->name)) oldest->samples = parcel->samples;
        }
        stats_.samples_overflowed += oldest->samples;
        drop(oldest);
    }
}

void Outbox::drop(std::deque<Entry>::iterator entry) {
    (entry->parcel ? memory_bytes_ : spool_bytes_) -= entry->bytes;
    if (!entry->parcel) {
        spool_->remove(entry->name);
        names_.erase(entry->name);
    }
    entries_.erase(entry);
}

void Outbox::publish() {
    stats_.waiting_parcels = entries_.size();
    stats_.waiting_bytes = memory_bytes_ + spool_bytes_;
}

}  // namespace inframind
