#include "text/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "log.hpp"
#include "text/files.hpp"

namespace inframind {
namespace {

constexpr std::size_t most_output = 1 << 20;

bool runs(const std::string& path) {
    struct stat file {};
    return ::stat(path.c_str(), &file) == 0 && S_ISREG(file.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

/// Starts the program with standard output into `pipe_end`; signals that the agent blocks are open for it again.
std::optional<pid_t> start(const std::vector<std::string>& command, int pipe_end) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, pipe_end, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    std::vector<char*> arguments;
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t child = 0;
    const int failed = ::posix_spawn(&child, arguments[0], &files, &attributes, arguments.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    return failed ? std::nullopt : std::optional(child);
}

/// Everything that comes out of the pipe until it closes; false where it took too long or was too much.
bool drain(int file, std::int64_t deadline, std::string& output) {
    while (true) {
        const auto left = deadline - ticking_ms();
        pollfd ready{file, POLLIN, 0};
        if (left <= 0 || output.size() > most_output || ::poll(&ready, 1, static_cast<int>(left)) == 0) return false;
        char block[4096];
        const ssize_t got = ::read(file, block, sizeof block);
        if (got == 0) return true;
        if (got > 0) output.append(block, static_cast<std::size_t>(got));
        if (got < 0 && errno != EINTR) return false;
    }
}

}  // namespace

std::optional<std::string> find_program(const std::string& name) {
    if (name.empty()) return std::nullopt;
    if (name.find('/') != std::string::npos) return runs(name) ? std::optional(name) : std::nullopt;
    const char* path = std::getenv("PATH");
    std::string_view rest = path ? path : "/usr/local/bin:/usr/bin:/bin";
    while (!rest.empty()) {
        const auto end = rest.find(':');
        const auto found = std::string(rest.substr(0, end)) + "/" + name;
        if (runs(found)) return found;
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return std::nullopt;
}

std::optional<std::string> output_of(const std::vector<std::string>& command, std::int64_t limit_ms) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
    const Descriptor out(ends[0]);
    Descriptor in(ends[1]);
    const auto child = start(command, in.get());
    in.reset();
    if (!child) return std::nullopt;
    std::string output;
    const bool complete = drain(out.get(), ticking_ms() + limit_ms, output);
    if (!complete) ::kill(*child, SIGKILL);
    int status = 0;
    while (::waitpid(*child, &status, 0) < 0 && errno == EINTR) {
    }
    return complete && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? std::optional(output) : std::nullopt;
}

}  // namespace inframind
