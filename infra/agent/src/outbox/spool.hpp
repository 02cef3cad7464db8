#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "outbox/parcel.hpp"
#include "text/files.hpp"

namespace inframind {

/// A folder of parcels, one file each, named so that names sort by age. A file appears whole or not at all, and stays
/// until its parcel is delivered: kill -9 loses nothing.
class Spool {
public:
    struct Entry {
        std::string name;
        std::uint64_t bytes = 0;
    };

    /// Opens the folder, and makes it where it is missing; throws `Failed` where it cannot be used. With `lock`, also
    /// where another agent uses it.
    Spool(std::string folder, bool lock);

    /// Stores a parcel and returns its entry; throws `Failed`, for example on a full disk.
    Entry store(const Parcel& parcel);

    /// The parcel of an entry; nothing where its file is gone or damaged (a damaged one is set aside as *.spoiled).
    std::optional<Parcel> load(const std::string& name) const;

    void remove(const std::string& name) const;

    /// What is stored, oldest first.
    std::vector<Entry> entries() const;

private:
    std::string path(const std::string& name) const { return folder_ + "/" + name; }

    std::string folder_;
    Descriptor lock_;
};

}  // namespace inframind
