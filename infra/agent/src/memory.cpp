#include "memory.hpp"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace inframind {
namespace {

/// Drops the pages of an object's read-only parts. They are mapped from its file and never written: nothing is lost.
int release_object(dl_phdr_info* object, std::size_t, void*) {
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (int at = 0; at < object->dlpi_phnum; ++at) {
        const auto& part = object->dlpi_phdr[at];
        if (part.p_type != PT_LOAD || (part.p_flags & PF_W) != 0) continue;
        const auto start = (object->dlpi_addr + part.p_vaddr) & ~(page - 1);
        const auto end = (object->dlpi_addr + part.p_vaddr + part.p_memsz) & ~(page - 1);
        if (end > start) ::madvise(reinterpret_cast<void*>(start), end - start, MADV_DONTNEED);
    }
    return 0;
}

}  // namespace

void keep_memory_small() {
    ::mallopt(M_ARENA_MAX, 1);
    ::mallopt(M_TRIM_THRESHOLD, 64 << 10);
    ::mallopt(M_MMAP_THRESHOLD, 128 << 10);
}

void release_clean_pages() {
    ::malloc_trim(0);
    ::dl_iterate_phdr(release_object, nullptr);
}

}  // namespace inframind
