import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inframind.incidents.cause import Alarm, Window, rank, rank_window
from inframind.incidents.cause.suspects import EvidenceKind, deployment_hint
from tests.incidents.cause.planted import FRONT, GRAPH, STEP_S, Shop

NODES = sorted(set(GRAPH) - {FRONT})
Ranking = list[tuple[str, float]]


def ranking(shop: Shop, metric: str, late_s: float = 0.0) -> Ranking:
    return rank_window(shop.before, shop.after, GRAPH, shop.alarm(metric, late_s))


@pytest.mark.parametrize("node", NODES)
def test_a_slow_node_is_named_wherever_it_stands(node: str) -> None:
    assert ranking(Shop().slow(node), "latency")[0][0] == node


@pytest.mark.parametrize("node", NODES)
def test_a_failing_node_is_named_wherever_it_stands(node: str) -> None:
    assert ranking(Shop().fail(node), "availability")[0][0] == node


@pytest.mark.parametrize("node", ["cart", "search", "mail", "bank", "index"])
def test_a_node_that_fell_silent_is_named_when_its_callers_fail(node: str) -> None:
    assert ranking(Shop().silence(node), "availability")[0][0] == node


@pytest.mark.parametrize("node", sorted(set(NODES) - set(GRAPH[FRONT])))
def test_a_node_nobody_measures_comes_right_after_its_caller(node: str) -> None:
    names = [name for name, _ in ranking(Shop().slow(node).drop(node), "latency")]
    assert node in names[:3]
    assert node in GRAPH[names[0]]


def test_blame_passes_through_a_node_nobody_measures() -> None:
    assert ranking(Shop().slow("offers").drop("proxy"), "latency")[0][0] == "offers"


@pytest.mark.parametrize("metric", ["latency", "availability"])
@pytest.mark.parametrize("seed", range(20))
def test_nobody_is_named_when_nothing_happens(metric: str, seed: int) -> None:
    assert ranking(Shop(seed), metric) == []


@pytest.mark.parametrize("seed", range(5))
def test_nobody_is_named_when_latency_and_traffic_are_those_of_another_month(seed: int) -> None:
    assert ranking(Shop(seed, shift=1.6, traffic=0.5), "latency") == []


def test_a_fault_is_found_below_the_level_of_another_month() -> None:
    assert ranking(Shop(shift=0.6, traffic=1.7).slow("stock-db", 0.03), "latency")[0][0] == "stock-db"


def test_hardly_anybody_is_named_when_the_alarmed_node_is_well() -> None:
    named = 0
    for seed in range(30):
        shop = Shop(seed)
        shop.put(("bank", "latency", "Average"), np.array([0.05, 0.05, 2.0, 2.0, 0.05]))
        named += bool(ranking(shop, "latency"))
    assert named <= 2


def test_a_single_wild_row_is_a_blip_and_names_nobody() -> None:
    shop = Shop()
    for node, seconds in (("bank", 9.0), ("cart", 9.0), ("web", 2.7)):
        shop.add(node, "latency", np.array([0, 0, seconds, 0, 0]))
    assert ranking(shop, "latency") == []


def test_a_wild_row_beside_a_fault_does_not_hide_its_cause() -> None:
    shop = Shop().slow("index")
    shop.add(FRONT, "latency", np.array([0, 0, 0, 0, 5.0]))
    assert ranking(shop, "latency")[0][0] == "index"


def test_a_node_that_always_fails_is_not_suspect_for_failing_again() -> None:
    shop = Shop().fail("cart")
    column = ("mail", "availability", "Average")
    shop.before.series[column][:] = [0.0] * len(shop.before.times)  # type: ignore[index]
    shop.put(column, np.array([100, 50, 0, 0, 100.0]))
    answer = dict(ranking(shop, "availability"))
    assert "cart" in answer
    assert "mail" not in answer


def test_blame_passes_through_a_node_too_restless_to_stand_out() -> None:
    shop = Shop()
    for window in (shop.before, shop.after):
        column = ("cart", "latency", "Average")
        wild = shop.random.lognormal(0, 1.0, len(window.times))
        window.series[column][:] = (0.1 * wild).tolist()  # type: ignore[index]
    shop.put(("cart", "latency", "Average"), np.full(5, 0.1))
    assert ranking(shop.slow("bank"), "latency")[0][0] == "bank"


def test_a_slow_node_is_named_though_few_of_its_requests_are_counted() -> None:
    shop = Shop().slow("bank")
    for window in (shop.before, shop.after):
        column = ("bank", "requests", "Sum")
        window.series[column][:] = [value / 20 for value in window.series[column]]  # type: ignore[index]
    assert ranking(shop, "latency")[0][0] == "bank"


def test_a_node_that_is_silent_because_its_other_caller_is_has_no_part_in_it() -> None:
    shop = Shop().fail("cart").mute("proxy")
    graph = {**GRAPH, "cart": [*GRAPH["cart"], "offers"]}
    answer = rank_window(shop.before, shop.after, graph, shop.alarm("availability"))
    assert answer[0][0] == "cart"
    assert "offers" not in dict(answer)


def test_a_callee_first_called_because_something_fails_is_an_effect() -> None:
    shop = Shop().fail("cart")
    graph = {**GRAPH, "cart": [*GRAPH["cart"], "apology"], "apology": []}
    rows = len(shop.before.times)
    seldom = np.arange(rows) % 30 == 0
    shop.before.series["apology", "requests", "Sum"] = seldom.astype(float).tolist()  # type: ignore[index]
    shop.before.series["apology", "latency", "Average"] = np.where(seldom, 0.1, np.nan).tolist()  # type: ignore[index]
    shop.put(("apology", "requests", "Sum"), np.array([0, 0, 25, 20, 0.0]))
    shop.put(("apology", "latency", "Average"), np.array([np.nan, np.nan, 5, 4, np.nan]))
    answer = rank_window(shop.before, shop.after, graph, shop.alarm("availability"))
    assert answer[0][0] == "cart"
    assert "apology" not in dict(answer)


def test_a_fault_hidden_in_the_history_does_not_hide_the_next_one() -> None:
    shop, earlier = Shop(), Shop().slow("index")
    for column, values in earlier.after.series.items():
        shop.before.series[column][40:45] = values  # type: ignore[index]
    assert ranking(shop.slow("index"), "latency")[0][0] == "index"


def test_a_node_so_slow_that_its_callers_fail_is_named() -> None:
    shop = Shop().fail("bank")
    shop.put(("bank", "availability", "Average"), np.full(5, 100.0))
    shop.put(("bank", "latency", "Average"), np.array([0.05, 0.3, 2.0, 1.8, 0.05]))
    assert ranking(shop, "availability")[0][0] == "bank"


@pytest.mark.parametrize("late_s", [-STEP_S, -60, 60, STEP_S])
@pytest.mark.parametrize("node", NODES)
def test_an_alarm_a_minute_or_a_row_off_names_the_same(node: str, late_s: float) -> None:
    assert ranking(Shop().slow(node), "latency", late_s)[0][0] == node


def test_a_long_quiet_stretch_after_the_alarm_names_nobody() -> None:
    shop = Shop(3, history=600)
    for cut in (300, 420, 540):
        before = Window(shop.before.times[:cut], {c: v[:cut] for c, v in shop.before.series.items()})
        after = Window(shop.before.times[cut:], {c: v[cut:] for c, v in shop.before.series.items()})
        for metric in ("latency", "availability"):
            assert rank_window(before, after, GRAPH, Alarm(FRONT, metric, "Average", after.times[0])) == []


def test_an_alarm_far_outside_the_window_is_taken_to_lie_at_its_edge() -> None:
    shop = Shop().slow("index")
    alarm = shop.alarm("latency")
    assert rank_window(shop.before, shop.after, GRAPH, alarm._replace(timestamp=0.0))[0][0] == "index"


@settings(max_examples=25, deadline=None)
@given(st.permutations(sorted(GRAPH)), st.sampled_from(NODES))
def test_renaming_all_nodes_renames_the_answer_and_nothing_else(names: list[str], node: str) -> None:
    new = dict(zip(sorted(GRAPH), (f"n-{name}" for name in names), strict=True))
    shop = Shop().slow(node)

    def renamed(window: Window) -> Window:
        return Window(window.times, {(new[n], m, s): values for (n, m, s), values in window.series.items()})

    graph = {new[caller]: [new[callee] for callee in callees] for caller, callees in GRAPH.items()}
    alarm = shop.alarm("latency")
    answer = rank_window(renamed(shop.before), renamed(shop.after), graph, alarm._replace(node=new[FRONT]))
    assert dict(answer) == {new[name]: score for name, score in ranking(shop, "latency")}


def test_a_quiet_node_more_changes_nothing() -> None:
    shop = Shop().slow("stock")
    expected = ranking(shop, "latency")
    for window in (shop.before, shop.after):
        rows = len(window.times)
        window.series["lamp", "latency", "Average"] = [0.01] * rows  # type: ignore[index]
        window.series["lamp", "requests", "Sum"] = [50.0] * rows  # type: ignore[index]
        window.series["lamp", "availability", "Average"] = [100.0] * rows  # type: ignore[index]
    graph = {**GRAPH, FRONT: [*GRAPH[FRONT], "lamp"], "lamp": []}
    assert rank_window(shop.before, shop.after, graph, shop.alarm("latency")) == expected


def test_a_node_the_alarmed_one_does_not_reach_is_never_named() -> None:
    shop = Shop().slow("stock")
    graph = {**GRAPH, "batch": ["stock"]}
    for metric in ("latency", "requests"):
        shop.put(("batch", metric, "Average" if metric == "latency" else "Sum"), np.array([1, 1, 99, 99, 1.0]))
    assert rank_window(shop.before, shop.after, graph, shop.alarm("latency")) == ranking(shop, "latency")


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_changes_nothing(random: object) -> None:
    shop = Shop().slow("cart")

    def shuffled(window: Window) -> Window:
        rows, columns = list(range(len(window.times))), list(window.series)
        random.shuffle(rows)  # type: ignore[attr-defined]
        random.shuffle(columns)  # type: ignore[attr-defined]
        return Window([window.times[r] for r in rows], {c: [window.series[c][r] for r in rows] for c in columns})

    answer = rank_window(shuffled(shop.before), shuffled(shop.after), GRAPH, shop.alarm("latency"))
    assert answer == ranking(shop, "latency")


@pytest.mark.parametrize("alarmed", ["latency", "availability"])
@settings(max_examples=10, deadline=None)
@given(factor=st.sampled_from([1e-3, 0.01, 1 / 3, 1000.0]), scaled=st.sampled_from(["latency", "availability"]))
def test_the_unit_of_a_metric_changes_nothing(alarmed: str, factor: float, scaled: str) -> None:
    shop = Shop().slow("search").fail("search")

    def in_unit(window: Window) -> Window:
        return Window(
            window.times,
            {c: [value * factor if c[1] == scaled else value for value in v] for c, v in window.series.items()},
        )

    answer = rank_window(in_unit(shop.before), in_unit(shop.after), GRAPH, shop.alarm(alarmed))
    expected = ranking(shop, alarmed)
    assert [node for node, _ in answer] == [node for node, _ in expected]
    assert [score for _, score in answer] == pytest.approx([score for _, score in expected], abs=1e-5)


def test_an_empty_history_still_finds_what_stands_out() -> None:
    shop = Shop().slow("bank", 0.3)
    nothing = Window([], {column: [] for column in shop.before.series})
    assert rank_window(nothing, shop.after, GRAPH, shop.alarm("latency"))[0][0] == "bank"


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("history", [0, 1, 3])
def test_hardly_any_rows_name_nobody(rows: int, history: int) -> None:
    shop = Shop()
    before = Window(shop.before.times[:history], {c: v[:history] for c, v in shop.before.series.items()})
    after = Window(shop.after.times[:rows], {c: v[:rows] for c, v in shop.after.series.items()})
    assert rank_window(before, after, GRAPH, shop.alarm("latency")) == []


def test_a_graph_with_a_ring_comes_to_an_end() -> None:
    shop = Shop().slow("stock")
    graph = {**GRAPH, "stock-db": ["cart"]}
    assert rank_window(shop.before, shop.after, graph, shop.alarm("latency"))[0][0] == "stock"


def test_an_alarm_on_something_else_than_time_or_failures_names_nobody() -> None:
    shop = Shop().slow("stock")
    assert rank_window(shop.before, shop.after, GRAPH, Alarm(FRONT, "requests", "Sum", shop.after.times[2])) == []


def test_every_suspect_carries_numbered_evidence_in_words() -> None:
    shop = Shop().slow("bank")
    first, *others = rank(shop.before, shop.after, GRAPH, shop.alarm("latency"))
    assert first.node == "bank"
    assert {evidence.kind for evidence in first.evidence} == {
        EvidenceKind.DEVIATION,
        EvidenceKind.ONSET,
        EvidenceKind.CALL_GRAPH,
    }
    share = next(evidence for evidence in first.evidence if evidence.kind is EvidenceKind.CALL_GRAPH)
    assert share.numbers["share"] == pytest.approx(1.0, abs=0.15)
    assert share.words.endswith("of the added time of web")
    ids = [evidence.id for suspect in (first, *others) for evidence in suspect.evidence]
    again = rank(shop.before, shop.after, GRAPH, shop.alarm("latency"))
    assert ids == [evidence.id for suspect in again for evidence in suspect.evidence]
    assert len(set(ids)) == len(ids)


def test_trouble_that_nothing_explains_stays_with_the_alarmed_node() -> None:
    shop = Shop()
    shop.add(FRONT, "latency", np.array([0, 0, 0.2, 0.2, 0]))
    assert [suspect.node for suspect in rank(shop.before, shop.after, GRAPH, shop.alarm("latency"))] == [FRONT]
    assert ranking(shop, "latency") == []


def test_a_deployment_shortly_before_outranks_what_metrics_leave_open() -> None:
    shop = Shop().slow("stock-db").drop("stock-db")
    alarm = shop.alarm("latency")
    hint = deployment_hint("stock-db", "v42", alarm.timestamp - 300, alarm.timestamp)
    assert hint is not None
    assert [suspect.node for suspect in rank(shop.before, shop.after, GRAPH, alarm)][:2] == ["stock", "stock-db"]
    first, second, *_ = rank(shop.before, shop.after, GRAPH, alarm, [hint])
    assert (first.node, second.node) == ("stock-db", "stock")
    assert first.evidence[0].kind is EvidenceKind.DEPLOYMENT
    assert first.evidence[0].words == "v42 was deployed 5 min before the alarm"


def test_a_deployment_of_a_node_that_is_well_does_not_outrank_the_one_that_is_not() -> None:
    shop = Shop().slow("bank")
    alarm = shop.alarm("latency")
    hint = deployment_hint("mail", "v3", alarm.timestamp - 60, alarm.timestamp)
    assert hint is not None
    assert [suspect.node for suspect in rank(shop.before, shop.after, GRAPH, alarm, [hint])][:2] == ["bank", "mail"]


def test_a_deployment_cannot_accuse_when_nothing_is_the_matter() -> None:
    shop = Shop()
    alarm = shop.alarm("latency")
    hint = deployment_hint("cart", "v7", alarm.timestamp - 60, alarm.timestamp)
    assert hint is not None
    assert rank(shop.before, shop.after, GRAPH, alarm, [hint]) == ()


def test_who_falls_silent_every_other_hour_is_suspect_only_if_as_many_calls_are_missing_as_fail() -> None:
    restless = np.arange(300) // 10 % 2 == 0
    for dead, first in (("mail", "mail"), ("bank", "bank")):
        shop = Shop().silence(dead)
        asked = np.where(restless, 0, shop.before.series["mail", "requests", "Sum"])
        shop.before.series["mail", "requests", "Sum"] = asked.tolist()  # type: ignore[index]
        if dead == "bank":
            shop.mute("mail")
        assert ranking(shop, "availability")[0][0] == first


def test_a_node_without_history_is_judged_as_an_ordinary_one_however_restless_others_are() -> None:
    shop = Shop().fail("bank", 0.05)
    for name in [name for name in shop.before.series if name[0] == "bank"]:
        del shop.before.series[name]  # type: ignore[attr-defined]
    for node in ("offers", "mail", "index"):
        wild = 100 * shop.random.random(300)
        shop.before.series[node, "availability", "Average"] = wild.tolist()  # type: ignore[index]
    assert ranking(shop, "availability")[0][0] == "bank"


def test_a_slow_node_without_history_explains_the_time_outs_of_its_callers() -> None:
    shop = Shop().fail("bank", 0.05)
    shop.put(("bank", "availability", "Average"), np.full(5, 100.0))
    shop.add("bank", "latency", np.array([0.0, 0.2, 2.0, 1.6, 0.0]))
    for name in [name for name in shop.before.series if name[0] == "bank"]:
        del shop.before.series[name]  # type: ignore[attr-defined]
    assert ranking(shop, "availability")[0][0] == "bank"


def test_blame_passes_through_a_caller_whose_failures_nobody_counts() -> None:
    shop = Shop().fail("bank", 0.05)
    for window in (shop.before, shop.after):
        del window.series["cart", "availability", "Average"]  # type: ignore[attr-defined]
    assert ranking(shop, "availability")[0][0] == "bank"


def test_several_nodes_that_nobody_measures_are_no_likelier_than_their_caller() -> None:
    shop = Shop().fail("cart")
    graph = {**GRAPH, "cart": [*GRAPH["cart"], "one", "two", "three", "four"]}
    answer = dict(rank_window(shop.before, shop.after, graph, shop.alarm("availability")))
    assert max(answer, key=lambda name: answer[name]) == "cart"
    assert {answer[name] for name in ("one", "two", "three", "four")} == {min(answer.values())}


def test_where_many_callees_fall_silent_at_once_and_none_goes_on_their_caller_comes_first() -> None:
    shop = Shop().fail("search", 0.9)
    callees = ("index", "shelf", "words", "prices")
    graph = {**GRAPH, "search": [*callees], "cart": ["bank"]}
    for node in callees:
        for metric, statistic in (("latency", "Average"), ("requests", "Sum"), ("availability", "Average")):
            shop.before.series[node, metric, statistic] = list(shop.before.series["index", metric, statistic])  # type: ignore[index]
            values = np.array(shop.after.series["index", metric, statistic])
            shop.put((node, metric, statistic), values)
        shop.put((node, "requests", "Sum"), np.array([600, 540, 0, 0, 600.0]))
        for metric in ("latency", "availability"):
            column = (node, metric, "Average")
            shop.put(column, np.where([False, False, True, True, False], np.nan, shop.after.series[column]))
    answer = rank_window(shop.before, shop.after, graph, shop.alarm("availability"))
    assert answer[0][0] == "search"
