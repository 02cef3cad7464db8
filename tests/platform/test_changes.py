from datetime import UTC, datetime, timedelta

import pytest

from inframind.errors import Conflict, Rejected, Unauthenticated
from inframind.platform import keys
from inframind.platform.changes import Order, create, revoke, rotate, status
from inframind.records import AccessKey, Role

NOW = datetime(2026, 1, 11, 10, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADMIN = keys.keep("boot", "bootstrap", Role.ADMIN, NOW)


def test_a_created_key_works_and_is_on_record() -> None:
    key, token, change = create(Order("ci", Role.VIEWER, NOW + HOUR), ADMIN, NOW)
    assert keys.check(key, token, Role.VIEWER, NOW) == change.created
    assert key.expires_at == NOW + HOUR
    assert (change.record.actor, change.record.action, change.record.key_id) == (ADMIN.id, "key.created", key.id)


def test_a_key_that_would_be_born_expired_is_refused() -> None:
    with pytest.raises(Rejected) as refused:
        create(Order("ci", Role.VIEWER, NOW), ADMIN, NOW)
    assert refused.value.faults[0].where == "body.expires_at"


def test_the_same_idempotency_key_names_the_same_key_and_another_caller_another() -> None:
    order = Order("ci", Role.VIEWER, idempotency_key="deploy-17")
    other = keys.keep("other", "other", Role.ADMIN, NOW)
    one, again, elsewhere = (create(order, by, NOW)[0].id for by in (ADMIN, ADMIN, other))
    assert one == again != elsewhere


def test_rotation_lets_the_old_key_work_through_its_grace() -> None:
    old, token, _ = create(Order("ci", Role.VIEWER), ADMIN, NOW)
    new, new_token, change = rotate(old, HOUR, ADMIN, NOW)
    assert change.replaced is not None
    ending = change.replaced[1]
    assert keys.check(ending, token, Role.VIEWER, NOW + HOUR - timedelta(seconds=1))
    with pytest.raises(Unauthenticated):
        keys.check(ending, token, Role.VIEWER, NOW + HOUR)
    assert keys.check(new, new_token, Role.VIEWER, NOW + HOUR)
    assert (new.name, new.role, new.rotated_from) == ("ci", Role.VIEWER, old.id)


def test_a_key_kept_before_keys_knew_their_successor_reads_and_writes_the_same() -> None:
    kept = create(Order("ci", Role.VIEWER), ADMIN, NOW)[0].model_dump_json()
    assert "rotated_to" not in kept
    assert AccessKey.model_validate_json(kept).model_dump_json() == kept


def test_a_key_rotated_twice_still_names_its_first_holder() -> None:
    first = create(Order("ci", Role.INGEST), ADMIN, NOW)[0]
    second = rotate(first, HOUR, ADMIN, NOW)[0]
    third = rotate(second, HOUR, ADMIN, NOW)[0]
    assert first.holder == second.holder == third.holder == first.id
    rotated_before = second.model_copy(update={"first": None})  # by a version that did not keep it
    assert rotate(rotated_before, HOUR, ADMIN, NOW)[0].holder == first.id


def test_rotation_without_grace_ends_the_old_key_at_once() -> None:
    old, token, _ = create(Order("ci", Role.VIEWER), ADMIN, NOW)
    change = rotate(old, timedelta(0), ADMIN, NOW)[2]
    assert change.replaced is not None
    with pytest.raises(Unauthenticated, match="revoked"):
        keys.check(change.replaced[1], token, Role.VIEWER, NOW)


def test_rotation_never_lengthens_a_life() -> None:
    old, _, _ = create(Order("ci", Role.VIEWER, NOW + HOUR / 2), ADMIN, NOW)
    new, _, change = rotate(old, HOUR, ADMIN, NOW)
    assert change.replaced is not None
    assert change.replaced[1].expires_at == new.expires_at == NOW + HOUR / 2


def test_an_ended_key_cannot_be_rotated() -> None:
    old, _, _ = create(Order("ci", Role.VIEWER, NOW + HOUR), ADMIN, NOW)
    with pytest.raises(Conflict, match="expired"):
        rotate(old, HOUR, ADMIN, NOW + HOUR)


def test_revoking_twice_changes_nothing_the_second_time() -> None:
    key, _, _ = create(Order("ci", Role.VIEWER), ADMIN, NOW)
    change = revoke(key, ADMIN, NOW)
    assert change is not None
    assert change.replaced is not None
    assert status(change.replaced[1], NOW) == "revoked"
    assert revoke(change.replaced[1], ADMIN, NOW) is None


def test_a_caller_cannot_revoke_the_key_in_its_own_hand() -> None:
    with pytest.raises(Conflict, match="calling with"):
        revoke(ADMIN, ADMIN, NOW)
