"""What a request may say of its host, and what it may not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.optimization.standing import MOST_CPUS, MOST_MEMORY_GB, Host, host_in, is_release

nonsense = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.lists(st.integers())


@given(nonsense, nonsense)
def test_a_host_is_finite_and_above_zero_or_unknown(cpus: Any, memory_gb: Any) -> None:
    host = host_in({"cpus": cpus, "memory_gb": memory_gb})
    assert host is None or (0 < host.cpus <= MOST_CPUS and 0 < host.memory_gb <= MOST_MEMORY_GB)


def test_numbers_as_text_are_numbers() -> None:
    assert host_in({"cpus": "4", "memory_gb": "15.5"}) == Host(4.0, 15.5)


@pytest.mark.parametrize(
    "context",
    [{"cpus": 4}, {"memory_gb": 8}, {}, {"cpus": True, "memory_gb": 8}, {"cpus": 5e-324, "memory_gb": 8}],
)
def test_half_a_host_is_none(context: dict[str, Any]) -> None:
    assert host_in(context) is None


@given(st.dictionaries(st.sampled_from(["release", "tag", "branch", "ref"]), nonsense))
def test_any_context_is_a_release_or_is_not(context: dict[str, Any]) -> None:
    assert is_release(context) in (True, False)


@pytest.mark.parametrize("branch", ["release/1.4", "release-2026.1", "hotfix/urgent", "refs/tags/nightly", "v2.0.1"])
def test_branches_and_tags_of_releases(branch: str) -> None:
    assert is_release({}, branch)


@pytest.mark.parametrize("branch", ["main", "feature/release-notes", "vendor", None])
def test_other_branches_are_no_releases(branch: str | None) -> None:
    assert not is_release({"release": "false"}, branch)
