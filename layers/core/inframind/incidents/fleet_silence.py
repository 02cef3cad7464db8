"""A fleet that falls silent: more likely what sends its metrics has failed than all of it at once.

Who stopped first tells then no more than whose turn it was, so nobody is named.
"""

from inframind.signals import Incident

FEWEST = 3  # services: of two, one may well have taken the other along


def fallen_silent(incident: Incident) -> tuple[str, ...]:
    """The services, where of several nothing is known but that their series have stopped arriving; else none."""
    signs = [signal for signal in incident.signals if signal.kind != "deployment"]
    services = tuple(sorted({signal.service for signal in signs}))
    is_silence = all(signal.evidence.get("kind") == "absent" for signal in signs)
    return services if is_silence and len(services) >= FEWEST else ()
