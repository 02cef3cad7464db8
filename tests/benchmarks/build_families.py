"""Families of simulated pipelines that share no formula: seconds and GB that configurations need in the long run.

`scaling` follows the universal scalability law, `graph` the critical path of a dependency graph, `disk` a shared
bandwidth that jobs wait for, `heap` processes whose memory follows the cores and caches that help only when whole,
`tests` a fixed set of test jobs of uneven length, `network` downloads that a cache spares and that stall now and then,
`sockets` cores that share a pipeline, and a cliff where memory is another socket's, `pages` files read from whatever
memory is left over, `remote` machines elsewhere that compile, `linking` a few large programs linked at the end.
Parameters are lognormal, one draw a pipeline.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.build_odd_families import ODD, ODD_TOOLS

Floats = NDArray[np.float64]


def _scaling(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _, cache = x.T[:4]
    cores = np.minimum(jobs * rng.uniform(0.7, 1.0), cpus)
    serial, contention, coherency = rng.lognormal(-2.2, 0.5), rng.lognormal(-3.2, 0.6), rng.lognormal(-6, 0.8)
    slower = (1 + contention * (cores - 1) + coherency * cores * (cores - 1)) / cores
    crowd = 1 + rng.lognormal(-2.5, 0.6) * np.maximum(jobs / cpus - 1, 0)
    hits = rng.beta(3, 2) * (1 - np.exp(-cache / rng.lognormal(1.0, 0.6)))
    moved = rng.lognormal(-5.5, 0.7) * cache
    seconds = rng.lognormal(6.6, 0.8) * (serial + slower * crowd * (1 - hits) + moved)
    need = rng.lognormal(0.2, 0.5) + rng.lognormal(-0.7, 0.5) * jobs + rng.lognormal(-3.5, 0.5) * cache
    return seconds, need


def _graph(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _, cache = x.T[:4]
    width = rng.lognormal(2.3, 0.6)  # how many jobs the graph has ready on average
    ready = width * (1 - np.exp(-jobs / width))
    busy = np.minimum(ready, cpus) * (1 - 0.04 * np.maximum(np.log2(np.maximum(jobs / cpus, 1)), 0))
    work, span = rng.lognormal(6.8, 0.8), rng.uniform(0.03, 0.15)
    hits = rng.beta(4, 2) * cache / (cache + rng.lognormal(0.8, 0.6))
    seconds = (
        work * ((1 - hits) / np.maximum(busy, 0.5) + span * (1 - 0.5 * hits))
        + work * rng.lognormal(-5, 0.5) * cache**0.7
    )
    need = rng.lognormal(0.4, 0.4) + rng.lognormal(-0.4, 0.5) * ready**0.85
    return seconds, need


def _disk(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _memory, cache = x.T[:4]
    bandwidth, reading = rng.lognormal(1.3, 0.4), rng.uniform(0.2, 0.5)
    compute = (1 - reading) / np.minimum(jobs, cpus)
    seeking = reading / np.minimum(jobs, bandwidth) * (1 + 0.03 * np.maximum(jobs - bandwidth, 0))
    hits = rng.beta(3, 3) * (1 - np.exp(-np.sqrt(cache / rng.lognormal(1.0, 0.5))))
    work = rng.lognormal(6.3, 0.8)
    seconds = (
        work * (compute + seeking * (1 - hits) + rng.lognormal(-2.8, 0.5)) + work * rng.lognormal(-4.8, 0.6) * cache
    )
    need = rng.lognormal(0.7, 0.5) + rng.lognormal(-1.4, 0.5) * jobs + 0.05 * cache
    return seconds, need


def _heap(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _, cache = x.T[:4]
    workers = np.minimum(jobs, cpus)
    lanes = rng.integers(4, 17)
    speed = np.minimum(workers, lanes) ** rng.uniform(0.7, 0.95) * np.where(workers > lanes, 0.93, 1)
    whole = rng.lognormal(1.2, 0.6)  # GB of a working set: less of it hardly helps
    hits = rng.beta(5, 2) / (1 + np.exp(-4 * (np.log(cache + 1e-3) - np.log(whole))))
    work = rng.lognormal(6.5, 0.7)
    seconds = work * (rng.uniform(0.08, 0.25) + (1 - hits) / speed + (cache > 0) * rng.lognormal(-3.5, 0.5))
    seconds *= np.where(jobs > 2 * cpus, rng.uniform(1.05, 1.3), 1)
    need = (
        rng.lognormal(1.0, 0.4) + rng.lognormal(-1.2, 0.4) * workers + rng.lognormal(-1.0, 0.5) * np.minimum(jobs, 24)
    )
    return seconds, need


def _tests(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _, cache = x.T[:4]
    lengths = rng.lognormal(0, 0.9, rng.integers(15, 60))
    lengths /= lengths.sum()
    lanes = np.minimum(jobs, cpus * rng.uniform(1, 1.6))
    makespan = np.maximum(1 / lanes + lengths.max() * (1 - 1 / lanes), lengths.max())
    slowed = 1 + rng.lognormal(-4, 0.5) * (jobs - 1)
    setup = rng.uniform(0.05, 0.3) * (1 - rng.beta(4, 2) * np.minimum(cache / rng.lognormal(0.7, 0.4), 1))
    work = rng.lognormal(6.5, 0.8)
    seconds = work * (makespan * slowed + setup + rng.lognormal(-5.2, 0.5) * cache)
    need = rng.lognormal(0.0, 0.4) + rng.lognormal(-0.3, 0.5) * np.maximum(jobs, 1) ** 0.95
    return seconds, need


def _network(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _, cache = x.T[:4]
    packages_gb, held = rng.lognormal(1.2, 0.6), rng.uniform(0.4, 0.8)
    missing = 1 - np.minimum(cache / packages_gb, 1) ** held  # the packages asked for most are held first
    connections = rng.integers(3, 13)  # so many downloads fill the link
    fetch = rng.uniform(0.3, 0.6) * missing / np.minimum(jobs, connections)
    late = rng.uniform(0.03, 0.12)  # resolving what is needed, whatever runs at once
    compile_share = rng.uniform(0.3, 0.6) / np.minimum(jobs, cpus) ** rng.uniform(0.75, 0.95)
    verify = rng.lognormal(-4.5, 0.5) * np.minimum(cache, packages_gb) / np.minimum(cpus, 4)
    work = rng.lognormal(6.4, 0.7)
    seconds = work * (late + fetch * (1 + 0.02 * np.maximum(jobs - connections, 0)) + compile_share + verify)
    need = rng.lognormal(0.1, 0.4) + rng.lognormal(-0.9, 0.5) * np.minimum(jobs, 2 * cpus) + 0.02 * cache
    return seconds, need


def _sockets(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _, cache = x.T[:4]
    socket, remote = rng.choice([4, 8, 16]), rng.uniform(0.6, 0.9)  # cores; speed of work whose memory is elsewhere
    threads = np.minimum(jobs, cpus)
    whole = np.minimum(threads, socket / 2) + 0.3 * np.clip(threads - socket / 2, 0, socket / 2)  # two threads a core
    across = remote * (whole + 0.5 * np.maximum(threads - socket, 0))
    speed = np.where(threads > socket, across, np.maximum(whole, 0.5))
    hits = rng.beta(4, 3) * np.where(cache >= rng.choice([2, 5]), 1, 0.3 * (cache > 0))  # half a cache evicts itself
    work, serial = rng.lognormal(6.7, 0.7), rng.uniform(0.02, 0.12)
    seconds = work * (serial + (1 - hits) / speed * np.where(jobs > cpus, rng.uniform(1, 1.15), 1))
    seconds += work * (cache > 0) * rng.lognormal(-4.2, 0.4)
    need = rng.lognormal(0.2, 0.4) + rng.lognormal(-0.8, 0.4) * jobs + rng.uniform(1, 3) * (threads > socket)
    return seconds, need


def _pages(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, memory, cache = x.T[:4]
    need = rng.lognormal(0.2, 0.4) + rng.lognormal(-0.8, 0.5) * jobs
    sources_gb = rng.lognormal(2.0, 0.7)  # read again and again, from memory as far as it holds them
    held = np.clip((memory - need) / sources_gb, 0, 1)
    reading = rng.uniform(0.15, 0.4) * (1 - rng.uniform(0.5, 0.9) * held) / np.minimum(jobs, rng.integers(3, 9))
    hits = rng.beta(3, 2) * cache / (cache + rng.lognormal(0.8, 0.5))
    compiling = rng.uniform(0.4, 0.7) * (1 - hits) / np.minimum(jobs, cpus) ** rng.uniform(0.85, 0.98)
    work = rng.lognormal(6.5, 0.7)
    seconds = work * (rng.uniform(0.03, 0.12) + reading + compiling + rng.lognormal(-5.2, 0.5) * cache)
    return seconds, need


def _remote(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _, cache = x.T[:4]
    workers = rng.integers(8, 49)  # machines that compile for whoever asks; here is only prepared and collected
    local, sent = rng.uniform(0.1, 0.3), rng.uniform(0.8, 1.2)
    far = sent / np.minimum(jobs, workers) * (1 + 0.01 * np.maximum(jobs - workers, 0))
    here = local / np.minimum(jobs, cpus) ** rng.uniform(0.8, 0.95)
    known = rng.beta(4, 3) * np.where(cache > 0, 0.7 + 0.3 * np.minimum(cache / rng.lognormal(1.5, 0.5), 1), 0)
    work = rng.lognormal(6.2, 0.7)
    seconds = work * (rng.uniform(0.04, 0.12) + np.maximum(far * (1 - known), here) + 0.3 * here)
    seconds += work * (cache > 0) * rng.lognormal(-4.5, 0.5)
    need = rng.lognormal(0.3, 0.4) + rng.lognormal(-1.7, 0.5) * jobs + rng.lognormal(-1.5, 0.4) * np.minimum(jobs, cpus)
    return seconds, need


def _linking(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _, cache = x.T[:4]
    links, threads = rng.integers(1, 6), rng.integers(1, 9)  # programs linked at the end, each by so many threads
    at_once = np.minimum(jobs, links)
    linking = rng.uniform(0.1, 0.35) / np.minimum(np.minimum(at_once * threads, cpus), links * threads) ** 0.8
    whole = rng.lognormal(1.2, 0.6)  # GB of all objects
    hits = rng.uniform(0.6, 0.98) * np.minimum(cache / whole, 1) ** rng.uniform(0.7, 2)
    compiling = rng.uniform(0.6, 0.9) * (1 - hits) / np.minimum(jobs, cpus) ** rng.uniform(0.85, 1)
    work = rng.lognormal(6.7, 0.7)
    seconds = work * (compiling + linking + rng.uniform(0.01, 0.06) + rng.lognormal(-4.6, 0.4) * (cache > 0))
    seconds *= 1 + rng.lognormal(-3.0, 0.5) * np.maximum(jobs / cpus - 1, 0)
    need = rng.lognormal(0.0, 0.4) + np.maximum(rng.lognormal(-0.8, 0.4) * jobs, rng.lognormal(0.6, 0.5) * at_once)
    return seconds, need


FAMILIES: dict[str, Callable[[np.random.Generator, Floats], tuple[Floats, Floats]]] = {
    "disk": _disk,  # the order is part of every pipeline's seed
    "graph": _graph,
    "heap": _heap,
    "scaling": _scaling,
    "tests": _tests,
    "network": _network,
    "sockets": _sockets,
    "pages": _pages,
    "remote": _remote,
    "linking": _linking,
    **ODD,
}
TOOLS = {"scaling": "cmake", "graph": "bazel", "disk": "npm", "heap": "gradle", "tests": "pytest"}
TOOLS |= {"network": "cargo", "sockets": "make", "pages": "ninja", "remote": "bazel", "linking": "cmake"}
TOOLS |= ODD_TOOLS
STALLS = {"network": (0.15, 2.0)}  # the share of builds that wait for somebody else's server, and what those take
