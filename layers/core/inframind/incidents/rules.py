"""When signals belong together, when they are an incident, and how long one is held open."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Rules:
    """When signals belong together, and when they are an incident. `edges`: caller and callee.

    An incident takes two conditions, or an error spike, or one condition beside a deployment of the half hour before
    it, or one alert, which a person's rule has judged already. `calls` is the version of the call graph that the learnt
    ones of the edges come from.
    """

    window_s: int = 900
    least_signals: int = 2
    least_alerts: int = 1
    deployment_s: int = 1_800
    hold_s: int = 300
    edges: frozenset[tuple[str, str]] = frozenset()
    calls: int = 0

    def near(self, services: frozenset[str]) -> frozenset[str]:
        """The services and all that call them or are called by them."""
        beside = _beside(self.edges)
        return services.union(*(beside[name] for name in services if name in beside))


@lru_cache(maxsize=4)
def _beside(edges: frozenset[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    """Whom each service calls or is called by."""
    found: dict[str, set[str]] = {}
    for one, other in edges:
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {name: frozenset(others) for name, others in found.items()}
