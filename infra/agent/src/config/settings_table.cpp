// The one place that names the settings: parsing, checking, `--print-config` and the documentation follow it.

#include "config/settings_table.hpp"

#include "config/values.hpp"

namespace inframind {
namespace {

// clang-format off
#define TO(member, read) [](Config& config, const Node& node) { config.member = read(node); }

const Setting table[] = {
    {"listen", "\":9102\"", "Where /metrics is served: address:port, :port for every address, \"\" for nowhere.", TO(listen, address_value)},
    {"interval", "15s", "Time between samples that are pushed or logged. A scrape is always answered with a fresh sample.", TO(interval_ms, duration_value)},
    {"instance", "\"\"", "Label `instance` of pushed series, which names the resource; \"\" is the host's name.", TO(instance, text_value)},
    {"labels", "{}", "Further labels of pushed series, for example {env: prod}. `service` or `resource_id` would name the resource.", TO(labels, labels_value)},
    {"stop_grace", "5s", "At a stop, how long the last samples may take to be delivered.", TO(grace_ms, duration_value)},

    {"log.level", "info", "Lowest level of lines on standard error: debug, info, warning, error.", TO(log_level, level_value)},
    {"log.samples", "false", "Whether each sample is written to standard output as a JSON line.", TO(log_samples, boolean_value)},

    {"paths.proc", "/proc", "The kernel's proc; in a container the host's, for example /host/proc.", TO(paths.proc, text_value)},
    {"paths.cgroup", "/sys/fs/cgroup", "The root of cgroup v2; in a container the host's.", TO(paths.cgroup, text_value)},
    {"paths.root", "/", "The root below which file systems are measured; in a container the host's.", TO(paths.root, text_value)},

    {"collectors.cpu", "true", "CPU time and usage, total and per core, interrupts, context switches (/proc/stat).", TO(collectors.cpu, boolean_value)},
    {"collectors.memory", "true", "Memory and swap (/proc/meminfo).", TO(collectors.memory, boolean_value)},
    {"collectors.pressure", "true", "Time lost waiting for CPU, memory and I/O (/proc/pressure).", TO(collectors.pressure, boolean_value)},
    {"collectors.io", "true", "Disks (/proc/diskstats) and the agent's own I/O (/proc/self/io).", TO(collectors.io, boolean_value)},
    {"collectors.network", "true", "Network interfaces (/proc/net/dev).", TO(collectors.network, boolean_value)},
    {"collectors.load", "true", "Load averages (/proc/loadavg).", TO(collectors.load, boolean_value)},
    {"collectors.processes", "true", "Numbers of processes and threads, and their limits.", TO(collectors.processes, boolean_value)},
    {"collectors.filesystem", "true", "Space and inodes of mounted file systems.", TO(collectors.filesystem, boolean_value)},
    {"collectors.cgroup", "true", "Limits and usage of containers (cgroup v2), where the kernel has it.", TO(collectors.cgroup, boolean_value)},
    {"collectors.gpu", "true", "NVIDIA GPUs, where the driver's library is present.", TO(collectors.gpu, boolean_value)},
    {"collectors.caches", "true", "Build caches: ccache, sccache and Bazel, where found.", TO(collectors.caches, boolean_value)},

    {"io.exclude", "[\"ram*\", \"loop*\", \"fd*\", \"[hsv]d[a-z][0-9]*\", \"xvd[a-z][0-9]*\", \"nvme*n*p*\"]", "Disks left out, as shell patterns; by default what has no hardware, and partitions.", TO(exclude.devices, list_value)},
    {"network.exclude", "[\"veth*\", \"cali*\", \"lxc*\"]", "Interfaces left out, as shell patterns; by default the host's ends of containers' interfaces.", TO(exclude.interfaces, list_value)},
    {"filesystem.exclude_types", "[autofs, binfmt_misc, bpf, \"cgroup*\", configfs, debugfs, devpts, devtmpfs, \"fuse*\", fusectl, hugetlbfs, iso9660, mqueue, \"nfs*\", cifs, \"smb*\", ceph, 9p, nsfs, overlay, proc, procfs, pstore, rpc_pipefs, securityfs, selinuxfs, squashfs, sysfs, tracefs]", "Types of file systems left out; by default what holds no data, and what a server may keep waiting.", TO(exclude.types, list_value)},
    {"filesystem.exclude_mounts", "[\"/dev\", \"/dev/*\", \"/proc\", \"/proc/*\", \"/sys\", \"/sys/*\", \"/run/credentials/*\", \"/var/lib/docker/*\", \"/var/lib/containers/*\", \"/var/lib/kubelet/pods/*\"]", "Mount points left out, as shell patterns.", TO(exclude.mounts, list_value)},
    {"processes.states", "false", "Whether processes are counted by state as well; that reads one file for each process.", TO(process_states, boolean_value)},
    {"cgroup.names", "[\"docker-*.scope\", \"cri-containerd-*.scope\", \"crio-*.scope\", \"libpod-*.scope\"]", "Names of control groups that are reported besides the agent's own, as shell patterns.", TO(cgroup.names, list_value)},
    {"cgroup.most", "200", "Most control groups reported, so that a crowded node does not become a flood of series.", TO(cgroup.most, number_value)},
    {"gpu.library", "libnvidia-ml.so.1", "The library of the NVIDIA driver.", TO(gpu_library, text_value)},
    {"caches.every", "60s", "Time between questions to the build caches: each starts a program.", TO(caches.every_ms, duration_value)},
    {"caches.ccache", "ccache", "The program ccache, looked up in PATH; \"\" for none. It finds its cache by CCACHE_DIR or HOME.", TO(caches.ccache, text_value)},
    {"caches.sccache", "sccache", "The program sccache, looked up in PATH; \"\" for none. It is asked only while its server listens.", TO(caches.sccache, text_value)},
    {"caches.sccache_port", "4226", "The port of sccache's server.", TO(caches.sccache_port, number_value)},
    {"caches.bazel_events", "[]", "Files that builds write with Bazel's --build_event_json_file=FILE.", TO(caches.bazel_events, list_value)},

    {"platform.url", "\"\"", "Address of InfraMind, for example https://inframind.example.com; \"\" pushes nothing.", TO(platform.url, url_value)},
    {"platform.key_file", "\"\"", "File that holds the access key (role ingest). It is read again for every connection, so a new key needs no restart.", TO(platform.key_file, text_value)},
    {"platform.key_variable", "INFRAMIND_API_KEY", "Environment variable that holds the access key, where there is no key_file.", TO(platform.key_variable, text_value)},
    {"platform.timeout", "10s", "Time that one request may take.", TO(platform.timeout_ms, duration_value)},
    {"platform.verify", "true", "Whether the platform's certificate is checked. Switch off only to find a fault.", TO(platform.verify, boolean_value)},
    {"platform.ca_file", "\"\"", "File of certificate authorities to trust (PEM), in place of the system's.", TO(platform.ca_file, text_value)},
    {"platform.ca_directory", "/etc/ssl/certs", "Folder of trusted certificate authorities, hashed as openssl rehash does; only the one needed is read.", TO(platform.ca_directory, text_value)},

    {"remote_write.path", "/api/v1/write", "Path below platform.url that takes Prometheus remote write 1.0; \"\" pushes no samples.", TO(remote_write.path, path_value)},
    {"remote_write.metrics", "[\"*\"]", "Names of metrics that are pushed, as shell patterns.", TO(remote_write.metrics, list_value)},
    {"remote_write.every", "15s", "Time between pushes. Longer is cheaper for the platform: samples are sent together.", TO(remote_write.every_ms, duration_value)},
    {"remote_write.most_samples", "10000", "Most samples in one request; at that number they are sent early.", TO(remote_write.most_samples, number_value)},
    {"remote_write.first_pause", "1s", "Pause after a push failed; it doubles with every failure, with some chance in it.", TO(remote_write.first_pause_ms, duration_value)},
    {"remote_write.longest_pause", "30s", "Longest pause between attempts.", TO(remote_write.longest_pause_ms, duration_value)},

    {"buffer.memory", "4MiB", "Memory for requests that wait; the oldest are given up beyond it.", TO(buffer.memory_bytes, size_value)},
    {"buffer.spool", "\"\"", "Folder in which requests wait instead, where they survive a crash; \"\" for none.", TO(buffer.spool, text_value)},
    {"buffer.spool_size", "64MiB", "Most disk space for the spool; the oldest requests are given up beyond it.", TO(buffer.spool_bytes, size_value)},

    {"exec.pipeline", "\"\"", "With --exec: the pipeline that the build belongs to; \"\" is what the CI system says, else the folder's name.", TO(exec.pipeline, text_value)},
    {"exec.step", "\"\"", "With --exec: the name of the step; \"\" is the name of the program.", TO(exec.step, text_value)},
    {"exec.every", "500ms", "With --exec: time between looks at the process tree.", TO(exec.every_ms, duration_value)},
    {"exec.patience", "10s", "With --exec: how long the build's events may take to be delivered after it ended. Undelivered ones go to the spool.", TO(exec.patience_ms, duration_value)},
};

#undef TO
// clang-format on

}  // namespace

std::span<const Setting> settings() { return table; }

}  // namespace inframind
