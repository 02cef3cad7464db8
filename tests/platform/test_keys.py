from datetime import UTC, datetime, timedelta

import pytest

from inframind.errors import Forbidden, Unauthenticated
from inframind.platform.keys import GRANTS, TOKEN, check, keep, key_id, mint
from inframind.records import Role

NOW = datetime(2026, 1, 11, 10, 30, tzinfo=UTC)


def test_a_minted_token_opens_what_its_role_reaches() -> None:
    key, token = mint("ci", Role.OPERATOR, NOW)
    assert TOKEN.fullmatch(token)
    assert check(key, token, Role.INGEST, NOW) == key
    with pytest.raises(Forbidden, match="operator"):
        check(key, token, Role.ADMIN, NOW)


def test_any_valid_key_passes_where_no_role_is_needed() -> None:
    key, token = mint("agent", Role.INGEST, NOW)
    assert check(key, token, None, NOW) == key


def test_two_keys_never_share_token_salt_or_id() -> None:
    (one, token), (other, second) = mint("a", Role.VIEWER, NOW), mint("a", Role.VIEWER, NOW)
    assert len({token, second, one.salt, other.salt, one.id, other.id}) == 6


def test_the_record_does_not_hold_the_secret() -> None:
    key, token = mint("ci", Role.VIEWER, NOW)
    assert token.split("_", 2)[2] not in key.model_dump_json()
    assert token[16:] not in key.model_dump_json()


@pytest.mark.parametrize("spoilt", [lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"), lambda token: ""])
def test_a_wrong_secret_is_not_admitted(spoilt: object) -> None:
    key, token = mint("ci", Role.ADMIN, NOW)
    with pytest.raises(Unauthenticated, match="not known"):
        check(key, spoilt(token), Role.VIEWER, NOW)  # type: ignore[operator]


def test_a_key_ends_at_its_expiry_and_at_its_revocation() -> None:
    key, token = mint("ci", Role.VIEWER, NOW)
    later = NOW + timedelta(hours=1)
    expiring = key.model_copy(update={"expires_at": later})
    assert check(expiring, token, Role.VIEWER, later - timedelta(seconds=1))
    with pytest.raises(Unauthenticated, match="expired"):
        check(expiring, token, Role.VIEWER, later)
    with pytest.raises(Unauthenticated, match="revoked"):
        check(key.model_copy(update={"revoked_at": NOW}), token, Role.VIEWER, NOW)


def test_an_ingest_key_cannot_read_and_a_viewer_cannot_send() -> None:
    assert GRANTS[Role.INGEST] & GRANTS[Role.VIEWER] == set()


def test_a_bootstrap_key_of_any_form_is_found_by_itself() -> None:
    key = keep("my own key", "bootstrap", Role.ADMIN, NOW)
    assert key.id == key_id("my own key") != key_id("my own key ")
    assert check(key, "my own key", Role.ADMIN, NOW) == key
