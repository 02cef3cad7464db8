#!/bin/sh
# Prints what this agent offers (cpus, memory_gb) and its counters (cpu_usec, oom_kills, …) as NAME=VALUE, one a line.
# In a container they are the container's (control groups v2); a counter that is not there is not printed. Never fails.
set -u
export LC_ALL=C # a German awk writes 2,00
own=$(sed -n 's/^0:://p' /proc/self/cgroup 2>/dev/null)
group="${INFRAMIND_CGROUPS:-/sys/fs/cgroup}/${own#/}"
[ -e "$group/memory.current" ] || group=/nonexistent

{
    cpus=$(nproc || getconf _NPROCESSORS_ONLN)
    memory_kb=$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)
    { read -r quota period <"$group/cpu.max"; } || quota=max period=1
    { read -r limit <"$group/memory.max"; } || limit=max
    awk -v cpus="$cpus" -v kb="$memory_kb" -v quota="$quota" -v period="$period" -v limit="$limit" 'BEGIN {
        if (quota != "max" && quota / period < cpus) cpus = quota / period
        bytes = kb * 1024
        if (limit != "max" && limit + 0 < bytes) bytes = limit + 0
        if (cpus > 0) printf "cpus=%.2f\n", cpus
        if (bytes > 0) printf "memory_gb=%.3f\n", bytes / 1e9
    }'
    sed -n 's/^usage_usec /cpu_usec=/p' "$group/cpu.stat"
    sed -n 's/^oom_kill /oom_kills=/p' "$group/memory.events"
    awk '{ for (i = 2; i <= NF; i++) { split($i, pair, "="); sum[pair[1]] += pair[2] } }
        END { if (NR) printf "read_bytes=%.0f\nwritten_bytes=%.0f\n", sum["rbytes"], sum["wbytes"] }' "$group/io.stat"
    if command -v ccache; then
        ccache --print-stats | awk '
            $1 == "direct_cache_hit" || $1 == "preprocessed_cache_hit" { hits += $2; seen = 1 }
            $1 == "cache_miss" { misses += $2; seen = 1 }
            END { if (seen) printf "cache_hits=%d\ncache_misses=%d\n", hits, misses }'
    fi | grep =
} 2>/dev/null
exit 0
