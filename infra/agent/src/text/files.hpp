#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inframind {

/// A file descriptor that closes itself.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        reset(other.release());
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { reset(); }

    int get() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }
    int release() {
        const int number = number_;
        number_ = -1;
        return number;
    }
    void reset(int number = -1);

private:
    int number_ = -1;
};

/// A file of /proc that is read again and again: it stays open, which saves the look-up of its path.
class ProcFile {
public:
    explicit ProcFile(std::string path) : path_(std::move(path)) {}

    /// The whole content, valid until the next read of any file; throws `Failed`.
    std::string_view read();

private:
    std::string path_;
    Descriptor file_;
};

/// The whole content of a small file, valid until the next read of any file; nothing where it cannot be read.
std::optional<std::string_view> read_small(const char* path);

/// The whole content of a file of at most `limit` bytes; throws `Failed`.
std::string read_whole(const std::string& path, std::size_t limit);

/// Writes all of `data`; throws `Failed`.
void write_all(int file, std::string_view data, const std::string& path);

}  // namespace inframind
