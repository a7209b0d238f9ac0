"""A file in a bucket, read in parts as GDAL asks for them."""

from __future__ import annotations

import io
from collections import OrderedDict
from typing import Final

from ...errors import SentinelHubError
from ...s3.reading import ObjectReader

#: Bytes that are read at once, and parts that are kept: GDAL reads headers and overviews in small pieces.
BLOCK: Final = 256 * 1024
_KEPT: Final = 64


class Remote:
    """An object whose parts are kept for as long as it is looked at.

    GDAL has no way to hand an exception through; it is kept here.

    Attributes:
        size: bytes.
        failure: why a read has failed, after GDAL has given up.
        fetched: bytes that were read from the bucket.
    """

    def __init__(self, reader: ObjectReader, bucket: str, key: str, size: int) -> None:
        self._reader = reader
        self._bucket, self._key = bucket, key
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self.size = size
        self.failure: SentinelHubError | None = None
        self.fetched = 0

    def open(self, *_: object, **__: object) -> RemoteFile:
        """The object as a file; GDAL opens it more than once."""
        return RemoteFile(self)

    def block(self, number: int) -> bytes:
        """A part of ``BLOCK`` bytes, by its number; nothing once a read has failed."""
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        if self.failure is not None:
            return b""
        try:
            block = self._reader.part(self._bucket, self._key, number * BLOCK, BLOCK)
        except SentinelHubError as error:
            self.failure = error
            return b""
        self.fetched += len(block)
        self._blocks[number] = block
        if len(self._blocks) > _KEPT:
            self._blocks.popitem(last=False)
        return block


class RemoteFile(io.RawIOBase):
    """A view of an object, which is only read."""

    def __init__(self, remote: Remote) -> None:
        super().__init__()
        self._remote = remote
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where it stands."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go elsewhere."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._remote.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes; none once a read has failed."""
        left = max(0, self._remote.size - self._at)
        wanted = left if size is None or size < 0 else min(size, left)
        pieces = []
        while wanted > 0:
            block = self._remote.block(self._at // BLOCK)
            piece = block[self._at % BLOCK :][:wanted]
            if not piece:
                break
            pieces.append(piece)
            self._at += len(piece)
            wanted -= len(piece)
        return b"".join(pieces)

    def readall(self) -> bytes:
        """All that is left."""
        return self.read()
