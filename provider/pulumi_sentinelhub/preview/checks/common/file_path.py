"""Where the files of tiles go, and what happens to those that are there already.

Source: [batch OpenAPI: BatchProcessOutput; addendum on v2: placeholders of the delivery's URL].
"""

from __future__ import annotations

from collections.abc import Iterator

from ....finding import Finding
from ....s3.names import SCHEME, parts_of
from ....shown import fit, listed
from .declared import Declared
from .dialect import Dialect
from .node import Node, joined, quoted
from .paths import check_url, placeholders

EXAMPLE = "s3://my-bucket/ndvi/<requestId>/<tileName>/<outputId>.<format>"
_ZARR_EXAMPLE = "s3://my-bucket/ndvi/<requestId>"
_FLAGS = ("overwrite", "skipExisting", "cogOutput", "createCollection")


def check_files(declared: Declared) -> Iterator[Finding]:
    """The path's template, the flags, and files that exist."""
    files, path = declared.files, declared.dialect.file_path(declared.root)
    if not files.is_mapping:
        return
    if path.absent and not declared.adopting:
        yield path.error("is missing", f"say where the tiles go, e.g. {EXAMPLE}")
    elif path.given:
        yield from _template(declared, path)
    for name in _FLAGS:
        flag = files[name]
        if flag.given and not isinstance(flag.value, bool):
            yield flag.error(f"is {flag.kind}", "give true or false")
    yield from _existing(files, path)


def _template(declared: Declared, path: Node) -> Iterator[Finding]:
    yield from check_url(path, EXAMPLE)
    text = path.text or ""
    names, parts = placeholders(text), parts_of(text)
    if parts is None or not names:
        return
    dialect = declared.dialect
    yield from _unknown_placeholders(path, parts[1], dialect.placeholders, "the service fills in {}", dialect)
    told_apart = {dialect.renamed.get(name, name) for name in names}
    if not set(dialect.tile_placeholders) & told_apart:
        tile = " or ".join(f"<{name}>" for name in dialect.tile_placeholders)
        yield path.error("puts every tile at the same place", f"add {tile}, or leave out all placeholders")
    ids = declared.response_ids
    if ids is not None and len(ids) > 1 and "outputId" not in names:
        yield path.error(f"puts {len(ids)} outputs at the same place: {listed(ids)}", "add <outputId>")
    file = text.rsplit("/", 1)[-1]
    several = ids is not None and len(ids) > 1
    if not file.endswith((".<format>", ".tif", ".tiff")) and not (several and "<format>" in file):
        ending = f"ends in {quoted(file)}" if file else "ends in a slash"
        yield path.warning(ending, "end file names in .<format> or .tif")


def _unknown_placeholders(
    path: Node, key: str, known: tuple[str, ...], told: str, dialect: Dialect
) -> Iterator[Finding]:
    """Placeholders that the service does not fill in, each once; of the bucket's name others speak."""
    for name in dict.fromkeys(placeholders(key)):
        if name in known:
            continue
        fix = told.format(joined(f"<{other}>" for other in known))
        if dialect.renamed.get(name) in known:
            fix = f"write <{dialect.renamed[name]}> in its place; {fix}"
        yield path.error(f"has the placeholder <{fit(name, 40)}>", fix)


def _existing(files: Node, path: Node) -> Iterator[Finding]:
    overwrite, skip = files["overwrite"], files["skipExisting"]
    names = placeholders(path.text or "")
    if overwrite.unknown or skip.unknown or not names or "requestId" in names:
        return
    if not overwrite.flag and not skip.flag:
        yield path.warning(
            "is the same for every request",
            "a request fails when its files exist already: add <requestId>, or set overwrite",
        )
    if overwrite.flag and skip.flag:
        yield skip.warning(
            "is set with overwrite",
            "tiles that miss an output are written again; beyond 5000 files this does not work",
        )


def check_zarr_path(declared: Declared) -> Iterator[Finding]:
    """Where the Zarr group goes."""
    dialect = declared.dialect
    path = dialect.zarr_path(declared.root)
    if not declared.zarr.is_mapping:
        return
    if path.absent:
        yield path.error("is missing", f"say where the group goes, e.g. {_ZARR_EXAMPLE}")
    if not path.given:
        return
    yield from check_url(path, _ZARR_EXAMPLE, bare=dialect.bare_zarr_path)
    _, _, key = (path.text or "").removeprefix(SCHEME).partition("/")
    told = "for Zarr the service fills in {} only"
    yield from _unknown_placeholders(path, key, dialect.zarr_placeholders, told, dialect)
