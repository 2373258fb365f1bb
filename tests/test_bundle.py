"""The bundle writer: what it writes, what it keeps, what it refuses, and what a kill leaves."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import itertools
import json
import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from podsec_compile import bundle as bundle_module
from podsec_compile.bundle import LOCK, Bundle, Difference, differences, render_lock, write
from podsec_compile.errors import PodsecError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(bundle_module.__file__).parents[1]
OLD = {
    "kyverno/host-ports.yaml": "old ports\n",
    "kyverno/host-path.yaml": "old path\n",
    "vap/stale.yaml": "old\n",
}
NEW = {
    "kyverno/host-ports.yaml": "new ports\n",
    "kyverno/host-path.yaml": "old path\n",
    "gatekeeper/a.yaml": "a\n",
}


def bundle_of(files: dict[str, str]) -> Bundle:
    return Bundle({path: text.encode() for path, text in files.items()}, {"kubernetes": "1.37"})


def on_disk(folder: Path) -> dict[str, bytes]:
    """Content of each regular file below a directory."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def holds(out: Path, bundle: Bundle, **foreign: bytes) -> bool:
    return on_disk(out) == {**bundle.files, LOCK: render_lock(bundle), **foreign}


def state(folder: Path) -> dict[str, tuple[int, int, str | bytes]]:
    """Everything that a change would show in: inode, mode, content of whatever is below a directory."""
    found = {}
    for path in sorted(folder.rglob("*")):
        info = path.lstat()
        content = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else ""
        found[str(path.relative_to(folder))] = (info.st_ino, info.st_mode, content)
    return found


def siblings(out: Path) -> list[str]:
    return [path.name for path in out.parent.iterdir() if ".podsec-" in path.name]


@contextmanager
def refused(folder: Path, match: str, file: Path | None = None) -> Iterator[None]:
    """Expect a PodsecError with this text about this file, and nothing changed in the directory."""
    before = state(folder)
    with pytest.raises(PodsecError, match=match) as caught:
        yield
    assert state(folder) == before
    if file is not None:
        assert caught.value.file == file


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An old bundle with a foreign file beside and below our own."""
    write(bundle_of(OLD), tmp_path / "out")
    (tmp_path / "out/README.md").write_text("mine")
    (tmp_path / "out/vap/notes.txt").write_text("mine, too")
    return tmp_path / "out"


@pytest.fixture(params=["exchange", "renames"])
def swap(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to swap, whatever this system can do."""
    if request.param == "renames":
        monkeypatch.setattr(bundle_module, "_exchange", lambda *_: False)
    return str(request.param)


def fail(monkeypatch: pytest.MonkeyPatch, function: str, code: int) -> None:
    def failing(path: object, *_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code), path if isinstance(path, str | Path) else None)

    monkeypatch.setattr(os, function, failing)


# Paths


OUTSIDE = ["/etc/passwd", "../x", "a/../../x", "a/..", ".."]
NOT_PLAIN = ["", ".", "./a", "a/./b", "a//b", "a/", "a\\b", "a\nb", "a\0b", "\ud800"]


@pytest.mark.parametrize("path", [*OUTSIDE, *NOT_PLAIN, LOCK, f"{LOCK}/a", "Podsec.LOCK"], ids=ascii)
def test_a_bundle_refuses_the_path(path: str) -> None:
    with pytest.raises(PodsecError, match="cannot stand in a bundle"):
        Bundle({"fine.yaml": b"", path: b""}, {})


def test_a_bundle_refuses_a_file_where_another_path_needs_a_directory() -> None:
    with pytest.raises(PodsecError, match="a/b is a file, not a directory") as caught:
        Bundle({"a/b": b"", "a/b/c/d": b""}, {})
    assert caught.value.file == Path("a/b/c/d")


@given(st.text(st.sampled_from("ab./\\\n\0é"), max_size=12))
def test_a_path_is_refused_or_leads_to_one_place_below_out(path: str) -> None:
    try:
        Bundle({path: b""}, {})
    except PodsecError:
        return
    assert os.path.normpath(f"/out/{path}") == f"/out/{path}"


@pytest.mark.parametrize("path", ["a", "..a", "a..b/...", ".gitkeep", "a b/é.yaml", "sub/podsec.lock", "-"])
def test_a_bundle_takes_the_path(path: str) -> None:
    assert Bundle({path: b"x"}, {}).files[path] == b"x"


def test_a_bundle_does_not_change_with_what_it_was_made_from() -> None:
    files, facts = {"a": b""}, {"profile": "aks"}
    bundle = Bundle(files, facts)
    files["../b"], facts["profile"] = b"", "baseline"
    assert (dict(bundle.files), dict(bundle.lock)) == ({"a": b""}, {"profile": "aks"})


# podsec.lock


def test_the_lock_is_sorted_json_with_the_facts_and_the_hash_of_each_file() -> None:
    bundle = Bundle({"b.yaml": b"bundle", "a.yaml": b""}, {"tool": "1.0", "rules": [{"id": "host-ports", "hash": "x"}]})
    assert render_lock(bundle).decode() == (
        """\
{
  "files": {
    "a.yaml": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "b.yaml": "sha256:1e6ed65d77d6364eeaed5a745ba5c4985ae2b700dd85d7cf7f027bdf294a33fc"
  },
  "rules": [
    {
      "hash": "x",
      "id": "host-ports"
    }
  ],
  "tool": "1.0"
}
"""
    )


def test_the_lock_is_the_same_in_whatever_order_the_bundle_was_put_together() -> None:
    facts = {"tool": "1.0", "profile": "aks", "targets": ["vap", "kyverno"]}
    files = {"b": b"1", "a": b"2", "c/d": b"3"}
    orders = itertools.product(itertools.permutations(files.items()), itertools.permutations(facts.items()))
    assert len({render_lock(Bundle(dict(f), dict(g))) for f, g in orders}) == 1


# Writing

SEGMENT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), min_size=1, max_size=8)
PATHS = st.lists(SEGMENT.filter(lambda text: text not in (".", "..")), min_size=1, max_size=3).map("/".join)
FILES = st.dictionaries(PATHS, st.binary(max_size=100), max_size=6)


def assume_valid(files: dict[str, bytes]) -> None:
    folded = sorted(path.casefold() for path in files)
    assume(len(set(folded)) == len(folded))
    assume(not any(other.startswith(f"{path}/") for path in folded for other in folded))
    assume(not any(path.split("/")[0] == LOCK for path in folded))


@settings(deadline=None, max_examples=60)
@given(FILES, FILES)
def test_after_a_write_nothing_differs_whatever_was_there_before(old: dict[str, bytes], new: dict[str, bytes]) -> None:
    assume_valid(old)
    assume_valid(new)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        for bundle in (Bundle(old, {"n": 1}), Bundle(new, {"n": 2})):
            write(bundle, out)
            assert differences(bundle, out) == []
            assert holds(out, bundle)
        assert [path for path in out.rglob("*") if path.is_dir() and not any(path.iterdir())] == []
        assert os.listdir(folder) == ["out"]  # noqa: PTH208


def test_out_and_the_directories_above_it_are_created(tmp_path: Path) -> None:
    write(bundle_of(NEW), tmp_path / "deep/down/out")
    assert holds(tmp_path / "deep/down/out", bundle_of(NEW))


def test_an_empty_directory_is_filled(tmp_path: Path) -> None:
    write(bundle_of(NEW), tmp_path)
    assert holds(tmp_path, bundle_of(NEW))


@pytest.mark.parametrize(
    ("umask", "file", "folder"), [(0o022, 0o644, 0o755), (0o002, 0o644, 0o755), (0o077, 0o600, 0o700)]
)
def test_modes_are_0644_and_0755_less_the_umask(tmp_path: Path, umask: int, file: int, folder: int) -> None:
    before = os.umask(umask)
    try:
        write(bundle_of(NEW), tmp_path / "out")
    finally:
        os.umask(before)
    modes = {path.is_dir(): stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").rglob("*")}
    assert modes == {True: folder, False: file}
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == folder


def test_a_rebuild_changes_adds_and_removes_our_files(out: Path, swap: str) -> None:
    write(bundle_of(NEW), out)
    assert holds(out, bundle_of(NEW), **{"README.md": b"mine", "vap/notes.txt": b"mine, too"})
    assert siblings(out) == [], swap


def test_all_that_is_new_is_on_the_medium_before_it_is_swapped_in(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fsync, synced = os.fsync, set()

    def spy(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", spy)
    write(bundle_of(NEW), out)
    foreign = {out / "README.md", out / "vap/notes.txt"}
    assert {path.stat().st_ino for path in {out, out.parent, *out.rglob("*")} - foreign} <= synced


def test_a_directory_of_ours_goes_when_its_last_file_goes(tmp_path: Path) -> None:
    write(bundle_of(OLD), tmp_path / "out")
    write(bundle_of(NEW), tmp_path / "out")
    assert not (tmp_path / "out/vap").exists()


def test_a_directory_of_ours_may_become_a_file(tmp_path: Path) -> None:
    write(bundle_of({"a/b": "x"}), tmp_path / "out")
    write(bundle_of({"a": "y"}), tmp_path / "out")
    assert holds(tmp_path / "out", bundle_of({"a": "y"}))


def test_a_file_of_ours_may_become_a_directory(tmp_path: Path) -> None:
    write(bundle_of({"a": "y"}), tmp_path / "out")
    write(bundle_of({"a/b": "x"}), tmp_path / "out")
    assert holds(tmp_path / "out", bundle_of({"a/b": "x"}))


def test_a_deleted_file_is_written_again(out: Path) -> None:
    (out / "kyverno/host-ports.yaml").unlink()
    shutil.rmtree(out / "vap")
    write(bundle_of(OLD), out)
    assert differences(bundle_of(OLD), out) == []


def test_a_file_that_already_is_what_we_would_write_is_no_edit(out: Path) -> None:
    (out / "kyverno/host-ports.yaml").write_text(NEW["kyverno/host-ports.yaml"])
    write(bundle_of(NEW), out)
    assert differences(bundle_of(NEW), out) == []


def test_a_foreign_file_that_already_is_what_we_would_write_becomes_ours(out: Path) -> None:
    (out / "gatekeeper").mkdir()
    (out / "gatekeeper/a.yaml").write_text(NEW["gatekeeper/a.yaml"])
    write(bundle_of(NEW), out)
    assert differences(bundle_of(NEW), out) == []


def test_a_symlink_to_a_directory_stays_and_its_target_gets_the_bundle(out: Path) -> None:
    link = out.parent / "link"
    link.symlink_to("out")
    write(bundle_of(NEW), link)
    assert str(link.readlink()) == "out"
    assert differences(bundle_of(NEW), out) == []


def test_a_relative_path_is_written_to_and_named_as_it_was_given(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(out.parent)
    write(bundle_of(NEW), Path("out"))
    (out / "gatekeeper/a.yaml").write_text("edited")
    with refused(out.parent, "edited", Path("out/gatekeeper/a.yaml")):
        write(bundle_of(NEW), Path("out"))


# Foreign files


def test_a_foreign_file_keeps_its_inode_content_and_time(out: Path, swap: str) -> None:
    before = [(out / path).stat() for path in ("README.md", "vap/notes.txt")]
    write(bundle_of(NEW), out)
    after = [(out / path).stat() for path in ("README.md", "vap/notes.txt")]
    assert [(s.st_ino, s.st_mtime_ns, s.st_nlink) for s in after] == [(s.st_ino, s.st_mtime_ns, 1) for s in before], (
        swap
    )


def test_an_open_foreign_file_goes_on_being_written(out: Path) -> None:
    with (out / "README.md").open("a") as log:
        write(bundle_of(NEW), out)
        log.write(" and more")
    assert (out / "README.md").read_text() == "mine and more"


def test_symlinks_empty_directories_and_pipes_are_kept(out: Path) -> None:
    (out / "dangling").symlink_to("nowhere")
    (out / "vap/up").symlink_to("..")
    (out / "empty/deeper").mkdir(parents=True)
    os.mkfifo(out / "pipe")
    before = {name: (out / name).lstat() for name in ("dangling", "vap/up", "empty/deeper", "pipe")}
    write(bundle_of(NEW), out)
    assert (str((out / "dangling").readlink()), str((out / "vap/up").readlink())) == ("nowhere", "..")
    assert {name: (out / name).lstat().st_mode for name in before} == {
        name: info.st_mode for name, info in before.items()
    }
    assert (out / "pipe").stat().st_ino == before["pipe"].st_ino


def test_a_foreign_directory_keeps_its_mode_and_time(out: Path) -> None:
    (out / "reports").mkdir()
    (out / "reports/june.txt").write_text("mine")
    (out / "reports").chmod(0o500)
    os.utime(out / "reports", (1_000_000, 1_000_000))
    out.chmod(0o700)
    write(bundle_of(NEW), out)
    info = (out / "reports").stat()
    assert (stat.S_IMODE(info.st_mode), info.st_mtime) == (0o500, 1_000_000)
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert siblings(out) == []


@pytest.mark.skipif(sys.platform == "darwin", reason="names are UTF-8 there")
def test_a_foreign_name_need_not_be_text(out: Path) -> None:
    Path(os.fsdecode(os.fsencode(out) + b"/caf\xe9")).write_bytes(b"mine")
    write(bundle_of(NEW), out)
    assert b"caf\xe9" in os.listdir(os.fsencode(out))  # noqa: PTH208


def test_the_target_of_a_foreign_symlink_is_not_written_through(out: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (out / "gatekeeper").symlink_to(tmp_path / "elsewhere")
    with refused(tmp_path, "a symlink that is not ours stands where the bundle needs a directory", out / "gatekeeper"):
        write(bundle_of(NEW), out)


# What comes in between


@pytest.mark.parametrize("path", ["README.md", "late.txt", "kyverno/late.txt", "kyverno/host-ports.yaml"])
def test_what_somebody_saves_while_the_bundle_is_built_is_not_lost(
    out: Path, swap: str, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    fill = bundle_module._fill

    def fill_and_save(*args: object) -> None:
        fill(*args)  # type: ignore[arg-type]
        (out / path).unlink(missing_ok=True)
        (out / path).write_text("just saved")

    monkeypatch.setattr(bundle_module, "_fill", fill_and_save)
    with pytest.raises(PodsecError, match="changed by somebody else meanwhile"):
        write(bundle_of(NEW), out)
    assert (out / path).read_text() == "just saved", swap
    assert [d.path for d in differences(bundle_of(OLD), out)] == ([path] if path in OLD else [])
    assert siblings(out) == []


def test_a_write_waits_for_another_write_below_the_same_parent(out: Path) -> None:
    descriptor = os.open(out.parent, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    writer = threading.Thread(target=write, args=(bundle_of(NEW), out))
    writer.start()
    writer.join(0.2)
    assert writer.is_alive()
    assert siblings(out) == []
    os.close(descriptor)
    writer.join(10)
    assert differences(bundle_of(NEW), out) == []


# Refusals: nothing changed on disk


def test_refuses_a_file_in_place_of_out(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with refused(tmp_path, "is not a directory", tmp_path / "out"):
        write(bundle_of(NEW), tmp_path / "out", overwrite_edits=True)


@pytest.mark.parametrize("overwrite_edits", [False, True])
def test_refuses_a_filled_directory_without_a_lock(tmp_path: Path, overwrite_edits: bool) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/main.c").write_text("mine")
    with refused(tmp_path, "(?s)did not build it.*choose another -o", tmp_path / "src"):
        write(bundle_of(NEW), tmp_path / "src", overwrite_edits=overwrite_edits)


@pytest.mark.parametrize("overwrite_edits", [False, True])
@pytest.mark.parametrize(
    ("taken", "kind", "needed"), [("gatekeeper/a.yaml", "file", "file"), ("gatekeeper", "file", "directory")]
)
def test_refuses_to_go_over_a_foreign_file(
    out: Path, taken: str, kind: str, needed: str, overwrite_edits: bool
) -> None:
    (out / taken).parent.mkdir(exist_ok=True)
    (out / taken).write_text("mine")
    message = f"a {kind} that is not ours stands where the bundle needs a {needed}"
    with refused(out.parent, message, out / taken):
        write(bundle_of(NEW), out, overwrite_edits=overwrite_edits)


@pytest.mark.parametrize("path", ["gatekeeper/a.yaml", "gatekeeper/a.yaml/deep"])
def test_refuses_a_foreign_directory_in_place_of_a_file(out: Path, path: str) -> None:
    (out / path).mkdir(parents=True)
    with refused(out.parent, "a directory that is not ours stands where", out / "gatekeeper/a.yaml"):
        write(bundle_of(NEW), out)


def test_refuses_a_file_in_place_of_a_directory_of_ours_with_foreign_files(out: Path) -> None:
    with refused(out.parent, "a directory that is not ours stands where", out / "vap"):
        write(bundle_of({"vap": "now a file"}), out)


def test_refuses_edits_by_hand_and_names_the_first_few(out: Path) -> None:
    many = bundle_of({f"{n}.yaml": "x" for n in range(8)})
    write(many, out)
    for n in range(7):
        (out / f"{n}.yaml").write_text("edited")
    with refused(out.parent, "edited by hand, and so were 1.yaml, 2.yaml, 3.yaml and 3 more", out / "0.yaml"):
        write(bundle_of(NEW), out)


def test_the_hint_after_an_edit_says_how_to_discard_it(out: Path) -> None:
    (out / "vap/stale.yaml").write_text("edited")
    with refused(out.parent, "was edited by hand\n  hint: `podsec-compile build --force` discards the edits"):
        write(bundle_of(NEW), out)


@pytest.mark.parametrize("kind", ["symlink", "directory"])
def test_refuses_what_was_put_in_place_of_a_file_of_ours(out: Path, kind: str) -> None:
    path = out / "kyverno/host-ports.yaml"
    path.rename(out.parent / "moved")
    path.symlink_to(out.parent / "moved") if kind == "symlink" else path.mkdir()
    with refused(out.parent, "edited by hand", path):
        write(bundle_of(OLD | {"kyverno/host-ports.yaml": "newer"}), out)


def test_a_directory_in_place_of_a_file_of_ours_is_not_overwritten_even_on_demand(out: Path) -> None:
    path = out / "kyverno/host-ports.yaml"
    path.unlink()
    path.mkdir()
    with refused(out.parent, "a directory that is not ours stands where the bundle needs a file", path):
        write(bundle_of(NEW), out, overwrite_edits=True)


def test_edits_are_overwritten_on_demand(out: Path) -> None:
    (out / "kyverno/host-ports.yaml").write_text("edited")
    (out / "vap/stale.yaml").write_text("edited")
    write(bundle_of(NEW), out, overwrite_edits=True)
    assert holds(out, bundle_of(NEW), **{"README.md": b"mine", "vap/notes.txt": b"mine, too"})


CORRUPT = {
    "no json": b"<<<<<<< HEAD\n",
    "not text": b"\xff\xfe{",
    "empty": b"",
    "too deep": b"[" * 100_000,
    "a list": b"[]",
    "no files": b'{"tool": "1.0"}',
    "files is a list": b'{"files": ["a"]}',
    "hash is a number": b'{"files": {"a": 1}}',
    "hash is no sha256": b'{"files": {"a": "md5:00"}}',
}


@pytest.mark.parametrize("corrupt", CORRUPT.values(), ids=CORRUPT)
def test_refuses_a_corrupt_lock(out: Path, corrupt: bytes) -> None:
    (out / LOCK).write_bytes(corrupt)
    with refused(out.parent, "(?s)so nothing tells our files from yours.*--force` discards it", out / LOCK):
        write(bundle_of(NEW), out)
    with refused(out.parent, "so nothing tells our files from yours", out / LOCK):
        differences(bundle_of(NEW), out)


def test_the_line_of_a_merge_conflict_in_the_lock_is_named(out: Path) -> None:
    first, rest = (out / LOCK).read_text().split("\n", 1)
    (out / LOCK).write_text(f"{first}\n<<<<<<< HEAD\n{rest}")
    with refused(out.parent, rf"{LOCK}:2: is not JSON \(an unfinished merge\?\)"):
        write(bundle_of(NEW), out)


@pytest.mark.parametrize("corrupt", CORRUPT.values(), ids=CORRUPT)
def test_a_corrupt_lock_is_overwritten_on_demand_and_only_what_we_write_with_it(out: Path, corrupt: bytes) -> None:
    (out / LOCK).write_bytes(corrupt)
    write(bundle_of(NEW), out, overwrite_edits=True)
    kept = {"README.md": b"mine", "vap/notes.txt": b"mine, too", "vap/stale.yaml": b"old\n"}
    assert holds(out, bundle_of(NEW), **kept)


@pytest.mark.parametrize("overwrite_edits", [False, True])
@pytest.mark.parametrize("path", ["../precious", "a/../../precious", "/precious", "a\\..\\b", LOCK])
def test_refuses_a_lock_that_names_a_path_out_of_bounds(out: Path, path: str, overwrite_edits: bool) -> None:
    (out.parent / "precious").write_text("mine")
    (out / LOCK).write_text(json.dumps({"files": {path: "sha256:" + "0" * 64}}))
    with refused(out.parent, "names ", out / LOCK):
        write(bundle_of(NEW), out, overwrite_edits=overwrite_edits)
    with refused(out.parent, "names ", out / LOCK):
        differences(bundle_of(NEW), out)


def test_refuses_a_parent_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with refused(tmp_path, "cannot write the bundle: Not a directory", tmp_path / "file"):
        write(bundle_of(NEW), tmp_path / "file/out")
    with refused(tmp_path, "cannot write the bundle: Not a directory"):
        write(bundle_of(NEW), tmp_path / "file/deeper/out")


@pytest.mark.parametrize("where", [".", "..", "../../out", "kyverno/../../out"])
def test_refuses_to_replace_the_directory_one_is_in(out: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(out / "kyverno" if where.startswith("..") else out)
    with refused(out.parent, "holds the directory you are in"):
        write(bundle_of(NEW), Path(where))


@pytest.mark.parametrize(
    ("function", "code", "reason", "file"),
    [
        ("mkdir", errno.EACCES, "Permission denied\n  hint: .* must be writable", "out"),
        ("mkdir", errno.EROFS, "Read-only file system\n  hint: .* must be writable", "out"),
        ("fsync", errno.ENOSPC, "No space left on device", "out"),
        ("link", errno.EXDEV, "allows no hard link: Invalid cross-device link", "out/README.md"),
        ("link", errno.EPERM, "allows no hard link: Operation not permitted", "out/README.md"),
        ("rename", errno.EACCES, "Permission denied", "out"),
    ],
)
def test_a_refusal_of_the_system_names_the_path_and_the_reason(
    out: Path, monkeypatch: pytest.MonkeyPatch, function: str, code: int, reason: str, file: str
) -> None:
    monkeypatch.setattr(bundle_module, "_exchange", lambda *_: False)
    fail(monkeypatch, function, code)
    with refused(out.parent, reason, out.parent / file):
        write(bundle_of(NEW), out)


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EBUSY])
def test_refuses_a_directory_that_cannot_be_moved(out: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    class Library:
        def renameat2(self, *_: object) -> int:
            ctypes.set_errno(code)
            return -1

        renamex_np = renameat2

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: Library())
    with refused(out.parent, "(?s)choose another -o: a mount point, or a layer of a container image", out):
        write(bundle_of(NEW), out)


def test_refuses_a_directory_inside_that_cannot_be_read(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def denied(path: str) -> object:
        if str(path).endswith("kyverno"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    before = state(out.parent)
    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", denied)
        with pytest.raises(PodsecError, match=r"out/kyverno: cannot write the bundle: Permission denied$"):
            write(bundle_of(NEW), out)
    assert state(out.parent) == before


def test_refuses_a_mount_point_inside(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (out / "volume").mkdir()
    monkeypatch.setattr(Path, "is_mount", lambda path: path.name == "volume")
    with refused(out.parent, "is a mount point", out / "volume"):
        write(bundle_of(NEW), out)


def test_when_the_second_of_two_renames_fails_the_first_is_undone(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_module, "_exchange", lambda *_: False)
    rename = os.rename

    def fail_second(old: Path, new: Path) -> None:
        if Path(new) == out and not str(old).endswith("-old"):
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(old))
        rename(old, new)

    monkeypatch.setattr(os, "rename", fail_second)
    with refused(out.parent, "cannot write the bundle: Input/output error", out):
        write(bundle_of(NEW), out)


# Differences


def test_each_difference_is_named_with_its_kind_and_foreign_files_are_not(out: Path) -> None:
    (out / "kyverno/host-path.yaml").unlink()
    assert differences(bundle_of(NEW), out) == [
        Difference("gatekeeper/a.yaml", "missing"),
        Difference("kyverno/host-path.yaml", "missing"),
        Difference("kyverno/host-ports.yaml", "changed"),
        Difference(LOCK, "changed"),
        Difference("vap/stale.yaml", "stale"),
    ]


def test_a_stale_file_that_is_already_gone_makes_only_the_lock_differ(out: Path) -> None:
    (out / "vap/stale.yaml").unlink()
    rest = {path: text for path, text in OLD.items() if path != "vap/stale.yaml"}
    assert differences(bundle_of(rest), out) == [Difference(LOCK, "changed")]


def test_facts_alone_make_the_lock_differ(out: Path) -> None:
    assert differences(Bundle(bundle_of(OLD).files, {"kubernetes": "1.36"}), out) == [Difference(LOCK, "changed")]


@pytest.mark.parametrize("kind", ["edited", "symlink", "directory"])
def test_whatever_is_not_our_regular_file_is_a_change(out: Path, kind: str) -> None:
    path = out / "vap/stale.yaml"
    path.rename(out.parent / "moved")
    if kind == "edited":
        path.write_text("edited")
    else:
        path.symlink_to(out.parent / "moved") if kind == "symlink" else path.mkdir()
    assert differences(bundle_of(OLD), out) == [Difference("vap/stale.yaml", "changed")]


def test_a_file_in_place_of_a_directory_of_ours_makes_its_files_missing(out: Path) -> None:
    shutil.rmtree(out / "vap")
    (out / "vap").write_text("mine")
    assert differences(bundle_of(OLD), out) == [Difference("vap/stale.yaml", "missing")]


@pytest.mark.parametrize("there", [None, "file", "empty", "filled"])
def test_there_are_no_differences_from_what_is_no_bundle(tmp_path: Path, there: str | None) -> None:
    out = tmp_path / "out"
    if there == "file":
        out.write_text("mine")
    elif there:
        out.mkdir()
        (out / "a").write_text("mine") if there == "filled" else None
    with refused(tmp_path, "holds no podsec.lock|is not a directory with a bundle", out):
        differences(bundle_of(NEW), out)


def test_what_cannot_be_read_is_reported(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(PodsecError, match=r"podsec\.lock: cannot read the bundle: Permission denied$"):
        differences(bundle_of(NEW), out)


# Kills

A = {**{f"kyverno/{n}.yaml": "A" * 500 for n in range(5)}, "only-a/x.yaml": "A"}
B = {**{f"kyverno/{n}.yaml": "B" * 700 for n in range(2, 7)}, "only-b/x.yaml": "B"}
FOREIGN = {"README.md": b"mine", "kyverno/notes.txt": b"mine, too"}

CHILD = """
import itertools, json, os, signal, sys
from pathlib import Path
from podsec_compile import bundle
out, way = Path(sys.argv[1]), sys.argv[2]
contents = [{path: text.encode() for path, text in files.items()} for files in json.loads(sys.argv[3])]
bundles = [bundle.Bundle(files, {"kubernetes": "1.37"}) for files in contents]
if way == "renames":
    bundle._exchange = lambda *_: False
"""
LOOP = """
print("ready", flush=True)
for each in itertools.cycle(bundles):
    bundle.write(each, out)
"""
DIE_AT_STEP = """
os.fsync = lambda _: None  # a kill, unlike a power cut, loses nothing that was written
def die_at(step):
    steps = itertools.count(1)
    def hook(event, _):
        if (event == "open" or event.startswith(("os.", "ctypes.call"))) and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)

for line in sys.stdin:
    if not (child := os.fork()):
        die_at(int(line))
        bundle.write(bundles[1], out)
        os._exit(0)
    print(os.waitpid(child, 0)[1], flush=True)
"""


@contextmanager
def child(script: str, out: Path, way: str = "exchange") -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", CHILD + script, str(out), way, json.dumps([A, B])]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, cwd=ROOT, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def inodes(tmp_path: Path) -> dict[str, int]:
    """Bundle A with foreign files, whose inodes these are."""
    out = tmp_path / "out"
    write(bundle_of(A), out)
    for path, content in FOREIGN.items():
        (out / path).write_bytes(content)
    return {path: (out / path).stat().st_ino for path in FOREIGN}


def is_whole(out: Path) -> bool:
    return holds(out, bundle_of(A), **FOREIGN) or holds(out, bundle_of(B), **FOREIGN)


def test_a_kill_at_a_random_moment_leaves_one_whole_bundle_and_the_foreign_files(
    tmp_path: Path, inodes: dict[str, int]
) -> None:
    out, interrupted = tmp_path / "out", 0
    for _ in range(40):
        with child(LOOP, out) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(secrets.randbelow(60_000) / 1_000_000)
            process.kill()
            assert process.wait() == -signal.SIGKILL
        interrupted += bool(siblings(out))
        assert is_whole(out)
        assert {path: (out / path).stat().st_ino for path in FOREIGN} == inodes
    assert interrupted, "no kill came in the middle of a write: the test shows nothing"
    write(bundle_of(A), out)
    assert holds(out, bundle_of(A), **FOREIGN)
    assert siblings(out) == []


@pytest.mark.parametrize("way", ["exchange", "renames"])
def test_a_kill_at_any_step_leaves_one_whole_bundle_or_what_the_next_write_puts_back(
    tmp_path: Path, inodes: dict[str, int], way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    out, gone = tmp_path / "out", 0
    with child(DIE_AT_STEP, out, way) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for step in itertools.count(1):
            print(step, file=process.stdin, flush=True)
            status = int(process.stdout.readline())
            if out.exists():
                assert is_whole(out), step
            gone += not out.exists()
            write(bundle_of(A), out)
            assert holds(out, bundle_of(A), **FOREIGN), step
            assert {path: (out / path).stat().st_ino for path in FOREIGN} == inodes, step
            assert siblings(out) == [], step
            if status == 0:
                break
    assert step > 50
    assert gone == (1 if way == "renames" else 0)


def test_two_writers_at_once_leave_one_whole_bundle_and_never_a_gap(tmp_path: Path, inodes: dict[str, int]) -> None:
    out = tmp_path / "out"
    with child(LOOP, out) as one, child(LOOP, out) as other:
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            (out / LOCK).stat()
            (out / "README.md").stat()
        assert [one.poll(), other.poll()] == [None, None], "a writer failed"
    assert is_whole(out)
    assert {path: (out / path).stat().st_ino for path in FOREIGN} == inodes


def test_only_leftovers_of_killed_runs_are_removed(out: Path) -> None:
    leftover = out.parent / ".out.podsec-0123456789abcdef"
    (leftover / "deep").mkdir(parents=True)
    others = [".out.podsec-notes", ".other.podsec-0123456789abcdef", ".out.podsec-0123456789abcdef.bak"]
    for name in others:
        (out.parent / name).mkdir()
    (out.parent / ".out.podsec-0000000000000000").symlink_to(others[0])
    (out.parent / others[0]).chmod(0o750)
    write(bundle_of(NEW), out)
    assert sorted(siblings(out)) == sorted([*others, ".out.podsec-0000000000000000"])
    assert stat.S_IMODE((out.parent / others[0]).stat().st_mode) == 0o750


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="the systems that can")
def test_two_directories_change_names_in_one_step(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "content").write_text(name)
    if not bundle_module._exchange(tmp_path / "one", tmp_path / "other"):
        pytest.skip("this file system cannot")
    assert (tmp_path / "one/content").read_text() == "other"
    assert (tmp_path / "other/content").read_text() == "one"
