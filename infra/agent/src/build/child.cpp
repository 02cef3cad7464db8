#include "build/child.hpp"

#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "log.hpp"

namespace inframind {
namespace {

constexpr int not_executable = 126, not_found = 127, by_signal = 128;
constexpr double block = 512;         // unit of ru_inblock and ru_oublock
constexpr std::int64_t leisure = 50;  // looking takes at most a fiftieth of the time

sigset_t awaited() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, signal);
    return signals;
}

/// Starts the command; 0 and the errno in `reason` where that fails.
pid_t start(const std::vector<std::string>& command, const std::string& variable, int& reason) {
    std::vector<char*> arguments, environment;
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    const auto name = variable.substr(0, variable.find('=') + 1);
    for (char** entry = environ; *entry; ++entry) {
        if (std::strncmp(*entry, name.c_str(), name.size()) != 0) environment.push_back(*entry);
    }
    environment.push_back(const_cast<char*>(variable.c_str()));
    arguments.push_back(nullptr);
    environment.push_back(nullptr);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    pid_t child = 0;
    reason = ::posix_spawnp(&child, arguments[0], nullptr, &attributes, arguments.data(), environment.data());
    ::posix_spawnattr_destroy(&attributes);
    return reason == 0 ? child : 0;
}

/// Collects everything that ended, adopted orphans too; true when the child itself is among it.
bool reap(pid_t child, int& status) {
    bool ended = false;
    int found = 0;
    while (true) {
        const pid_t pid = ::waitpid(-1, &found, WNOHANG);
        if (pid <= 0) return ended;
        if (pid == child) status = found, ended = true;
    }
}

/// A signal from the terminal went to the whole group; others are for the child alone.
void pass_on(pid_t child, const siginfo_t& signal) {
    if (signal.si_code != SI_KERNEL) ::kill(child, signal.si_signo);
}

/// What all children that ended have used so far.
Ended used_by_children() {
    rusage used{};
    ::getrusage(RUSAGE_CHILDREN, &used);
    Ended sum;
    sum.cpu_seconds = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                      static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    sum.largest_rss_bytes = static_cast<double>(used.ru_maxrss) * 1024;
    sum.read_bytes = static_cast<double>(used.ru_inblock) * block;
    sum.written_bytes = static_cast<double>(used.ru_oublock) * block;
    return sum;
}

Ended ended(int status, const Ended& before) {
    Ended end = used_by_children();
    end.cpu_seconds -= before.cpu_seconds;
    end.read_bytes -= before.read_bytes;
    end.written_bytes -= before.written_bytes;
    end.exit_code = WIFSIGNALED(status) ? by_signal + WTERMSIG(status) : WEXITSTATUS(status);
    return end;
}

}  // namespace

void block_child_signals() {
    const auto signals = awaited();
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    // Processes that lose their parent become ours: they still count, and can be waited for.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

Ended run_child(const std::vector<std::string>& command, const std::string& variable, std::int64_t every_ms,
                const std::function<void()>& look) {
    const auto before = used_by_children();  // programs that were asked for statistics
    int reason = 0;
    const pid_t child = start(command, variable, reason);
    if (child == 0) {
        log(Level::error, "the command cannot be run", {{"command", command[0]}, {"reason", std::strerror(reason)}});
        Ended end;
        end.exit_code = reason == ENOENT ? not_found : not_executable;
        return end;
    }
    const auto signals = awaited();
    int status = 0;
    std::int64_t next_ms = ticking_ms();
    while (true) {
        const auto wait_ms = std::max<std::int64_t>(0, next_ms - ticking_ms());
        const timespec limit{wait_ms / 1000, wait_ms % 1000 * 1'000'000};
        siginfo_t signal{};
        const int number = ::sigtimedwait(&signals, &signal, &limit);
        if (number > 0 && number != SIGCHLD) pass_on(child, signal);
        if (reap(child, status)) return ended(status, before);
        if (ticking_ms() < next_ms) continue;
        const auto began = ticking_ms();
        look();
        next_ms = began + std::max(every_ms, (ticking_ms() - began) * leisure);
    }
}

}  // namespace inframind
