from __future__ import annotations

import io
import os
import pickle
import stat
import zipfile
from pathlib import Path

import pytest

from renderer.errors import TemplateError
from renderer.template import bundle_from_files, bundle_from_folder, bundle_from_zip
from renderer.template.bundle import BundleLimits

FILES = {"template.html": b"<p>x</p>", "template.toml": b"", "img/a.png": b"png"}


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "card"
    for path, data in FILES.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return root


class TestDigest:
    def test_folder_files_and_zip_agree(self, folder: Path) -> None:
        bundle = bundle_from_folder(folder)
        assert bundle.name == "card"
        assert list(bundle.files) == ["img/a.png", "template.html", "template.toml"]
        assert len(bundle.digest) == 64
        assert bundle.digest.startswith(bundle.version)
        assert bundle_from_files("card", FILES).digest == bundle.digest
        assert bundle_from_zip("card", zipped(FILES)).digest == bundle.digest
        assert (
            bundle_from_zip("card", zipped({f"top/{path}": data for path, data in FILES.items()})).files == bundle.files
        )

    def test_every_path_and_byte_counts(self) -> None:
        variations = [
            FILES,
            FILES | {"img/a.png": b"pnG"},
            {**FILES, "new": b""},
            {"template.html": b"<p>x</p>", "template.toml": b"", "img/b.png": b"png"},
            {"a": b"bc"},
            {"ab": b"c"},
        ]
        assert len({bundle_from_files("x", files).digest for files in variations}) == len(variations)

    def test_bundles_travel_between_processes(self) -> None:
        bundle = bundle_from_files("x", FILES)
        assert pickle.loads(pickle.dumps(bundle)) == bundle  # noqa: S301 - our own bytes

    def test_files_cannot_be_changed(self) -> None:
        with pytest.raises(TypeError):
            bundle_from_files("x", FILES).files["a"] = b""  # type: ignore[index]


class TestFolder:
    def test_hidden_files_are_left_out(self, folder: Path) -> None:
        digest = bundle_from_folder(folder).digest
        (folder / ".git").mkdir()
        (folder / ".git" / "config").write_bytes(b"x")
        (folder / ".DS_Store").write_bytes(b"x")
        (folder / "template.html~").write_bytes(b"x")
        assert bundle_from_folder(folder).digest == digest

    def test_link_out_of_the_folder(self, folder: Path) -> None:
        (folder / "passwd").symlink_to("/etc/passwd")
        with pytest.raises(TemplateError, match="symbolic link out of the template folder"):
            bundle_from_folder(folder)

    def test_linked_folder(self, folder: Path) -> None:
        (folder / "etc").symlink_to("/etc")
        with pytest.raises(TemplateError, match="'etc' is a symbolic link"):
            bundle_from_folder(folder)

    def test_link_inside_the_folder(self, folder: Path) -> None:
        (folder / "b.png").symlink_to(folder / "img" / "a.png")
        assert bundle_from_folder(folder).files["b.png"] == b"png"

    def test_pipe(self, folder: Path) -> None:
        os.mkfifo(folder / "pipe")
        with pytest.raises(TemplateError, match="not a regular file"):
            bundle_from_folder(folder)

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(TemplateError, match="no template folder"):
            bundle_from_folder(tmp_path / "nothing")

    def test_unreadable(self, folder: Path) -> None:
        (folder / "broken").symlink_to(folder / "nowhere")
        with pytest.raises(TemplateError, match="Cannot read"):
            bundle_from_folder(folder)

    @pytest.mark.parametrize("name", ["", "A", "a b", "-a", "a" * 65, "a/b", "é"])
    def test_bad_names(self, name: str) -> None:
        with pytest.raises(TemplateError, match="is not a template name"):
            bundle_from_files(name, FILES)


LIMITS = BundleLimits(files=3, file_bytes=1_000, total_bytes=2_000)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a": b"x" * 1_001}, "'a' is larger than 1,000 bytes"),
        ({"a": b"x" * 900, "b": b"x" * 900, "c": b"x" * 900}, "larger than 2,000 bytes together"),
        ({str(i): b"" for i in range(4)}, "at most 3 files"),
    ],
)
def test_limits(files: dict[str, bytes], message: str, tmp_path: Path) -> None:
    root = tmp_path / "card"
    root.mkdir()
    for path, data in files.items():
        (root / path).write_bytes(data)
    with pytest.raises(TemplateError, match=message):
        bundle_from_files("x", files, limits=LIMITS)
    with pytest.raises(TemplateError, match=message):
        bundle_from_folder(root, limits=LIMITS)
    with pytest.raises(TemplateError, match=message):
        bundle_from_zip("x", zipped(files), limits=LIMITS)


class TestZip:
    @pytest.mark.parametrize(
        "path",
        ["../evil", "a/../../evil", "/etc/passwd", "C:\\x", "a\\b", "c:x", "a//b", "./a", "a/./b", "x" * 201, "tab\t"],
    )
    def test_unsafe_paths(self, path: str) -> None:
        with pytest.raises(TemplateError, match="is not allowed"):
            bundle_from_zip("x", zipped({path: b"x"}))
        with pytest.raises(TemplateError, match="is not allowed"):
            bundle_from_files("x", {path: b"x"})

    def test_bomb(self) -> None:
        data = zipped({"bomb": b"\0" * 30_000_000})
        assert len(data) < 100_000
        with pytest.raises(TemplateError, match="larger than 20,000,000 bytes"):
            bundle_from_zip("x", data)

    def test_bomb_whose_header_lies(self) -> None:
        data = bytearray(zipped({"bomb": b"\0" * 5_000}))
        size = (5_000).to_bytes(4, "little")
        assert data.count(size) == 2
        lying = bytes(data).replace(size, (10).to_bytes(4, "little"))
        with pytest.raises(TemplateError):
            bundle_from_zip("x", lying, limits=LIMITS)

    def test_duplicate(self) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("a", b"1")
            with pytest.warns(UserWarning, match="Duplicate"):
                archive.writestr("a", b"2")
        with pytest.raises(TemplateError, match="'a' is there twice"):
            bundle_from_zip("x", buffer.getvalue())

    def test_methods_that_need_much_memory(self) -> None:
        with pytest.raises(TemplateError, match="must be stored or deflated"):
            bundle_from_zip("x", zipped({"a": b"x"}, zipfile.ZIP_LZMA))

    def test_link(self) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            info = zipfile.ZipInfo("link")
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, "/etc/passwd")
        with pytest.raises(TemplateError, match="symbolic link"):
            bundle_from_zip("x", buffer.getvalue())

    def test_encrypted(self) -> None:
        data = bytearray(zipped({"a": b"x" * 100}))
        directory = data.index(b"PK\x01\x02")
        data[directory + 8] |= 1
        with pytest.raises(TemplateError, match="encrypted"):
            bundle_from_zip("x", bytes(data))

    @pytest.mark.parametrize("data", [b"", b"PK", b"hello", zipped(FILES)[:-30]])
    def test_not_a_zip(self, data: bytes) -> None:
        with pytest.raises(TemplateError, match="not a readable zip"):
            bundle_from_zip("x", data)

    def test_damaged_content(self) -> None:
        data = bytearray(zipped({"a": os.urandom(1_000)}, zipfile.ZIP_STORED))
        data[500] ^= 0xFF
        with pytest.raises(TemplateError, match="not a readable zip"):
            bundle_from_zip("x", bytes(data))

    def test_macos_extras_are_left_out(self) -> None:
        files = {"card/template.html": b"x", "__MACOSX/card/._template.html": b"y", "card/.DS_Store": b"z"}
        assert dict(bundle_from_zip("x", zipped(files)).files) == {"template.html": b"x"}


class TestCheapRefusals:
    """Archives that would take long to read are refused by what they say of themselves."""

    def test_a_file_that_says_it_is_too_large_is_not_unpacked(self) -> None:
        with pytest.raises(TemplateError, match=r"'zeros' is larger than 1,000 bytes"):
            bundle_from_zip("card", zipped({"zeros": bytes(1_001)}), limits=BundleLimits(file_bytes=1_000))

    def test_files_that_say_they_are_too_large_together(self) -> None:
        files = {"a": bytes(600), "b": bytes(600)}
        with pytest.raises(TemplateError, match="larger than 1,000 bytes together"):
            bundle_from_zip("card", zipped(files), limits=BundleLimits(total_bytes=1_000))

    def test_a_list_of_files_that_is_itself_too_long(self) -> None:
        with pytest.raises(TemplateError, match="lists too many files; a template may have at most 3"):
            bundle_from_zip("card", zipped({f"{i}": b"" for i in range(60)}), limits=BundleLimits(files=3))

    def test_hidden_twins_of_files_do_not_count(self) -> None:
        files = {f"{i}{'x' * 150}": b"1" for i in range(500)} | {f"__MACOSX/._{i}{'x' * 150}": b"" for i in range(500)}
        assert len(bundle_from_zip("card", zipped(files)).files) == 500
