from pathlib import Path

import pytest

from infra.local.state.snapshots import Snapshots


@pytest.fixture
def snapshots(tmp_path: Path) -> Snapshots:
    one = Snapshots(tmp_path / "state")
    (one.state / "blobs").mkdir(parents=True)
    write(one, "sqs.json", "1")
    write(one, "blobs/code.zip", "1")
    return one


def write(snapshots: Snapshots, name: str, text: str) -> None:
    """As the engine does: a new file in the place of the older."""
    unfinished = snapshots.state / f"{name}.tmp"
    unfinished.write_text(text)
    unfinished.replace(snapshots.state / name)


def test_a_start_begins_from_the_last_whole_save(snapshots: Snapshots) -> None:
    snapshots.keep()
    write(snapshots, "sqs.json", "half of the next save")
    (snapshots.state / "blobs/code.zip").unlink()
    (snapshots.state / "sqs.json.tmp").write_text("killed here")
    snapshots.restore(snapshots.state.with_name("s3"))
    assert (snapshots.state / "sqs.json").read_text() == "1"
    assert (snapshots.state / "blobs/code.zip").read_text() == "1"
    assert not (snapshots.state / "sqs.json.tmp").exists()


def test_a_later_save_takes_the_place_of_the_older(snapshots: Snapshots) -> None:
    snapshots.keep()
    write(snapshots, "sqs.json", "2")
    snapshots.keep()
    write(snapshots, "sqs.json", "3")
    snapshots.restore(snapshots.state.with_name("s3"))
    assert (snapshots.state / "sqs.json").read_text() == "2"
    assert {path.name for path in snapshots.state.parent.iterdir()} == {"state", "state.complete"}


def test_a_kill_between_the_renames_loses_nothing(snapshots: Snapshots) -> None:
    snapshots.keep()
    snapshots.complete.rename(snapshots.older)
    write(snapshots, "sqs.json", "half")
    snapshots.restore(snapshots.state.with_name("s3"))
    assert (snapshots.state / "sqs.json").read_text() == "1"


def test_the_first_start_has_nothing_to_restore(tmp_path: Path) -> None:
    Snapshots(tmp_path / "state").restore(tmp_path / "s3")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_first_deployment_left_is_cleared_away(snapshots: Snapshots) -> None:
    objects = snapshots.state.with_name("s3")
    objects.mkdir()
    snapshots.restore(objects)
    assert list(snapshots.state.parent.iterdir()) == []


def test_objects_beside_a_whole_save_stay(snapshots: Snapshots) -> None:
    objects = snapshots.state.with_name("s3")
    objects.mkdir()
    snapshots.keep()
    snapshots.restore(objects)
    assert objects.exists()
