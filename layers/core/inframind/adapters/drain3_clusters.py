"""Clusters of masked lines by Drain (He et al., ICWS 2017), as drain3 implements it. The state is the templates alone:
the tree is built from them anew, and nothing of drain3's own form is ever stored.
"""

from collections.abc import Collection, Sequence

from drain3.drain import Drain, LogCluster

from inframind.ingestion.logs.masks import MASK

DEPTH = 4  # the length of a line, and its first word
SIMILARITY = 0.6  # of words that must be the same, masked ones among them
CHILDREN = 100
LEARNT = "<+>"  # a word that Drain found to vary; masked words are words like others to it


class Drain3Clusters:
    """The clusters of one service."""

    def __init__(self) -> None:
        self._drain = Drain(
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
