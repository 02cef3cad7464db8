#include "outbox/spool.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <memory>

#include "failed.hpp"
#include "log.hpp"

namespace inframind {
namespace {

constexpr std::string_view suffix = ".parcel";
constexpr std::size_t largest = 64 << 20;
std::atomic<unsigned> last_number{0};  // of the whole process: two names are never the same

}  // namespace

Spool::Spool(std::string folder, bool lock) : folder_(std::move(folder)) {
    if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) fail_with_errno("cannot make the spool " + folder_);
    if (::access(folder_.c_str(), R_OK | W_OK | X_OK) != 0) fail_with_errno("cannot use the spool " + folder_);
    if (!lock) return;
    lock_.reset(::open(path("lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock_) fail_with_errno("cannot lock the spool " + folder_);
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
        throw Failed("the spool " + folder_ + " is in use by another agent");
}

Spool::Entry Spool::store(const Parcel& parcel) {
    char name[80];
    std::snprintf(name, sizeof name, "%016" PRId64 "-%08" PRIu32 "-%d%s", now_ms(), ++last_number, ::getpid(),
                  suffix.data());
    const auto text = sealed(parcel);
    const auto draft = path(name) + ".tmp";
    try {
        const Descriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (!file) fail_with_errno("cannot write " + draft);
        write_all(file.get(), text, draft);
        if (::rename(draft.c_str(), path(name).c_str()) != 0) fail_with_errno("cannot rename " + draft);
    } catch (const Failed&) {
        ::unlink(draft.c_str());
        throw;
    }
    return {name, text.size()};
}

std::optional<Parcel> Spool::load(const std::string& name) const {
    try {
        const auto parcel = unsealed(read_whole(path(name), largest));
        if (!parcel) ::rename(path(name).c_str(), (path(name) + ".spoiled").c_str());
        return parcel;
    } catch (const Failed& failure) {
        log(Level::error, "a spooled request cannot be read", {{"reason", failure.what()}});
        return std::nullopt;
    }
}

void Spool::remove(const std::string& name) const { ::unlink(path(name).c_str()); }

std::vector<Spool::Entry> Spool::entries() const {
    std::vector<Entry> found;
    const std::unique_ptr<DIR, int (*)(DIR*)> list(::opendir(folder_.c_str()), ::closedir);
    if (!list) return found;
    while (const dirent* entry = ::readdir(list.get())) {
        const std::string name = entry->d_name;
        struct stat file {};
        if (!name.ends_with(suffix) || ::stat(path(name).c_str(), &file) != 0) continue;
        found.push_back({name, static_cast<std::uint64_t>(file.st_size)});
    }
    std::sort(found.begin(), found.end(), [](const auto& left, const auto& right) { return left.name < right.name; });
    return found;
}

}  // namespace inframind
