"""The analysis of an incident, from the look at it to the analysis and the memory on it.

The language model has the last word on nothing: without one, past its limits, or with an answer that cannot be
believed, the analysis by rules stays, which every incident has from its opening on.
"""

from contextlib import suppress
from dataclasses import dataclass
from math import ceil

from inframind import wiring
from inframind.entry import logger
from inframind.errors import Damaged, InframindError, Malformed, Rejected, Unavailable
from inframind.incidents.analyst.answers import understood
from inframind.incidents.analyst.budget import Case, CircuitBreaker, Decision, Limits, Spent, decide, estimated, matter
from inframind.incidents.analyst.concluding import concluded
from inframind.incidents.analyst.prompt import Prompt, prompt_of
from inframind.incidents.analyst.requests import Wanted
from inframind.incidents.board import Board
from inframind.incidents.knowledge.entries import learnt
from inframind.incidents.knowledge.similarity import recalled
from inframind.incidents.outcome import Outcome
from inframind.ports.analysis import Completion, LanguageModel
from inframind.settings import settings
from inframind.signals import Analysis, Incident
from inframind.usecases import clock
from inframind.usecases.counters import add_counts
from inframind.usecases.incidents import kept, rounds

WORD = "incidents"
OVER = ("resolved", "merged")
TRIES = 2  # of one analysis: an answer that cannot be used may be given once more
SLACK_S = 20  # that one call may take beyond its time-out, with everything around it
SOON_S = 30
NOTED = 5  # tries to write a note that others write as well
CIRCUIT = "circuit"

log = logger(WORD)


def limits() -> Limits:
    """What an incident may cost, as this deployment is configured."""
    now = settings()
    return Limits(
        analyses=now.analyst_analyses,
        tokens=now.analyst_token_limit,
        cost=now.analyst_cost_limit,
        prices=(now.analyst_input_price, now.analyst_output_price),
        answer_tokens=now.analyst_max_tokens,
        spacing_ms=1000 * now.analyst_spacing_seconds,
        busy_ms=1000 * longest_s(),
    )


def longest_s() -> int:
    """Seconds that one analysis takes at most."""
    return TRIES * ceil(settings().analyst_timeout_seconds) + SLACK_S


def look_at(wanted: Wanted) -> None:
    """Whatever is due of the incident: what was learnt is kept, or it is analysed and what is like it recalled."""
    incident = kept.incident(wanted.incident)
    if incident is None:
        return
    if incident.status in OVER:
        _remember(incident)
        if wanted.why != "asked":
            return
    similar = recalled(incident, kept.knowledge())
    model = wiring.language_model()
    analysis = None
    if model is not None:
        analysis = _Consultation(model, incident.model_copy(update={"similar": similar}), wanted, limits()).held()

    def work(board: Board, now_ms: int) -> Outcome | None:
        latest = kept.incident(incident.id)
        return concluded(board, latest, (analysis, similar), now_ms) if latest else None

    rounds.work_round(work)


def _remember(incident: Incident) -> None:
    """Keeps what was learnt, if that is news; never in the place of an entry that cannot be read."""
    lesson = learnt(incident)
    if lesson is None:
        return
    with suppress(Damaged):
        if kept.entry(lesson.id) != lesson:
            wiring.knowledge().put(lesson)
            log.info("incident remembered", incident=incident.id)


@dataclass(slots=True)
class _Consultation:
    """One incident before the model."""

    model: LanguageModel
    incident: Incident
    wanted: Wanted
    limits: Limits

    def held(self) -> Analysis | None:
        """The model's analysis, if it is due, paid for, and can be believed."""
        asked = prompt_of(self.incident)
        name = f"analyses {self.incident.id}"
        before = wiring.notes().read(name)
        spent = Spent.read(before) if before else Spent()
        case = Case(matter(self.incident), asked.characters, self.wanted.why == "asked")
        decision = decide(spent, _circuit()[0], case, clock.now_ms(), self.limits)
        log.debug("analysis decided", incident=self.incident.id, step=decision.step, reason=decision.reason)
        if decision.step == "wait":
            self._put_off(decision, spent, before)
        if decision.step != "ask":
            return spent.answer if spent.seen == case.matter else None  # whoever had it may not have lived to keep it
        begun = spent.begun(clock.now_ms(), self.limits)
        if not wiring.notes().write(name, begun.model_dump_json(), before):
            wiring.analysis_queue().ask(self.incident.id, SOON_S)  # somebody else has just begun
            return None
        analysis, used, is_final = self._consulted(asked, begun)
        _written_down(name, used.ended(case.matter if is_final else "", analysis))
        return analysis

    def _consulted(self, asked: Prompt, spent: Spent) -> tuple[Analysis | None, Spent, bool]:
        """The analysis or None, what it has cost, and whether that is the end of it until something changes."""
        for attempt in range(TRIES):
            if not spent.can_pay(asked.characters, self.limits):
                break
            try:
                told = self.model.answer(asked, self.limits.answer_tokens)
                spent = spent.used(_tokens(asked, told), self.limits)
                found = understood(told.text, asked, self.incident, self.model.name)
            except Malformed as fault:
                self._note("unusable", fault)
                asked = asked.again(fault.detail) if attempt == 0 else asked
                continue
            except Rejected as refused:
                self._failed("refused", refused)
                return None, spent, True
            except Unavailable as away:
                self._failed("unavailable", away, away.retry_after_s)
                wiring.analysis_queue().ask(self.incident.id, max(away.retry_after_s, self.limits.spacing_ms // 1000))
                return None, spent, False
            _closed()
            self._note("answered", None, spent.input_tokens + spent.output_tokens)
            return found, spent, True
        self._failed("given_up", None)
        return None, spent, True

    def _put_off(self, decision: Decision, spent: Spent, before: str | None) -> None:
        """Somebody looks again at that moment; nobody twice."""
        if self.wanted.why == "fact" and spent.again_ms > clock.now_ms():
            return
        delay_s = ceil((decision.at_ms - clock.now_ms()) / 1000) + 1
        wiring.analysis_queue().ask(self.incident.id, delay_s, is_asked_for=self.wanted.why == "asked")
        again = spent.model_copy(update={"again_ms": decision.at_ms + 1_000})
        wiring.notes().write(f"analyses {self.incident.id}", again.model_dump_json(), before)

    def _failed(self, outcome: str, error: InframindError | None, wait_s: int = 0) -> None:
        self._note(outcome, error)
        circuit, before = _circuit()
        after = circuit.after_failure(clock.now_ms(), wait_s)
        wiring.notes().write(CIRCUIT, after.model_dump_json(), before)
        if after.open_until_ms > circuit.open_until_ms:
            log.warning("model left alone for a while", model=self.model.name, failures=after.failures)

    def _note(self, outcome: str, error: InframindError | None, tokens: int = 0) -> None:
        add_counts(WORD, {("analyses_total", (("outcome", outcome),)): 1})
        say = log.info if error is None else log.warning
        about = {"incident": self.incident.id, "model": self.model.name, "outcome": outcome, "tokens": tokens}
        say("model consulted", extra=about | {"reason": str(error or "")})


def _written_down(name: str, ended: Spent) -> None:
    """Keeps what an analysis has cost. Meanwhile others may have noted when they look again, and nothing else."""
    for _ in range(NOTED):
        text = wiring.notes().read(name)
        again_ms = Spent.read(text).again_ms if text else 0
        if wiring.notes().write(name, ended.model_copy(update={"again_ms": again_ms}).model_dump_json(), text):
            return
    raise Unavailable(f"The note {name} was written by others {NOTED} times in succession.")


def _circuit() -> tuple[CircuitBreaker, str | None]:
    text = wiring.notes().read(CIRCUIT)
    return (CircuitBreaker.read(text) if text else CircuitBreaker()), text


def _closed() -> None:
    """The model answers: what went before is forgotten."""
    circuit, before = _circuit()
    if circuit.failures:
        wiring.notes().write(CIRCUIT, CircuitBreaker().model_dump_json(), before)


def _tokens(asked: Prompt, told: Completion) -> tuple[int, int]:
    """The tokens of a call as the model counted them, or estimated."""
    there = estimated(asked.characters) if told.input_tokens is None else told.input_tokens
    back = estimated(len(told.text)) if told.output_tokens is None else told.output_tokens
    add_counts(WORD, {("analysis_tokens_total", (("direction", "in"),)): there})
    add_counts(WORD, {("analysis_tokens_total", (("direction", "out"),)): back})
    return there, back
