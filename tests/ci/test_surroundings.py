"""What is read from the variables of CI systems."""

from pathlib import Path

import pytest

from inframind.ci.surroundings import new_run_id, surroundings


@pytest.mark.parametrize(
    ("environment", "pipeline"),
    [
        ({"JOB_NAME": "team/shop"}, "team/shop"),
        ({"JOB_NAME": "team/shop/feature%2Fx", "BRANCH_NAME": "feature/x"}, "team/shop"),
        ({"GITHUB_REPOSITORY": "org/shop"}, "org/shop"),
        ({"CI_PROJECT_PATH": "group/shop"}, "group/shop"),
        ({"JOB_NAME": "other", "INFRAMIND_PIPELINE": "mine"}, "mine"),
        ({}, Path.cwd().name),
    ],
    ids=["jenkins", "multibranch", "github", "gitlab", "said", "folder"],
)
def test_a_pipeline_has_the_name_that_its_ci_system_gives_it(environment: dict[str, str], pipeline: str) -> None:
    assert surroundings(environment).pipeline == pipeline


@pytest.mark.parametrize(
    ("environment", "release"),
    [
        ({}, False),
        ({"TAG_NAME": "v1"}, True),
        ({"GITHUB_REF_TYPE": "tag"}, True),
        ({"GITHUB_REF_TYPE": "branch"}, False),
        ({"INFRAMIND_RELEASE": "false", "CI_COMMIT_TAG": "v1"}, False),
        ({"INFRAMIND_RELEASE": "true"}, True),
    ],
    ids=["nothing", "jenkins-tag", "github-tag", "github-branch", "denied", "said"],
)
def test_a_tag_is_a_release_unless_it_is_said_to_be_none(environment: dict[str, str], release: bool) -> None:
    assert surroundings(environment).release is release


def test_a_time_limit_that_is_none_is_the_default() -> None:
    assert surroundings({"INFRAMIND_TIMEOUT": "soon"}).timeout_s == surroundings({}).timeout_s
    assert surroundings({"INFRAMIND_TIMEOUT": "1e9"}).timeout_s == 60


def test_the_spool_lies_where_state_belongs() -> None:
    assert surroundings({"HOME": "/home/ci"}).spool == Path("/home/ci/.local/state/inframind/builds")
    assert surroundings({"XDG_STATE_HOME": "/state"}).spool == Path("/state/inframind/builds")


def test_no_two_runs_have_the_same_name_and_nobody_can_tell_the_next() -> None:
    names = {new_run_id("host") for _ in range(1000)}
    assert len({name.rpartition("-")[2] for name in names}) == 1000
    assert all(len(name.rpartition("-")[2]) == 16 for name in names)
