"""Reading uploaded templates: a zip archive, or files as a form."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncGenerator

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from renderer import TemplateBundle, bundle_from_zip
from renderer.errors import TemplateError
from renderer.template.bundle import DEFAULT_BUNDLE_LIMITS, bundle_from_files
from server.api.bodies import read_body
from server.errors import BodyTooLarge, MalformedBody, UnsupportedMediaType
from server.faults import Fault
from server.publishing import InvalidTemplate

ZIP_TYPES = ("application/zip", "application/x-zip-compressed")
FORM_TYPE = "multipart/form-data"
FILE_TYPES = ("application/octet-stream", "")  # "": curl -T says nothing

_FORM_BYTES = 16_384  # what a form may add to its only file


async def read_bundle(request: Request, name: str, limit: int) -> TemplateBundle:
    """The template in a request's body, which may have at most `limit` bytes.

    Raises:
        UnsupportedMediaType, BodyTooLarge, MalformedBody: it is no upload that could be read.
        InvalidTemplate: a file in it is not allowed, or they are too many or too large.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in ZIP_TYPES:
        data = await read_body(request, limit)
        return await asyncio.to_thread(_from_zip, name, data)
    if media_type == FORM_TYPE:
        return _from_files(name, await _read_form(request, await read_body(request, limit)))
    raise UnsupportedMediaType(f"Send the template as {ZIP_TYPES[0]}, or its files as {FORM_TYPE}.")


async def read_file(request: Request, limit: int) -> bytes:
    """The one file in a request's body, which is the body itself or the only file of a form; at most `limit` bytes.

    Raises:
        UnsupportedMediaType, BodyTooLarge, MalformedBody: it is no upload of a file.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == FORM_TYPE:
        form = await _read_form(request, await read_body(request, limit + _FORM_BYTES))
        if len(form) != 1:
            raise MalformedBody(f"The form has {len(form)} files; send exactly one.")
        (data,) = form.values()
    elif media_type in FILE_TYPES or media_type.startswith("image/"):
        data = await read_body(request, limit)
    else:
        raise UnsupportedMediaType(f"Send the file as {FILE_TYPES[0]}, as image/… or in a form as {FORM_TYPE}.")
    if len(data) > limit:
        raise BodyTooLarge(f"The file may have at most {limit:,} bytes.")
    return data


def _from_zip(name: str, data: bytes) -> TemplateBundle:
    try:
        bundle = bundle_from_zip(name, data)
    except TemplateError as error:
        raise InvalidTemplate(Fault(error)) from error
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [path for path in archive.namelist() if not path.endswith("/") and not _is_hidden(path)]
    _check_top_folder(name, names)
    return bundle


def _from_files(name: str, files: dict[str, bytes]) -> TemplateBundle:
    _check_top_folder(name, list(files))
    prefix = f"{name}/"
    inside = all(path.startswith(prefix) for path in files)
    try:
        return bundle_from_files(name, {path[len(prefix) if inside else 0 :]: data for path, data in files.items()})
    except TemplateError as error:
        raise InvalidTemplate(Fault(error)) from error


def _check_top_folder(name: str, paths: list[str]) -> None:
    """One folder around all files must be the template's: it tells that the wrong upload was chosen."""
    tops = {path.partition("/")[0] for path in paths if "/" in path}
    if len(tops) == 1 and tops != {name} and all("/" in path for path in paths):
        found = tops.pop()
        message = (
            f"The upload holds the folder {found[:80]!r} and not {name!r}; publish it under its own name, "
            "or upload the files without the folder around them."
        )
        raise _refused(message)


def _refused(message: str) -> InvalidTemplate:
    """The refusal of an upload that is no template."""
    return InvalidTemplate(Fault(TemplateError(message)))


def _is_hidden(path: str) -> bool:
    return any((part.startswith(".") and part.strip(".") != "") or part == "__MACOSX" for part in path.split("/"))


async def _read_form(request: Request, body: bytes) -> dict[str, bytes]:
    """The files of a form by their file names, hidden ones left out."""

    async def stream() -> AsyncGenerator[bytes]:
        yield body

    most = DEFAULT_BUNDLE_LIMITS.files
    parser = MultiPartParser(request.headers, stream(), max_files=most, max_fields=most)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise MalformedBody(f"The form cannot be read: {getattr(error, 'message', '') or error}") from None
    files: dict[str, bytes] = {}
    try:
        for field, value in form.multi_items():
            if not isinstance(value, UploadFile) or not value.filename:
                raise _refused(f"The field {field[:80]!r} is no file; send each file with its path as file name.")
            if value.filename in files:
                raise _refused(f"The file {value.filename[:80]!r} is there twice.")
            if not _is_hidden(value.filename):
                files[value.filename] = await value.read()
    finally:
        await form.close()
    return files
