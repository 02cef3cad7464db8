import json

from inframind.errors import MAX_FAULTS, Fault, Rejected, TooLarge, Unauthenticated, Unavailable
from inframind.http import problem


def test_a_rejection_names_its_faults_and_its_status() -> None:
    document = json.loads(problem.text(TooLarge("6291456 bytes at most.", [Fault("body", "7340032 bytes")])))
    assert document == {
        "type": "about:blank",
        "title": "The body is too large",
        "status": 413,
        "detail": "6291456 bytes at most.",
        "errors": [{"where": "body", "what": "7340032 bytes"}],
    }


def test_no_answer_names_more_than_the_first_faults() -> None:
    many = Rejected("Bad.", [Fault(str(number), "wrong") for number in range(2_000)])
    assert len(problem.body(many)["errors"]) == MAX_FAULTS


def test_what_is_temporary_is_503_with_the_time_to_wait() -> None:
    away = Unavailable("Away.", 9, [Fault("bus", "gone")])
    assert (problem.status(away), problem.headers(away)["retry-after"]) == (503, "9")
    assert problem.body(away)["errors"] == [{"where": "bus", "what": "gone"}]


def test_only_a_missing_key_is_challenged() -> None:
    assert "www-authenticate" in problem.headers(Unauthenticated("No key."))
    assert "www-authenticate" not in problem.headers(Rejected("Bad."))
