"""The files of one build in out/: swapped in whole or not at all, beside files of others that stay untouched.

podsec.lock names each file that we wrote and its hash. What it names is *ours*, and the next build replaces
or removes it unless somebody edited it; all else is *foreign* and is never written, moved or removed.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from podsec_compile.errors import PodsecError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LOCK = "podsec.lock"

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_UNSUITED = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")
_FORCE = "`podsec-compile build --force` discards {} and writes what the rules say"
_NO_ACCESS = {errno.EACCES, errno.EPERM, errno.EROFS}
_UNSUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}


@dataclass(frozen=True, slots=True)
class Bundle:
    """What one build writes. Raises PodsecError for a path that may not stand in a bundle.

    `files` maps a path below out/ (posix, relative) to its content. `lock` holds the facts about the build
    that podsec.lock records (JSON-able; the key "files" is ours).
    """

    files: Mapping[str, bytes]
    lock: Mapping[str, object]

    def __post_init__(self) -> None:
        """Validate the paths, and keep a copy that the caller cannot change afterwards."""
        if fault := _path_fault(self.files):
            raise PodsecError(f"cannot stand in a bundle: {fault[1]}", file=Path(fault[0]))
        object.__setattr__(self, "files", MappingProxyType(dict(sorted(self.files.items()))))
        object.__setattr__(self, "lock", MappingProxyType(dict(self.lock)))


@dataclass(frozen=True, slots=True)
class Difference:
    """One path (posix, relative to out/) that is not on disk as it would be built."""

    path: str
    what: Literal["changed", "missing", "stale"]


@dataclass(frozen=True, slots=True)
class _Survey:
    """What stands in a directory: the digest of each file of ours, the kind of each foreign path."""

    listed: frozenset[str]  # the paths that count as ours, there or not
    own: Mapping[str, str]
    foreign: Mapping[str, Literal["directory", "file", "symlink"]]

    def kept(self) -> dict[str, str]:
        """Give the kind of each path that is in the new directory, too: what is foreign and the way to it."""
        above = {parent for path in self.foreign for parent in _parents(path)}
        return {**dict.fromkeys(above, "directory"), **self.foreign}


class _CorruptLockError(PodsecError):
    """podsec.lock is not what we write; `build --force` may replace it."""

    def __init__(self, lock: Path, fault: str, line: int | None = None) -> None:
        message = f"{fault}, so nothing tells our files from yours"
        super().__init__(message, file=lock, line=line, hint=_FORCE.format("it"))


def render_lock(bundle: Bundle) -> bytes:
    """Give podsec.lock: the facts and the hash of each file, the same bytes for the same bundle."""
    facts = {**bundle.lock, "files": {path: _digest(content) for path, content in bundle.files.items()}}
    return (json.dumps(facts, indent=2, sort_keys=True, allow_nan=False) + "\n").encode()


def differences(bundle: Bundle, out: Path) -> list[Difference]:
    """Compare `out` with what would be built, byte for byte, sorted by path; [] means that they are the same.

    Foreign files do not count. Raises PodsecError where `out` or its podsec.lock is absent or corrupt.
    """
    with _reported("read", out):
        if not out.is_dir():
            raise PodsecError("is not a directory with a bundle", file=out, hint="run `podsec-compile build`")
        listed, wanted = _read_lock(out), _wanted(bundle)
        found = []
        for path in sorted({*listed, *wanted}):
            there = os.path.lexists(out / path)
            if path not in wanted:
                found += [Difference(path, "stale")] if there else []
            elif _content(out / path) != wanted[path]:
                found.append(Difference(path, "changed" if there else "missing"))
        return found


def write(bundle: Bundle, out: Path, *, overwrite_edits: bool = False) -> None:
    """Make `out` hold the bundle and podsec.lock, and keep its foreign files: the same inodes, not copies.

    The new directory is built beside `out`, and the two exchange their names in one step, so a kill at any
    instant leaves the old bundle or the new one. Where the system cannot exchange names, `out` is moved aside
    first: a kill between the two renames leaves no `out`, and the next write begins by putting it back.
    What a killed run left beside `out` is removed. Writes below one parent wait for each other.

    Raises PodsecError, with `out` as it was, where a foreign file is in the way, where a file of ours was
    edited or podsec.lock is corrupt (`overwrite_edits` goes over both), or where the system refuses.
    """
    # A symlink stays and what it points to is exchanged; "." and ".." have no name beside which to build.
    with _reported("write", out):
        place = Path(os.path.realpath(out)) if out.is_symlink() or out.name in ("", "..") else out
    with _reported("write", place):
        if not place.parent.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
        with _alone_in(place.parent):
            _recover(place)
            before = _survey_or_refuse(bundle, place, overwrite_edits)
            staging = place.with_name(f".{place.name}.podsec-{secrets.token_hex(8)}")
            try:
                _fill(staging, _wanted(bundle), place, before)
                _swap(staging, place, before)
            finally:
                _recover(place)  # removes staging, which is the old bundle by now, or a new one left unfinished


def _path_fault(paths: Iterable[str]) -> tuple[str, str] | None:
    """Give the first path that may not stand in a bundle, and why; None where all may."""
    known = frozenset(paths)
    for path in sorted(known):
        parts = path.split("/")
        if path.startswith("/") or ".." in parts:
            return path, "it leads out of the directory"
        if "" in parts or "." in parts or _UNSUITED.search(path):
            return path, "it is not a plain relative path with / between its parts"
        if parts[0].casefold() == LOCK:  # casefold: some file systems take both spellings for one file
            return path, f"the name {LOCK} is taken by the lock itself"
        if above := known.intersection(_parents(path)):
            return path, f"{min(above)} is a file, not a directory"
    return None


def _parents(path: str) -> list[str]:
    """Give the directories above a path: a/b/c has a and a/b."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _content(path: Path) -> bytes | None:
    """Read a regular file; None where there is none, a symlink included."""
    with suppress(FileNotFoundError, NotADirectoryError):
        if stat.S_ISREG(path.lstat().st_mode):
            return path.read_bytes()
    return None


def _wanted(bundle: Bundle) -> dict[str, bytes]:
    """Give all that a write puts on disk: the files and the lock."""
    return {**bundle.files, LOCK: render_lock(bundle)}


def _read_lock(out: Path) -> dict[str, str]:
    """Give path and digest of each file that podsec.lock names. Raises PodsecError where it is unfit."""
    lock = out / LOCK
    try:
        facts = json.loads(lock.read_bytes())
    except FileNotFoundError:
        message = f"holds no {LOCK}, so podsec-compile did not build it"
        hint = f"choose another -o, or bring {LOCK} back from version control"
        raise PodsecError(message, file=out, hint=hint) from None
    except (ValueError, RecursionError, IsADirectoryError) as error:
        line = getattr(error, "lineno", None)
        raise _CorruptLockError(lock, "is not JSON (an unfinished merge?)", line) from None
    files = facts.get("files") if isinstance(facts, dict) else None
    if not isinstance(files, dict) or not all(_DIGEST.fullmatch(str(digest)) for digest in files.values()):
        raise _CorruptLockError(lock, 'has no table "files" of paths and sha256 hashes')
    if fault := _path_fault(files):
        hint = f"bring {LOCK} back from version control, or remove the directory and build anew"
        raise PodsecError(f'names "{fault[0]}": {fault[1]}', file=lock, hint=hint)
    return files


def _raise(error: OSError) -> None:
    raise error


def _survey(folder: Path, listed: frozenset[str]) -> _Survey:
    """Sort what stands in a directory into ours, which is what is listed and the way to it, and foreign."""
    ours = {parent for path in listed for parent in _parents(path)}
    survey = _Survey(listed, own := {}, foreign := {})
    for parent, folders, files in os.walk(folder, onerror=_raise):
        for name in (*folders, *files):
            entry = Path(parent, name)
            path, is_folder = entry.relative_to(folder).as_posix(), entry.is_dir() and not entry.is_symlink()
            if is_folder and entry.is_mount():
                raise PodsecError("is a mount point: it cannot be kept", file=entry, hint="choose another -o")
            if path in listed and not is_folder:
                content = _content(entry)
                own[path] = "not a regular file" if content is None else _digest(content)
            elif not (is_folder and path in ours):
                foreign[path] = "directory" if is_folder else "symlink" if entry.is_symlink() else "file"
    return survey


def _survey_or_refuse(bundle: Bundle, place: Path, overwrite_edits: bool) -> _Survey | None:
    """Survey what the bundle replaces; None where nothing is there. Raises PodsecError if it must not."""
    if not place.exists():
        return None
    if not place.is_dir():
        raise PodsecError("is not a directory", file=place, hint="choose another -o")
    if Path.cwd().is_relative_to(place.resolve()):
        raise PodsecError("holds the directory you are in", file=place, hint="run podsec-compile from outside it")
    if not any(place.iterdir()):
        return _Survey(frozenset(), {}, {})
    try:
        lock = _read_lock(place)
    except _CorruptLockError:
        if not overwrite_edits:
            raise
        lock = dict.fromkeys(bundle.files, "")
    # Nothing is lost where the disk holds what we would write, as it may after a merge of two branches.
    done = {path for path, content in bundle.files.items() if _content(place / path) == content}
    survey = _survey(place, frozenset({*lock, *done, LOCK}))
    now = {path: "a directory" if path in survey.foreign else survey.own.get(path) for path in lock}
    edited = [path for path in sorted({*lock} - done) if now[path] not in (None, lock[path])]
    if edited and not overwrite_edits:
        others = ", ".join(edited[1:4]) + (f" and {len(edited) - 4} more" if len(edited) > 4 else "")
        message = "was edited by hand" + (f", and so were {others}" if others else "")
        raise PodsecError(message, file=place / edited[0], hint=_FORCE.format("the edits"))
    _refuse_blocked(bundle, place, survey)
    return survey


def _refuse_blocked(bundle: Bundle, place: Path, survey: _Survey) -> None:
    """Refuse where something foreign stands at a path of ours, or where we need a directory."""
    kept = survey.kept()
    for path in (*bundle.files, LOCK):
        for each, needed in {**dict.fromkeys(_parents(path), "directory"), path: "file"}.items():
            if each in kept and (needed == "file" or kept[each] != "directory"):
                message = f"a {kept[each]} that is not ours stands where the bundle needs a {needed}"
                raise PodsecError(message, file=place / each, hint="move it away, or choose another -o")


def _fill(staging: Path, wanted: Mapping[str, bytes], place: Path, before: _Survey | None) -> None:
    """Build the new directory: our files, links to the foreign ones, the modes of directories that stay."""
    staging.mkdir(mode=0o755)
    for path, content in wanted.items():
        for parent in _parents(path):
            (staging / parent).mkdir(mode=0o755, exist_ok=True)
        with open(staging / path, "xb", opener=partial(os.open, mode=0o644)) as file:
            file.write(content)
    if before:
        kept = before.kept()

        def left_out(folder: str, names: list[str]) -> set[str]:
            return {name for name in names if Path(folder, name).relative_to(place).as_posix() not in kept}

        shutil.copytree(place, staging, True, left_out, _link, dirs_exist_ok=True)
    # Last, since the first fsync takes most others along: much faster than one after each write.
    for path in wanted:
        _fsync(staging / path)
    for folder, _, _ in os.walk(staging):
        _fsync(Path(folder))


def _link(old: str, new: str) -> None:
    """Bring a foreign file into the new directory: the very file, never a copy of it."""
    try:
        os.link(old, new)
    except OSError as error:
        message = f"is not ours and cannot be kept, since it allows no hard link: {error.strerror}"
        raise PodsecError(message, file=Path(old), hint="move it away, or choose another -o") from error


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:  # some network file systems have no fsync for a directory
            raise
    finally:
        os.close(descriptor)


def _swap(staging: Path, place: Path, before: _Survey | None) -> None:
    """Put the new directory in its place, and the old one, if any, where it was; or change nothing."""
    if before is None:
        staging.rename(place)
    else:
        _trade(staging, place)
        # Only now can nobody add to the old directory by its name. What came while we built must not be lost.
        if not _is_carried(staging, place, before):
            _trade(staging, place)
            raise PodsecError("was changed by somebody else meanwhile", file=place, hint="run it again")
    _fsync(place.parent)


def _trade(new: Path, old: Path) -> None:
    """Let two directories change names: in one step, or by renames where that is impossible."""
    if not _exchange(new, old):
        aside = new.with_name(f"{new.name}-old")
        old.rename(aside)
        new.rename(old)
        aside.rename(new)


def _exchange(one: Path, other: Path) -> bool:
    """Let two directories change names in one step. False where the system or the file system cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    exchange, here = 2, -100  # RENAME_EXCHANGE, which macOS calls RENAME_SWAP, and AT_FDCWD
    names = os.fsencode(one), os.fsencode(other)
    try:
        if sys.platform == "darwin":
            failed = libc.renamex_np(*names, exchange)
        else:
            failed = libc.renameat2(here, names[0], here, names[1], exchange)
    except AttributeError:  # an old C library
        return False
    code = ctypes.get_errno() if failed else 0
    if code not in {0, *_UNSUPPORTED}:
        raise OSError(code, os.strerror(code), str(other))
    return not code


def _is_carried(old: Path, new: Path, before: _Survey) -> bool:
    """Tell whether the old directory is as surveyed, and the new one has each foreign file of it."""
    files = [path for path, kind in before.foreign.items() if kind == "file"]
    with suppress(OSError):
        same = all(os.path.samestat((old / path).lstat(), (new / path).lstat()) for path in files)
        return same and _survey(old, before.listed) == before
    return False


def _recover(place: Path) -> None:
    """Put back what was moved aside but not replaced, and remove what else a run left beside `place`."""
    name = re.compile(rf"\.{re.escape(place.name)}\.podsec-[0-9a-f]{{16}}(-old)?")
    for leftover in sorted(each for each in place.parent.iterdir() if name.fullmatch(each.name)):
        if leftover.name.endswith("-old") and not os.path.lexists(place):
            leftover.rename(place)
        elif not leftover.is_symlink():
            with suppress(OSError):
                for folder, _, _ in os.walk(leftover):
                    Path(folder).chmod(0o700)  # the mode may be that of a foreign directory, and read-only
            shutil.rmtree(leftover, ignore_errors=True)  # what stays does no harm; the next write retries


@contextmanager
def _alone_in(parent: Path) -> Iterator[None]:
    """Wait until no other write works in this directory, and keep others waiting; a kill lets go as well."""
    try:
        import fcntl  # here, so that Windows, which has none, can still run the commands that write no bundle
    except ImportError:
        raise PodsecError("a bundle can be written on Linux and macOS only", file=parent) from None
    descriptor = os.open(parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _reported(doing: Literal["read", "write"], place: Path) -> Iterator[None]:
    """Turn an OSError into a PodsecError that names the path and the system's reason."""
    try:
        yield
    except OSError as error:
        path = Path(os.fsdecode(error.filename or place))
        if f".{place.name}.podsec-" in str(path):
            path = place  # the user knows nothing of the directory beside it
        hint = None
        if doing == "write" and path in (place, place.parent) and error.errno in _NO_ACCESS:
            hint = f"it is built beside {place} and swapped in, so {place.parent} must be writable, too"
        elif error.errno in (errno.EXDEV, errno.EBUSY):
            hint = "choose another -o: a mount point, or a layer of a container image, cannot be swapped"
        raise PodsecError(f"cannot {doing} the bundle: {error.strerror or error}", file=path, hint=hint) from error
