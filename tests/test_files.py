"""Files: every bad one is one clear line, and nothing is left half-written."""

from __future__ import annotations

import errno
import gzip
import io
import os
import random
import sys
from pathlib import Path

import pytest

from vermeil import files
from vermeil.errors import DataError, OutputError


def text_of(path: Path | str) -> list[str]:
    return [line for _, line in files.lines(path)]


def written(folder: Path, content: bytes, name: str = "some.txt") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def stdin_of(content: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding="ascii")


def test_lines_have_numbers_from_one(tmp_path: Path) -> None:
    assert list(files.lines(written(tmp_path, b"one\n\ntwo"))) == [(1, "one"), (2, ""), (3, "two")]


def test_only_line_feeds_end_a_line(tmp_path: Path) -> None:
    odd = "a\u2028b\x0bc\x0cd\x85e\x1cf\rg"
    assert text_of(written(tmp_path, f"{odd}\r\nnext\n".encode())) == [odd, "next"]


def test_a_byte_order_mark_is_taken_off_once(tmp_path: Path) -> None:
    assert text_of(written(tmp_path, "\ufeff\ufeffx\n\ufeffy\n".encode())) == ["\ufeffx", "\ufeffy"]


def test_gzip_is_unpacked(tmp_path: Path) -> None:
    assert text_of(written(tmp_path, gzip.compress("Zoë\n".encode()), "some.txt.gz")) == ["Zoë"]


def test_a_dash_is_standard_input_in_utf8_whatever_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", stdin_of("Zoë\n".encode()))
    assert text_of("-") == ["Zoë"]


def test_lines_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, b"good\n" * 3 + b"\xff\n")
    reading = files.lines(path)
    assert [next(reading)[1] for _ in range(3)] == ["good"] * 3
    with pytest.raises(DataError, match=":4: not UTF-8"):
        next(reading)


@pytest.mark.parametrize(
    ("content", "name", "complaint"),
    [
        (b"", "some.txt", "some.txt: the file is empty"),
        (gzip.compress(b"", mtime=0), "some.gz", "the file is empty"),
        (
            b"good\nbad \xe9t\xe9\n",
            "some.txt",
            r"some.txt:2: not UTF-8 \(byte 0xe9 at position 5.*latin1.*iconv -f latin1",
        ),
        (b"it\x92s\n", "some.txt", "some.txt:1: not UTF-8.*iconv -f cp1252"),
        ("text".encode("utf-16"), "some.txt", "some.txt:1: this is UTF-16.*iconv -f utf-16"),
        (b"good\nbad\0\n", "some.txt", "some.txt:2: a NUL byte; this is a binary file"),
        (gzip.compress(b"text\n", mtime=0), "some.txt", "this is gzip; give it a name that ends in .gz"),
        (b"not packed\n", "some.gz", "some.gz:1: not gzip, or broken"),
        (gzip.compress(random.Random(0).randbytes(5000), mtime=0)[:900], "some.gz", "some.gz:.* broken|not UTF-8|NUL"),
        (gzip.compress(b"one\ntwo\n" * 999, mtime=0)[:-9], "some.gz", r"some.gz:\d+: not gzip, or broken from here on"),
    ],
)
def test_a_bad_file_is_named_with_its_line_and_a_remedy(
    tmp_path: Path, content: bytes, name: str, complaint: str
) -> None:
    with pytest.raises(DataError, match=complaint) as caught:
        text_of(written(tmp_path, content, name))
    assert "\n" not in str(caught.value)


def test_damage_inside_gzip_is_found(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(b"one two three\n" * 50, mtime=0))
    packed[-6] ^= 1  # in the checksum
    with pytest.raises(DataError, match="broken"):
        text_of(written(tmp_path, bytes(packed), "some.gz"))


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LONGEST_LINE", 2**20)
    assert text_of(written(tmp_path, b"x" * (2**20 - 1) + b"\n"))
    with pytest.raises(DataError, match=":2: the line is longer than 1 MiB"):
        text_of(written(tmp_path, b"fine\n" + b"x" * 2**21))


def test_a_missing_file_is_named_with_the_nearest_there_is(tmp_path: Path) -> None:
    written(tmp_path, b"x", "gold.conll")
    with pytest.raises(DataError, match=r"glod.conll: there is no such file \(did you mean 'gold.conll'\?\)"):
        text_of(tmp_path / "glod.conll")
    with pytest.raises(DataError, match="there is no such file"):
        text_of(tmp_path / "no folder" / "gold.conll")


@pytest.mark.parametrize(
    ("name", "complaint"), [(".", "is a folder"), ("file/x", "is a file, not"), ("a\0b", "name of")]
)
def test_what_is_no_file_is_said_to_be_none(tmp_path: Path, name: str, complaint: str) -> None:
    written(tmp_path, b"x", "file")
    with pytest.raises(DataError, match=complaint):
        text_of(f"{tmp_path}/{name}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    written(tmp_path, b"x").chmod(0)
    with pytest.raises(DataError, match="no permission to read it"):
        text_of(tmp_path / "some.txt")


def test_permission_and_broken_disks_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, complaint in [(errno.EACCES, "no permission to read it"), (errno.EIO, "Input/output error")]:

        def refuse(*_: object, number: int = number) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(Path, "open", refuse)
        with pytest.raises(DataError, match=complaint):
            text_of(tmp_path / "some.txt")


def test_closed_standard_input_is_said_to_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DataError, match="standard input is closed"):
        text_of("-")


def test_the_fingerprint_is_of_the_bytes(tmp_path: Path) -> None:
    path = written(tmp_path, b"abc")
    assert files.sha256_of(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    with pytest.raises(DataError, match="no such file"):
        files.sha256_of(tmp_path / "none")


@pytest.mark.parametrize("name", ["out.txt", "out.txt.gz", "new/folders/out.txt"])
def test_what_is_written_is_read(tmp_path: Path, name: str) -> None:
    text = "Zoë\r\n\u2028 and 👩‍🚀\n"
    files.write_text(tmp_path / name, text)
    assert text_of(tmp_path / name) == ["Zoë", "\u2028 and 👩‍🚀"]
    assert [path.name for path in (tmp_path / name).parent.iterdir()] == [Path(name).name]


def test_equal_text_gives_equal_gzip(tmp_path: Path) -> None:
    files.write_text(tmp_path / "a.gz", "text\n")
    files.write_text(tmp_path / "b.gz", "text\n")
    assert files.sha256_of(tmp_path / "a.gz") == files.sha256_of(tmp_path / "b.gz")


@pytest.mark.parametrize("failure", [RuntimeError("stop"), KeyboardInterrupt(), OSError(errno.ENOSPC, "full")])
def test_a_failure_leaves_the_earlier_file_and_nothing_else(tmp_path: Path, failure: BaseException) -> None:
    path = written(tmp_path, b"earlier")

    def fail() -> None:
        with files.replacing(path) as stream:
            stream.write("half")
            raise failure

    with pytest.raises(OutputError if isinstance(failure, OSError) else type(failure)):
        fail()
    assert path.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_called_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"out.txt was not written: the disk is full"):
        files.write_text(tmp_path / "out.txt", "text")
    with pytest.raises(OutputError, match="the disk is full"), files.new_folder(tmp_path / "model"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_device_is_written_not_replaced() -> None:
    with pytest.raises(OutputError, match="the disk is full"):
        files.write_text("/dev/full", "text")
    files.write_text(os.devnull, "text")
    assert Path(os.devnull).is_char_device()


def test_a_link_stays_a_link_and_modes_stay(tmp_path: Path) -> None:
    path = written(tmp_path, b"earlier")
    path.chmod(0o640)
    (tmp_path / "link").symlink_to(path)
    files.write_text(tmp_path / "link", "later")
    assert (tmp_path / "link").is_symlink()
    assert path.read_text() == "later"
    assert path.stat().st_mode & 0o777 == 0o640


def test_an_output_that_cannot_be_is_an_output_error(tmp_path: Path) -> None:
    written(tmp_path, b"x", "file")
    for path, complaint in [
        (tmp_path, "this is a folder"),
        (tmp_path / "file" / "out.txt", "part of its path is a file"),
        (f"{tmp_path}/a\0b", "cannot be the name"),
    ]:
        with pytest.raises(OutputError, match=complaint) as caught:
            files.write_text(path, "text")
        assert caught.value.exit_code == 2
    with pytest.raises(OutputError, match="half a character"):
        files.write_text(tmp_path / "out.txt", "\ud83d")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_character_that_standard_output_cannot_hold_is_told_with_the_way_out() -> None:
    told = "standard output was not written: latin-1 has no 'Ł'; set PYTHONUTF8=1"
    with pytest.raises(OutputError, match=told), files.writing_errors("-"):
        "Łódź".encode("latin-1")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="no permission to write there"):
        files.write_text(tmp_path / "out.txt", "text")


def test_a_dash_is_standard_output_in_utf8(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    files.write_text("-", "Zoë\n")
    print("after")
    assert capsysbinary.readouterr().out == "Zoë\nafter\n".encode()


def test_standard_output_may_be_a_string(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    files.write_text("-", "text")
    assert sys.stdout.getvalue() == "text"  # type: ignore[attr-defined]


def test_a_new_folder_appears_whole(tmp_path: Path) -> None:
    with files.new_folder(tmp_path / "runs" / "model") as folder:
        (folder / "weights").write_text("1")
        (folder / "deep").mkdir()
        (folder / "deep" / "more").write_text("2")
        assert not (tmp_path / "runs" / "model").exists()
    assert (tmp_path / "runs" / "model" / "deep" / "more").read_text() == "2"
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["model"]


def test_a_folder_of_ours_is_replaced_as_a_whole(tmp_path: Path) -> None:
    for name in ("old", "new"):
        with files.new_folder(tmp_path / "model") as folder:
            (folder / name).write_text(name)
    assert [path.name for path in (tmp_path / "model").iterdir() if not path.name.startswith(".")] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_failed_folder_leaves_the_earlier_one_and_nothing_else(tmp_path: Path) -> None:
    with files.new_folder(tmp_path / "model") as folder:
        (folder / "weights").write_text("old")
    for failure in (RuntimeError("stop"), KeyboardInterrupt()):

        def fail(failure: BaseException = failure) -> None:
            with files.new_folder(tmp_path / "model") as folder:
                (folder / "weights").write_text("half")
                raise failure

        with pytest.raises(type(failure)):
            fail()
    assert (tmp_path / "model" / "weights").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_rename_that_fails_brings_the_earlier_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with files.new_folder(tmp_path / "model") as folder:
        (folder / "weights").write_text("old")
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.name.endswith(".partial"):
            raise OSError(errno.EIO, "broken disk")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OutputError, match="broken disk"), files.new_folder(tmp_path / "model") as folder:
        (folder / "weights").write_text("new")
    assert (tmp_path / "model" / "weights").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_what_did_not_come_from_here_is_never_deleted(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    written(tmp_path / "home", b"mine", "letters.txt")
    with files.new_folder(tmp_path / "model") as folder:
        (folder / "weights").write_text("1")
    written(tmp_path / "model", b"mine", "notes.txt")
    for name, foreign in [("home", "letters.txt"), ("model", "notes.txt")]:
        with pytest.raises(OutputError, match=foreign), files.new_folder(tmp_path / name):
            pytest.fail("nothing may be computed before the complaint")
    with pytest.raises(OutputError, match="is a file where a folder"), files.new_folder(tmp_path / "home/letters.txt"):
        pass
    assert (tmp_path / "home" / "letters.txt").read_text() == "mine"
    assert (tmp_path / "model" / "notes.txt").read_text() == "mine"


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    with files.new_folder(tmp_path / "model") as folder:
        (folder / "weights").write_text("1")
    assert (tmp_path / "model" / "weights").exists()


def test_a_small_file_is_read_whole_with_its_lines_parted_alike(tmp_path: Path) -> None:
    assert files.read_text(written(tmp_path, "\ufeffone\r\ntwo\u2028\n".encode())) == "one\ntwo\u2028"
    with pytest.raises(DataError, match=r"some.txt:2: not UTF-8"):
        files.read_text(written(tmp_path, b"fine\n\xe9\n"))
