"""The templates of one service: what its lines have in common, how often each came, at which levels, and a sample.

A template keeps the id of its first line for as long as it is known, however much its words generalise.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from inframind.identity import content_id
from inframind.ingestion.logs.lines import ERRORS, LEVELS, LogLine
from inframind.ingestion.logs.masks import masked, telling
from inframind.redaction import without_secrets

TEMPLATES_LIMIT = 500  # of a service; when there are more, the tenth that was silent longest is forgotten
FORGOTTEN_SHARE = 10
RETIRED_LIMIT = 500  # forgotten templates of errors that are not new should they come back
CACHE_LIMIT = 5_000  # masked lines whose cluster is remembered
REPEATED_LIMIT = 1_000  # messages whose masked line is remembered
SAMPLE_CHARS = 500
TEMPLATE_CHARS = 600


class Clusters(Protocol):
    """What groups masked lines; `log_ports` says what each method does."""

    def add(self, line: str) -> tuple[int, str]: ...
    def restore(self, templates: Sequence[str]) -> Sequence[int]: ...
    def forget(self, numbers: Collection[int]) -> None: ...


@dataclass(slots=True)
class Template:
    """One template: its text, the lines counted by level, when it came first and last, and a line as it came first."""

    id: str
    text: str
    first_ms: int
    last_ms: int
    sample: str
    levels: dict[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """All its lines."""
        return sum(self.levels.values())

    @property
    def level(self) -> str:
        """The most severe level it came at."""
        return max(self.levels, key=LEVELS.index)

    def to_record(self) -> list[Any]:
        """As JSON keeps it."""
        return [self.id, self.text, self.first_ms, self.last_ms, self.sample, self.levels]


def merged(one: Iterable[Template], other: Iterable[Template]) -> list[Template]:
    """Templates of one service that two miners found, as one list: the same id, or the same text, is one template.

    >>> a, b = Template("x", "up", 5, 5, "up", {"INFO": 1}), Template("y", "up", 3, 9, "up", {"INFO": 2})
    >>> [(both.id, both.first_ms, both.last_ms, both.count) for both in merged([a], [b])]
    [('y', 3, 9, 3)]
    """
    by_id: dict[str, Template] = {}
    by_text: dict[str, Template] = {}
    for template in (*one, *other):
        both = template
        for known in (by_id.get(template.id), by_text.get(template.text)):
            if known is not None and by_id.pop(known.id, None) is not None:
                del by_text[known.text]
                both = _joined(both, known)
        by_id[both.id] = by_text[both.text] = both
    return list(by_id.values())


def _joined(one: Template, other: Template) -> Template:
    first = min((one, other), key=lambda template: (template.first_ms, template.id))
    levels = {level: one.levels.get(level, 0) + other.levels.get(level, 0) for level in {**one.levels, **other.levels}}
    return Template(
        first.id,
        first.text,
        first.first_ms,
        max(one.last_ms, other.last_ms),
        first.sample,
        dict(sorted(levels.items())),
    )


class Catalogue:
    """The templates of a service, and the clusters by which lines find theirs."""

    def __init__(self, clusters: Clusters, known: Iterable[Template] = (), retired: Iterable[str] = ()) -> None:
        self._clusters = clusters
        kept = merged(known, ())
        self._by_number = dict(zip(clusters.restore([one.text for one in kept]), kept, strict=True))
        self._numbers: dict[str, int] = {one.text: number for number, one in self._by_number.items()}
        self._cache: dict[str, int] = {}
        self._repeated: dict[str, str] = {}
        self.retired = list(retired)

    def __len__(self) -> int:
        return len(self._by_number)

    @property
    def templates(self) -> Collection[Template]:
        """All templates."""
        return self._by_number.values()

    def place(self, line: LogLine) -> tuple[Template, bool]:
        """The template of a line, the line counted to it; and whether it is of errors and was never seen before."""
        text = self._masked(line.message)
        number = self._cache.get(text)
        if number is None:
            number = self._grouped(text)
        template = self._by_number.get(number)
        is_new = template is None
        if template is None:
            template = self._by_number[number] = _begun(text, line)
            self._numbers[text] = number
        was_error = bool(ERRORS & template.levels.keys())
        template.levels[line.level] = template.levels.get(line.level, 0) + 1
        template.last_ms = max(template.last_ms, line.time_ms)
        template.first_ms = min(template.first_ms, line.time_ms)
        if is_new:
            self._make_room(number)
        return template, line.level in ERRORS and not was_error and template.id not in self.retired

    def _masked(self, message: str) -> str:
        """The masked line of a message; many messages come again word for word."""
        text = self._repeated.get(message)
        if text is None:
            text = masked(without_secrets(message))[:TEMPLATE_CHARS]
            if len(self._repeated) >= REPEATED_LIMIT:
                self._repeated.clear()
            if len(message) <= TEMPLATE_CHARS:
                self._repeated[message] = text
        return text

    def _grouped(self, text: str) -> int:
        """The number of the cluster that a line never seen in this wording belongs to."""
        number, wording = self._clusters.add(text)
        template = self._by_number.get(number)
        if template is not None and template.text != wording:
            self._numbers.pop(template.text, None)
            template.text = wording
            number = self._as_one(number, self._numbers.setdefault(wording, number))
        if len(self._cache) >= CACHE_LIMIT:
            self._cache.clear()
        self._cache[text] = number
        return number

    def _as_one(self, number: int, other: int) -> int:
        """The number under which two clusters go on whose templates have become the same."""
        if number == other:
            return number
        (self._by_number[other],) = merged([self._by_number.pop(number)], [self._by_number[other]])
        self._clusters.forget([number])
        self._cache = {text: other if of == number else of for text, of in self._cache.items()}
        return other

    def _make_room(self, newest: int) -> None:
        if len(self._by_number) <= TEMPLATES_LIMIT:
            return
        silent = sorted((one.last_ms, number) for number, one in self._by_number.items() if number != newest)
        gone = {number for _, number in silent[: TEMPLATES_LIMIT // FORGOTTEN_SHARE]}
        for number in gone:
            template = self._by_number.pop(number)
            self._numbers.pop(template.text, None)
            if ERRORS & template.levels.keys():
                self.retired.append(template.id)
        self.retired = self.retired[-RETIRED_LIMIT:]
        self._clusters.forget(gone)
        self._cache = {text: number for text, number in self._cache.items() if number not in gone}


def from_records(records: Iterable[Sequence[Any]]) -> list[Template]:
    """What `to_record` made of templates."""
    return [
        Template(name, text, first, last, sample, dict(levels)) for name, text, first, last, sample, levels in records
    ]


def template_id(text: str) -> str:
    """The id of a template that begins with this masked line: the same everywhere.

    >>> template_id("Deleted <*> files") == template_id("Deleted <*> files")
    True
    """
    return content_id([text.encode(errors="replace")], size=6)


def _begun(text: str, line: LogLine) -> Template:
    sample = without_secrets(telling(line.message))[:SAMPLE_CHARS]
    return Template(template_id(text), text, line.time_ms, line.time_ms, sample)
