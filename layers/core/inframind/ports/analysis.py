"""What the analysis of incidents needs from the outside world."""

from dataclasses import dataclass
from typing import Protocol

from inframind.incidents.analyst.prompt import Prompt
from inframind.incidents.knowledge.entries import Knowledge
from inframind.ports.paging import Page


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model wrote, and the tokens it counted, if it did."""

    text: str
    input_tokens: int | None = None
    output_tokens: int | None = None


class LanguageModel(Protocol):
    """A language model, wherever it runs."""

    @property
    def name(self) -> str:
        """Provider and model, such as `ollama/llama3.2:3b`."""

    def answer(self, asked: Prompt, most_tokens: int) -> Completion:
        """What it answers within so many tokens; nothing is tried twice.

        Raises `Unavailable` for what may pass (time-outs, 429, 5xx, with the wait that was asked for), `Malformed`
        for an answer that cannot be read, `Rejected` for what will be refused tomorrow as well.
        """


class AnalysisQueue(Protocol):
    """AnalysisQueue: incidents that want an analysis, beside the facts that the bus puts there."""

    def ask(self, incident_id: str, delay_s: int = 0, *, is_asked_for: bool = False) -> None:
        """Queues a look at the incident, which arrives after the delay: fifteen minutes at most.

        `is_asked_for`: by a person, so it is not put off.
        """


class NoteStore(Protocol):
    """Short texts by name, each replaced only by a writer that has read it; they expire."""

    def read(self, name: str) -> str | None:
        """The note as it is now, or None."""

    def write(self, name: str, text: str, known: str | None) -> bool:
        """Keeps the text if the note is still `known`; whether it was."""


class KnowledgeStore(Protocol):
    """What was learnt from incidents that are over."""

    def get(self, knowledge_id: str) -> Knowledge | None:
        """The entry, or None. Raises `Damaged`."""

    def put(self, entry: Knowledge) -> None:
        """Keeps the entry, in the place of the one with its id."""

    def delete(self, knowledge_id: str) -> bool:
        """Forgets the entry; False if there is none."""

    def list(self, limit: int, cursor: str | None = None) -> Page[Knowledge]:
        """Entries, newest first."""

    def recent(self) -> Page[Knowledge]:
        """The newest thousand."""
