#include "text/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "failed.hpp"

namespace inframind {
namespace {

constexpr std::size_t first_size = 8192;
constexpr std::size_t most = 4 << 20;  // /proc/stat of a host with 1,000 processors stays below

/// One buffer for all reads: collectors run one after the other in one thread and parse at once.
std::string& scratch() {
    static std::string buffer(first_size, '\0');
    return buffer;
}

/// Bytes read into `buffer` from the start of the file, or -1.
ssize_t read_into(int file, std::string& buffer) {
    std::size_t size = 0;
    while (true) {
        if (size == buffer.size()) {
            if (size >= most) break;
            buffer.resize(size * 2);
        }
        const ssize_t got = ::pread(file, buffer.data() + size, buffer.size() - size, static_cast<off_t>(size));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    return static_cast<ssize_t>(size);
}

}  // namespace

void Descriptor::reset(int number) {
    if (number_ >= 0) ::close(number_);
    number_ = number;
}

std::string_view ProcFile::read() {
    if (!file_) file_.reset(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file_) fail_with_errno("cannot open " + path_);
    const ssize_t size = read_into(file_.get(), scratch());
    if (size < 0) {
        const int reason = errno;
        file_.reset();
        errno = reason;
        fail_with_errno("cannot read " + path_);
    }
    return {scratch().data(), static_cast<std::size_t>(size)};
}

std::optional<std::string_view> read_small(const char* path) {
    const Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
    if (!file) return std::nullopt;
    const ssize_t size = read_into(file.get(), scratch());
    if (size < 0) return std::nullopt;
    return std::string_view(scratch().data(), static_cast<std::size_t>(size));
}

std::string read_whole(const std::string& path, std::size_t limit) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) fail_with_errno("cannot open " + path);
    std::string content;
    char block[16384];
    while (true) {
        const ssize_t got = ::read(file.get(), block, sizeof block);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail_with_errno("cannot read " + path);
        if (got == 0) return content;
        content.append(block, static_cast<std::size_t>(got));
        if (content.size() > limit) throw Failed(path + " is larger than " + std::to_string(limit) + " bytes");
    }
}

void write_all(int file, std::string_view data, const std::string& path) {
    while (!data.empty()) {
        const ssize_t put = ::write(file, data.data(), data.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) fail_with_errno("cannot write " + path);
        data.remove_prefix(static_cast<std::size_t>(put));
    }
}

}  // namespace inframind
