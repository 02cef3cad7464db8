"""The trainer trains what there is, once, however often and by however many it is asked; and tells of drift once."""

import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import boto3
import pytest

from inframind import wiring
from inframind.adapters.optimization.memory_models import MemoryModels
from inframind.adapters.platform.memory_facts import MemoryFacts
from inframind.builds import Build, Configuration, Estimate, Suggestion
from inframind.errors import NotFound, Unavailable
from inframind.facts import ModelDrifted
from inframind.optimization import forest, learnt
from inframind.optimization.events import BuildCompleted, BuildStarted, StepEnded
from inframind.optimization.features import NAMES
from inframind.optimization.log import BuildLog, merged
from inframind.optimization.transfer import Transfer
from inframind.optimization.versions import Kind, Ledger, rolled_back
from inframind.usecases.optimization.training import GRAYBOX, Learner, forest_v1, trained
from tests.conftest import Account, load_handler
from tests.functions.fuse import Fuse, Killed
from tests.functions.optimization.world import World
from tests.optimization.simulated import DEFAULT, build, simulated

BUILDS = simulated(60)
NOW = datetime(2026, 2, 1, tzinfo=UTC)
ORDER = {"Records": [{"messageId": str(one), "body": '{"train": "now", "by": "ci"}'} for one in range(3)]}
KINDS: tuple[Kind, ...] = ("graybox", "forest_v1")


class Training(World):
    """A world with models and a bus."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        super().__init__(patch)
        self.models, self.facts = MemoryModels(), MemoryFacts()
        self.reach(Fuse())

    def reach(self, fuse: Fuse) -> None:
        """From now on models and the bus are reached through this fuse."""
        models, facts = fuse.around(self.models), fuse.around(self.facts)
        self.patch.setattr(wiring, "models", lambda: models)
        self.patch.setattr(wiring, "facts", lambda: facts)

    def train(self, event: dict[str, Any] | None = None) -> dict[str, Any]:
        """The trainer's answer, of a fresh process."""
        return dict(load_handler("optimization", "trainer").handler(event or {"schedule": "trainer"}, None))

    def ledgers(self) -> list[Ledger]:
        """What is kept of both kinds, but for when it was last checked."""
        return [self.models.load(kind).ledger.model_copy(update={"checked_at": None}) for kind in KINDS]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Training:
    made = Training(monkeypatch)
    tell(BUILDS)
    return made


def tell(builds: Sequence[Build]) -> None:
    """Puts finished builds into the store, as the recorder does."""
    for one in builds:
        about = {"run_id": one.run_id, "pipeline": one.pipeline, "received_at": one.finished_at}
        told = {"configuration": one.configuration, "context": one.context, "suggestion_id": one.suggestion_id}
        log = merged(
            BuildLog(run_id=one.run_id),
            [
                BuildStarted.model_validate(about | told | {"started_at": one.started_at}),
                *(StepEnded.model_validate(about | {"step": step}) for step in one.steps),
                BuildCompleted.model_validate(about | {"outcome": one.outcome, "finished_at": one.finished_at}),
            ],
        )
        wiring.builds().save(log, 0)


def follow(version: str, count: int, factor: float, first: int = 0) -> None:
    """Builds that followed suggestions of a version, and took `factor` times what was expected, now and a bit."""
    for number in range(first, first + count):
        one = build(number, "team/0", DEFAULT, 100.0 * factor * (1 + number % 3 / 20))
        start = datetime.now(UTC) + timedelta(minutes=number)
        end = start + timedelta(seconds=one.duration_s or 0)
        times = {"started_at": start, "finished_at": end, "run_id": f"follows-{number}", "suggestion_id": f"s{number}"}
        wiring.builds().suggest(suggestion(f"s{number}", version))
        tell([one.model_copy(update=times)])


def suggestion(name: str, version: str, configuration: Configuration = DEFAULT) -> Suggestion:
    return Suggestion(
        id=name,
        pipeline="team/0",
        configuration=configuration,
        default=DEFAULT,
        duration_s=Estimate(mean=100, low=90, high=110),
        cost_usd=None,
        peak_memory_gb=None,
        reason="because",
        explores=False,
        is_default=False,
        model_version=version,
        builds_known=9,
    )


def test_both_kinds_are_trained_and_judged_and_the_better_serves(world: Training) -> None:
    answer = world.train()
    graybox, baseline = world.ledgers()
    assert (answer["builds"], answer["graybox"]) == (60, graybox.serving)
    card = graybox.versions[0]
    assert (card.version, card.verdict, card.builds, card.held_out) == (graybox.serving, "first", 48, 12)
    assert card.error < (card.compared or 0)
    assert learnt.read(world.models.data(card.version), card.version).contexts
    assert forest.read(world.models.data(baseline.versions[0].version)).names == NAMES
    assert baseline.versions[0].errors.keys() == {"duration", "pipeline_median"}
    assert world.counted("models_trained_total", verdict="first") >= 1


@pytest.mark.parametrize("event", [{"schedule": "trainer"}, ORDER], ids=["schedule", "order"])
def test_the_same_event_again_changes_nothing(world: Training, event: dict[str, Any]) -> None:
    first = world.train(event)
    after = (world.ledgers(), world.counters.read())
    assert world.train(event) == first
    assert (world.ledgers(), world.counters.read()) == after


def test_orders_are_answered_and_ten_of_them_train_once(world: Training) -> None:
    assert world.train(ORDER) == {"batchItemFailures": []}
    assert [len(ledger.versions) for ledger in world.ledgers()] == [1, 1]


def test_few_builds_train_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Training(monkeypatch)
    tell(BUILDS[:20])
    assert world.train()["graybox"] == "none"
    assert world.ledgers() == [Ledger(kind=kind) for kind in KINDS]


def test_a_store_that_is_away_fails_the_orders_only(world: Training) -> None:
    world.reach(Fuse(0, Unavailable("The model bucket is away.")))
    assert len(world.train(ORDER)["batchItemFailures"]) == 3
    world.reach(Fuse())
    assert world.train(ORDER) == {"batchItemFailures": []}


def test_of_two_trainers_at_once_one_version_comes(world: Training) -> None:
    def interrupted(parts: Any) -> bytes:
        trained(GRAYBOX, BUILDS, NOW)
        return GRAYBOX.learn(parts)

    ledger = trained(replace(GRAYBOX, learn=interrupted), BUILDS, NOW + timedelta(minutes=1))
    assert len(ledger.versions) == 1
    assert ledger.versions[0].trained_at == NOW


def judged(errors: dict[bytes, float], learn: Callable[[Any], bytes]) -> Learner:
    """A learner whose models are off by what the table says."""
    return Learner(
        "graybox", learn, lambda data, _parts, _since: {"duration": errors[data]}, lambda _parts, _errors: 0.5
    )


ONE, TWO = learnt.packed(Transfer.blank()), b"two"


def test_a_trainer_killed_at_any_point_leaves_what_the_next_one_completes(monkeypatch: pytest.MonkeyPatch) -> None:
    learner, whole = judged({ONE: 0.3}, lambda _: ONE), None
    for at, after in product(range(4), (False, True)):
        world = Training(monkeypatch)
        world.reach(Fuse(at, Killed(), after=after))
        with contextlib.suppress(Killed):
            trained(learner, BUILDS, NOW)
        world.reach(Fuse())
        trained(learner, BUILDS, NOW)
        ends = [(ledger.serving, len(ledger.versions), ledger.before) for ledger in world.ledgers()]
        whole = whole or ends
        assert ends == whole
    assert whole is not None
    assert whole[0][0] is not None


def test_a_version_serves_only_if_it_beats_the_one_that_serves_on_builds_neither_has_seen(world: Training) -> None:
    first = trained(judged({ONE: 0.3}, lambda _: ONE), BUILDS[:40], NOW)
    worse = trained(judged({ONE: 0.3, TWO: 0.31}, lambda _: TWO), BUILDS[:50], NOW)
    assert (worse.serving, worse.versions[0].verdict) == (first.serving, "not better")
    better = trained(judged({ONE: 0.3, TWO: 0.29}, lambda _: TWO), BUILDS, NOW)
    assert (better.serving, better.versions[0].verdict) == (better.versions[0].version, "better")
    assert better.versions[0].compared == 0.3
    back = rolled_back(better, NOW)
    world.models.save(back, world.models.load("graybox").tag)
    assert trained(judged({TWO: 0.1}, lambda _: TWO), BUILDS, NOW).serving == first.serving


def test_a_version_that_is_hardly_better_is_not_promoted_and_the_reason_says_so(world: Training) -> None:
    first = trained(judged({ONE: 0.177}, lambda _: ONE), BUILDS[:40], NOW)
    same = trained(judged({ONE: 0.177, TWO: 0.1766}, lambda _: TWO), BUILDS[:50], NOW)
    assert (same.serving, same.versions[0].verdict) == (first.serving, "not better")
    assert same.versions[0].reason.endswith("; to serve, it would have to be better by 1 %")
    better = trained(judged({ONE: 0.177, TWO: 0.175}, lambda _: TWO), BUILDS, NOW)
    assert (better.serving, better.versions[0].verdict) == (better.versions[0].version, "better")


def test_the_first_version_serves_only_if_it_is_better_than_nothing_learnt(world: Training) -> None:
    ledger = trained(judged({ONE: 0.6}, lambda _: ONE), BUILDS, NOW)
    assert (ledger.serving, ledger.versions[0].verdict) == (None, "not better")


def test_a_serving_version_that_cannot_be_read_any_more_is_replaced(world: Training) -> None:
    trained(judged({TWO: 0.1}, lambda _: TWO), BUILDS[:40], NOW)
    ledger = trained(judged({ONE: 0.3}, lambda _: ONE), BUILDS, NOW)
    assert (ledger.serving, ledger.versions[0].verdict) == (ledger.versions[0].version, "first")


def test_the_bytes_of_versions_that_no_rollback_comes_to_go_after_a_day(world: Training) -> None:
    first = trained(judged({ONE: 0.3}, lambda _: ONE), BUILDS[:40], NOW)
    worse = trained(judged({ONE: 0.3, TWO: 0.31}, lambda _: TWO), BUILDS[:50], NOW)
    unused = worse.versions[0].version
    assert world.models.data(unused) == TWO
    later = datetime.now(UTC) + timedelta(days=2)
    better = trained(judged({ONE: 0.3, TWO: 0.29}, lambda _: TWO), BUILDS, later)
    with pytest.raises(NotFound):
        world.models.data(unused)
    assert (world.models.data(better.serving or ""), world.models.data(first.serving or "")) == (TWO, ONE)
    assert [card.version for card in better.versions] == [better.serving, unused, first.serving]


def test_drift_is_told_once(world: Training) -> None:
    version = world.train()["graybox"]
    follow(version, 15, 3.0)
    for _ in range(2):
        assert world.train({"schedule": "drift"}) == {"drifting": True}
    (fact,) = world.facts.announced
    assert isinstance(fact, ModelDrifted)
    assert (fact.model_version, fact.builds) == (version, 15)
    assert "longer than expected" in fact.explanation
    assert world.counted("model_drifts_total") == 1
    drift = world.ledgers()[0].drift
    assert drift is not None
    assert drift.is_drifting


def test_drift_that_could_not_be_told_is_told_by_the_next_look_under_the_same_id(world: Training) -> None:
    version = world.train()["graybox"]
    follow(version, 15, 3.0)
    for at in range(4):
        world.reach(Fuse(at, Unavailable("away"), after=True))
        with contextlib.suppress(Unavailable):
            world.train({"schedule": "drift"})
    world.reach(Fuse())
    world.train({"schedule": "drift"})
    assert len({fact.id for fact in world.facts.announced}) == 1


def test_a_model_that_is_right_does_not_drift_and_others_builds_say_nothing_of_it(world: Training) -> None:
    version = world.train()["graybox"]
    follow(version, 15, 1.0)
    follow("graybox-another", 15, 9.0, first=15)
    assert world.train({"schedule": "drift"}) == {"drifting": False}
    assert world.facts.announced == []


def test_a_build_that_ran_with_something_else_did_not_follow(world: Training) -> None:
    version = world.train()["graybox"]
    other = DEFAULT.model_copy(update={"concurrency": 8})
    follow(version, 15, 9.0)
    for number in range(15):
        wiring.builds().suggest(suggestion(f"s{number}", version, other))
    assert world.train({"schedule": "drift"}) == {"drifting": False}


def test_it_trains_in_an_account_as_well(aws: Account) -> None:
    tell(BUILDS)
    module = load_handler("optimization", "trainer")
    first = module.handler(json.loads(json.dumps(ORDER)), None)
    serving = wiring.models().load("graybox").ledger.serving
    assert (first, serving is not None) == ({"batchItemFailures": []}, True)
    assert module.handler({"schedule": "trainer"}, None)["graybox"] == serving
    keys = [one["Key"] for one in boto3.client("s3").list_objects_v2(Bucket=aws.environment["BANK_BUCKET"])["Contents"]]
    assert sorted(key.partition("-")[0] for key in keys) == [
        "models/forest_v1",
        "models/forest_v1.json",
        "models/graybox",
        "models/graybox.json",
    ]


@pytest.mark.parametrize("duration_s", [0.0, 5e-324, 1e300, float("inf"), float("nan")])
def test_a_build_that_took_an_absurd_time_spoils_no_training(world: Training, duration_s: float) -> None:
    module = load_handler("optimization", "trainer")
    odd = [one.model_copy(update={"duration_s": duration_s}) for one in BUILDS[::7]]
    builds = [*odd, *(one for one in BUILDS if one not in BUILDS[::7])]
    for learner in (GRAYBOX, forest_v1(module.grow)):
        card = trained(learner, builds, NOW).versions[0]
        assert card.error < 1
