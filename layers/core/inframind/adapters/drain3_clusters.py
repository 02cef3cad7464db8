"""Clusters of masked lines by Drain (He et al., ICWS 2017), as drain3 implements it, and one rule more.

Drain takes any word that differs for a variable, so that "VM Paused" and "VM Resumed", GET and POST become one. Here
two words that each say what happened keep lines apart: words in capitals, participles, opposites such as begin and
end; and so do labels, calls, a value and none, one and many.

The state is the templates alone: the tree is built from them anew, and nothing of drain3's own form is ever stored.
"""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from operator import eq

from drain3.drain import Drain, LogCluster

from inframind.ingestion.logs.masks import MASK

DEPTH = 4  # the length of a line, and its first word
SIMILARITY = 0.75  # of words that must be the same, masked ones among them
CHILDREN = 100
LEARNT = "<+>"  # a word that Drain found to vary; masked words are words like others to it
WORDS = re.compile(r"[A-Za-z]+")
PARTICIPLES = ("ed", "ing")
OPPOSITES = frozenset(
    {
        "begin", "end", "start", "stop", "startup", "shutdown", "success", "failure", "succeeded", "fail", "true",
        "false",
        "yes", "no", "on", "off", "up", "down", "open", "close", "read", "write", "in", "out",
        "enter", "exit", "enable", "disable", "active", "inactive", "online", "offline", "none",
    }
)  # fmt: skip


class StrictDrain(Drain):  # type: ignore[misc]
    """Drain that never takes two words that say what happened for values of one variable.

    Words are counted before they are looked at, because free text makes hundreds of candidates that share nothing.
    """

    def fast_match(
        self, cluster_ids: Sequence[int], tokens: Sequence[str], sim_th: float, include_params: bool
    ) -> LogCluster | None:
        """The cluster most like the line, and of equals the one that has learnt most; None if none is like enough."""
        best, found = (sim_th, -1), None
        for cluster in filter(None, map(self.id_to_cluster.get, cluster_ids)):
            known = cluster.log_template_tokens
            learnt = known.count(LEARNT)
            same = sum(map(eq, known, tokens)) + learnt * include_params
            likeness = (same / max(len(known), 1), learnt)
            if likeness > best and not _say_different_things(known, tokens):
                best, found = likeness, cluster
        return found


def _say_different_things(known: Sequence[str], tokens: Sequence[str]) -> bool:
    pairs = zip(known, tokens, strict=True)
    return any(one != other and one != LEARNT and are_different_things(one, other) for one, other in pairs)


class Drain3Clusters:
    """The clusters of one service."""

    def __init__(self) -> None:
        self._drain = StrictDrain(
            depth=DEPTH,
            sim_th=SIMILARITY,
            max_children=CHILDREN,
            param_str=LEARNT,
            parametrize_numeric_tokens=False,
        )

    def add(self, line: str) -> tuple[int, str]:
        """The number of the line's cluster, and the cluster's template."""
        cluster, _ = self._drain.add_log_message(line)
        return cluster.cluster_id, cluster.get_template().replace(LEARNT, MASK)

    def restore(self, templates: Sequence[str]) -> Sequence[int]:
        """The numbers of clusters that have these templates."""
        return [self._restored(text) for text in templates]

    def forget(self, numbers: Collection[int]) -> None:
        """Drops clusters."""
        for number in numbers:
            self._drain.id_to_cluster.pop(number, None)

    def _restored(self, text: str) -> int:
        self._drain.clusters_counter += 1
        cluster = LogCluster(self._drain.get_content_as_tokens(text), self._drain.clusters_counter)
        self._drain.id_to_cluster[cluster.cluster_id] = cluster
        self._drain.add_seq_to_prefix_tree(self._drain.root_node, cluster)
        return int(cluster.cluster_id)


@lru_cache(maxsize=50_000)
def are_different_things(one: str, other: str) -> bool:
    """Whether two words that stand in the same place are more than two values of one variable.

    >>> are_different_things('"GET', '"POST'), are_different_things("amy", "bob"), are_different_things("disk:", "cpu:")
    (True, False, True)
    """
    if says_what_happened(one) and says_what_happened(other):
        return True
    if one.endswith("=") != other.endswith("="):
        return True  # a value and none
    if one.rstrip(".,;s") == other.rstrip(".,;s"):
        return True  # one and many
    if one.endswith(":") and other.endswith(":"):
        return MASK not in one + other  # labels
    return "(" in one and "(" in other and one.partition("(")[0] != other.partition("(")[0]  # calls


@lru_cache(maxsize=50_000)
def says_what_happened(word: str) -> bool:
    """Whether a word tells what happened rather than to whom.

    >>> [says_what_happened(word) for word in ('"GET', "Paused", "mode[off]", "amy", "10ms")]
    [True, True, True, False, False]
    """
    letters = "".join(filter(str.isalpha, word))
    if len(letters) > 1 and letters.isupper():
        return True
    return any(one in OPPOSITES or (len(one) > 4 and one.endswith(PARTICIPLES)) for one in WORDS.findall(word.lower()))
