"""Clusters of masked lines by Drain (He et al., ICWS 2017), as drain3 implements it, and two rules more.

Drain looks for a line's cluster among those of its length and first word. Where a line begins with a variable, an
address or "[task <*>]", that word says nothing: here the sentence begins behind it, and lines whose sentences begin
with different words are apart, until ten of these say the same.

Drain takes any word that differs for a variable, so that "VM Paused" and "VM Resumed", GET and POST become one. Here
two words that each say what happened keep lines apart: words in capitals, participles, opposites such as begin and
end; and so do labels, calls, a value and none, one and many, two verbs, a variable and a word that says what happened.

The state is the templates alone: the tree is built from them anew, and nothing of drain3's own form is ever stored.
So a word that Drain found to vary is written and treated as a masked one: what is restored groups as what was saved.
"""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from operator import eq

from drain3.drain import Drain, LogCluster, Node

from inframind.ingestion.logs.masks import MASK

SIMILARITY = 0.75  # of words that must be the same, masked ones among them
BRANCHES = 500  # by length and first word; further first words share one by length: they are values
SUBJECTS = 10  # of which the same is said behind a variable; a further one is a value
PHRASE = 3  # words on end that differ are another sentence, and no value
WORDS = re.compile(r"[A-Za-z]+")
FILE = re.compile(r"\w\.[a-z]+\W*$")  # a.out says nothing of out
PARTICIPLES = ("ed", "ing")
ARTICLES = frozenset({"the", "a", "an", "this", "its"})  # between "to" and one of these stands a verb
OPPOSITES = frozenset(
    {
        "begin", "end", "start", "stop", "startup", "shutdown", "success", "failure", "succeeded", "fail", "true",
        "false",
        "yes", "no", "on", "off", "up", "down", "open", "close", "read", "write", "in", "out",
        "enter", "exit", "enable", "disable", "active", "inactive", "online", "offline", "none",
        "local", "remote", "source", "destination", "sleep", "wake", "lock", "unlock", "load", "unload", "connect",
        "disconnect", "send", "receive", "add", "remove", "create", "delete", "allow", "deny", "accept", "reject",
    }
)  # fmt: skip
NOTHING = frozenset({"none", "null", "nil"})  # is no value among values


class StrictDrain(Drain):  # type: ignore[misc]
    """Drain that finds where a sentence begins, and takes no two words that say what happened for values of a variable.

    Words are counted before they are looked at, because free text makes hundreds of candidates that share nothing.
    """

    def tree_search(
        self, root_node: Node, tokens: Sequence[str], sim_th: float, include_params: bool
    ) -> LogCluster | None:
        """The cluster of a line among those that are as long and have its first word."""
        branches = root_node.key_to_child_node
        branch = branches.get(_branch(tokens)) or branches.get((len(tokens), ""))
        return self.fast_match(branch.cluster_ids, tokens, sim_th, include_params) if branch else None

    def add_seq_to_prefix_tree(self, root_node: Node, cluster: LogCluster) -> None:
        """Puts a cluster where `tree_search` looks for it; forgotten ones of the same branch go."""
        tokens = cluster.log_template_tokens
        branches, key = root_node.key_to_child_node, _branch(tokens)
        if key not in branches and len(branches) >= BRANCHES:
            key = (len(tokens), "")
        branch = branches.setdefault(key, Node())
        branch.cluster_ids = [*filter(self.id_to_cluster.__contains__, branch.cluster_ids), cluster.cluster_id]

    def fast_match(
        self, cluster_ids: Sequence[int], tokens: Sequence[str], sim_th: float, include_params: bool
    ) -> LogCluster | None:
        """The cluster most like the line, and of equals the one that varies most; None if none is like enough."""
        del include_params  # a word that varies is like no other
        best, found, place = (sim_th, -1), None, _place(tokens)
        of_others = []
        for cluster in filter(None, map(self.id_to_cluster.get, cluster_ids)):
            known = cluster.log_template_tokens
            same = sum(map(eq, known, tokens))
            likeness = (same / len(known) if known else 1.0, known.count(MASK))
            if likeness <= best or _say_different_things(known, tokens):
                continue
            if place and known[place] != tokens[place] and MASK not in known[place]:
                of_others.append(cluster)
            else:
                best, found = likeness, cluster
        return of_others[0] if found is None and len(of_others) >= SUBJECTS else found


def _branch(tokens: Sequence[str]) -> tuple[int, str]:
    """The length of a line, and its first word unless that is a variable."""
    return len(tokens), tokens[0] if tokens and MASK not in tokens[0] else ""


def _place(tokens: Sequence[str]) -> int:
    """Where the first word stands that is neither a variable nor the label of one; 0 if none does.

    >>> _place(["[task", "<*>]", "disk", "full"]), _place(["disk", "<*>", "full"]), _place(["<*>"])
    (2, 0, 0)
    """
    place = 0
    while place < len(tokens) and _is_variable(tokens, place):
        place += 1
    return place % max(len(tokens), 1)


def _is_variable(tokens: Sequence[str], place: int) -> bool:
    """Whether a word is a variable, or the label of one: `instance: <*>`, `[task <*>]`."""
    word = tokens[place]
    is_label = word.endswith(":") or word.startswith(("[", "("))
    return MASK in word or (is_label and place + 1 < len(tokens) and MASK in tokens[place + 1])


def _say_different_things(known: Sequence[str], tokens: Sequence[str]) -> bool:
    """Whether two lines differ in words that are not values of one variable, or in so many on end that none is."""
    row = 0
    for place, (one, other) in enumerate(zip(known, tokens, strict=True)):
        row = row + 1 if one != other and MASK not in one + other else 0
        if row >= PHRASE or (one != other and (are_different_things(one, other) or _is_verb(place, tokens))):
            return True
    return False


def _is_verb(place: int, tokens: Sequence[str]) -> bool:
    return 0 < place < len(tokens) - 1 and tokens[place - 1] == "to" and tokens[place + 1] in ARTICLES


class Drain3Clusters:
    """The clusters of one service."""

    def __init__(self) -> None:
        self._drain = StrictDrain(sim_th=SIMILARITY, param_str=MASK)

    def add(self, line: str) -> tuple[int, str]:
        """The number of the line's cluster, and the cluster's template."""
        cluster, _ = self._drain.add_log_message(line)
        return cluster.cluster_id, cluster.get_template()

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
    if _in_capitals(one) != _in_capitals(other) and MASK not in one + other:
        return True  # values of one variable are written alike
    if one.endswith("=") != other.endswith("=") or one in NOTHING or other in NOTHING:
        return True  # a value and none
    if MASK in (one, other):
        word = one if other == MASK else other
        return MASK not in word and says_what_happened(word)
    if one.rstrip(".,;s") == other.rstrip(".,;s"):
        return True  # one and many
    if one.endswith(":") and other.endswith(":"):
        return MASK not in one + other  # labels
    return "(" in one and "(" in other and one.partition("(")[0] != other.partition("(")[0]  # calls


@lru_cache(maxsize=50_000)
def says_what_happened(word: str) -> bool:
    """Whether a word tells what happened rather than to whom.

    >>> [says_what_happened(word) for word in ('"GET', "Paused", "mode[off]", "amy", "10ms", "read.me")]
    [True, True, True, False, False, False]
    """
    if _in_capitals(word):
        return True
    if FILE.search(word):
        return False
    return any(one in OPPOSITES or (len(one) > 4 and one.endswith(PARTICIPLES)) for one in WORDS.findall(word.lower()))


def _in_capitals(word: str) -> bool:
    letters = "".join(filter(str.isalpha, word))
    return len(letters) > 1 and letters.isupper()
