"""Why a configuration is suggested, in the words of a build engineer."""

from inframind.builds import Configuration, Estimate, Suggestion

ALIKE = 0.01  # a difference of less than one percent is none


def reason(found: Suggestion, default_s: Estimate, default_usd: Estimate, dearer: float | None = None) -> str:
    """One or two sentences: what changes, what that is expected to bring, and whether something is learnt from it.

    `dearer`: the share by which it is expected to be worse than the best known, where it was chosen to learn from.
    """
    if found.is_default:
        return _kept(found)
    expected = " and ".join(
        part
        for part in (
            _compared(found.duration_s, default_s, "faster", "slower"),
            _compared(found.cost_usd, default_usd, "cheaper", "dearer"),
        )
        if part
    )
    gain = f"expected to be {expected} than the default" if expected else "expected to take what the default takes"
    words = f"{changes(found.default, found.configuration)}: {gain}, after {_builds(found.builds_known)}."
    if found.explores:
        words += " This one is tried to learn from it; it stays within what is safe."
    elif dearer is not None:
        others = "about as good" if dearer < ALIKE else f"better, by {dearer:.0%}".replace("%", " %")
        words += f" Others are expected to be {others}; this one has the most to gain."
    return words


def changes(before: Configuration, after: Configuration) -> str:
    """What one configuration changes of another.

    >>> plain = Configuration(concurrency=2, cpus=2, memory_gb=8)
    >>> changes(plain, Configuration(concurrency=6, cpus=4, memory_gb=8, cache_gb=5))
    '6 jobs instead of 2, 4 cores instead of 2, a cache of 5 GB'
    """
    parts = []
    if after.concurrency != before.concurrency:
        parts.append(f"{after.concurrency} job{'s' * (after.concurrency != 1)} instead of {before.concurrency}")
    if after.cpus != before.cpus:
        parts.append(f"{after.cpus:g} core{'s' * (after.cpus != 1)} instead of {before.cpus:g}")
    if after.memory_gb != before.memory_gb:
        parts.append(f"{round(after.memory_gb, 1):g} GB of memory instead of {round(before.memory_gb, 1):g}")
    if after.cache_gb != before.cache_gb:
        parts.append(f"a cache of {after.cache_gb:g} GB" if after.cache_gb else "no cache")
    return ", ".join(parts) or "nothing changes"


def _kept(found: Suggestion) -> str:
    if found.guards:
        return f"The default stays: {found.guards[-1].effect.removeprefix('the default: ')}."
    return f"The default stays: after {_builds(found.builds_known)}, nothing safe is expected to be better."


def _compared(ours: Estimate | None, theirs: Estimate, better: str, worse: str) -> str:
    if ours is None or theirs.mean <= 0 or abs(ours.mean / theirs.mean - 1) < ALIKE:
        return ""
    change = ours.mean / theirs.mean - 1
    return f"{abs(change) * 100:.0f} % {better if change < 0 else worse}"


def _builds(known: int) -> str:
    return f"{known} build{'s' * (known != 1)} of this pipeline"
