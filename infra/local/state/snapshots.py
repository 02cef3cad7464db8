"""The last complete save, kept beside the one being written, so that a kill in the middle of a save costs nothing.

The engine replaces one file a service, some fifty of them. After each whole save the files are linked (not copied) into
another folder, which a rename puts in the place of the older; a start begins from there.
"""

import os
import shutil
from pathlib import Path


class Snapshots:
    """`state` is the engine's folder; `complete` always holds one whole save, or nothing before the first."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.complete = state.with_name(f"{state.name}.complete")
        self.next = state.with_name(f"{state.name}.next")
        self.older = state.with_name(f"{state.name}.older")

    def keep(self) -> None:
        """Make what is in `state` the save that the next start begins from."""
        shutil.rmtree(self.next, ignore_errors=True)
        link_tree(self.state, self.next)
        if self.complete.exists():
            shutil.rmtree(self.older, ignore_errors=True)
            self.complete.rename(self.older)
        self.next.rename(self.complete)
        shutil.rmtree(self.older, ignore_errors=True)

    def restore(self, beside: Path) -> None:
        """Put the last whole save in the place of `state`; before the first, nothing is left of either folder.

        `beside` is what the engine writes at once (S3): without a whole save it is of a deployment that was killed.
        """
        if not self.complete.exists() and self.older.exists():
            self.older.rename(self.complete)  # killed between the two renames
        shutil.rmtree(self.state, ignore_errors=True)
        if self.complete.exists():
            link_tree(self.complete, self.state)
        else:
            shutil.rmtree(beside, ignore_errors=True)


def link_tree(source: Path, target: Path) -> None:
    shutil.copytree(source, target, copy_function=os.link, ignore=shutil.ignore_patterns("*.tmp", "*.lock"))
