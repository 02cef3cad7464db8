from pathlib import Path

import pytest

from infra.local.state.scratch import clear_away, renew


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    one = tmp_path / "tmp"
    (one / "worker-1").mkdir(parents=True)
    (one / "worker-1" / "code.py").write_text("x = 1\n")
    return one


def test_a_start_finds_an_empty_folder_and_removes_nothing_itself(folder: Path) -> None:
    renew(folder)
    assert list(folder.iterdir()) == []
    assert len(list(folder.parent.rglob("code.py"))) == 1


def test_what_earlier_runs_left_is_removed_while_the_next_one_works(folder: Path) -> None:
    renew(folder)
    (folder / "worker-2").mkdir()
    renew(folder)
    (folder / "worker-3").mkdir()
    clear_away(folder).join(timeout=120)
    assert [path.name for path in folder.parent.iterdir()] == ["tmp"]
    assert [path.name for path in folder.iterdir()] == ["worker-3"]


def test_what_somebody_else_keeps_beside_it_stays(folder: Path) -> None:
    notes = folder.with_name("tmp.notes")
    notes.mkdir()
    renew(folder)
    clear_away(folder).join(timeout=120)
    assert notes.exists()


def test_the_first_start_of_all_makes_the_folder(tmp_path: Path) -> None:
    renew(tmp_path / "data" / "tmp")
    assert (tmp_path / "data" / "tmp").is_dir()
