"""The service's collections: bands, units and filters, one table.

Source: [data docs of each collection; batch OpenAPI].
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ....batch.echoes import LEGACY_TYPES
from .node import closest

_MISSION = re.compile(r"sentinel\d|landsat")
_OWN = re.compile(r"(byoc|batch|zarr)-(.*)", re.DOTALL)
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

REFLECTIVE = frozenset({"REFLECTANCE", "DN"})


@dataclass(frozen=True)
class Dataset:
    """One public collection.

    Attributes:
        bands: names of its bands; empty when not tabled here.
        closed: the list of bands is certainly complete.
        clouds: it can be filtered and ordered by cloud coverage.
        home: the AWS deployment that hosts it, or None for neither.
    """

    type: str
    bands: frozenset[str]
    closed: bool
    clouds: bool
    home: str | None

    def units_of(self, band: str) -> frozenset[str] | None:
        """Units that a band can be had in; None when not known here."""
        if self.type.startswith("sentinel-2") and re.fullmatch(r"B\d[\dA]", band):
            return REFLECTIVE
        return None


def _bands(*texts: str) -> frozenset[str]:
    return frozenset(name for text in texts for name in text.split())


_EU, _US = "aws-eu-central-1", "aws-us-west-2"
_ANGLES = "sunAzimuthAngles sunZenithAngles viewAzimuthMean viewZenithMean"
_S2 = "B01 B02 B03 B04 B05 B06 B07 B08 B8A B09 B11 B12 CLP CLM dataMask " + _ANGLES
_LANDSAT = "B01 B02 B03 B04 B05 B07 BQA QA_RADSAT dataMask"
_VIEW = "VAA VZA SAA SZA"
_SURFACE = "ST_QA ST_TRAD ST_URAD ST_DRAD ST_ATRAN ST_EMIS ST_EMSD ST_CDIST"
_OLD_SURFACE = _SURFACE + " SR_ATMOS_OPACITY SR_CLOUD_QA B06"

_ROWS = (
    Dataset("sentinel-2-l1c", _bands(_S2, "B10"), True, True, _EU),
    Dataset("sentinel-2-l2a", _bands(_S2, "AOT SCL SNW CLD"), True, True, _EU),
    Dataset(
        "sentinel-1-grd",
        _bands("VV VH HH HV localIncidenceAngle scatteringArea shadowMask dataMask"),
        True,
        False,
        _EU,
    ),
    Dataset("dem", _bands("DEM dataMask"), True, False, _EU),
    Dataset("landsat-ot-l1", _bands(_LANDSAT, _VIEW, "B06 B08 B09 B10 B11"), False, True, _US),
    Dataset("landsat-ot-l2", _bands(_LANDSAT, _SURFACE, "B06 B10 SR_QA_AEROSOL"), False, True, _US),
    Dataset("landsat-etm-l1", _bands(_LANDSAT, _VIEW, "B06_VCID_1 B06_VCID_2 B08"), False, True, _US),
    Dataset("landsat-etm-l2", _bands(_LANDSAT, _OLD_SURFACE), False, True, _US),
    Dataset("landsat-tm-l1", _bands(_LANDSAT, _VIEW, "B06"), False, True, _US),
    Dataset("landsat-tm-l2", _bands(_LANDSAT, _OLD_SURFACE), False, True, _US),
    Dataset("landsat-mss-l1", _bands("B01 B02 B03 B04 BQA QA_RADSAT dataMask"), False, True, _US),
    Dataset("landsat-8-l1c", frozenset(), False, True, _US),
    Dataset("hls", frozenset(), False, True, _US),
    Dataset("modis", _bands("B01 B02 B03 B04 B05 B06 B07 dataMask"), False, False, _US),
    Dataset("sentinel-3-olci", frozenset(), False, False, None),
    Dataset("sentinel-3-olci-l2", frozenset(), False, True, None),
    Dataset("sentinel-3-slstr", frozenset(), False, True, None),
    Dataset("sentinel-5p-l2", frozenset(), False, False, None),
)

DATASETS: Mapping[str, Dataset] = MappingProxyType({dataset.type: dataset for dataset in _ROWS})


def dataset_of(type: str | None) -> Dataset | None:
    """The collection of this type, also by its older name."""
    return DATASETS.get(LEGACY_TYPES.get(type, type)) if type else None


def likely_type(text: str) -> str | None:
    """The collection that was probably meant, of the same mission; None where none is close.

    Also by the names that sentinelhub-py has for them, such as ``SENTINEL1_IW``.
    """
    word = _folded(text)
    if word.startswith(("sentinel1", "s1")):
        return "sentinel-1-grd"
    if word.startswith("dem"):
        return "dem"
    word = re.sub(r"^s(?=\d)", "sentinel", word)
    mission = _MISSION.match(word)
    named = {_folded(name): name for name in DATASETS}
    same = [one for one in named if mission is None or one.startswith(mission.group())]
    close = closest(word, same)
    return named[close] if close else None


def _folded(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def own_collection(type: str) -> tuple[str, str] | None:
    """Prefix and id of a collection of the user's own, such as ``batch-<id>``."""
    found = _OWN.fullmatch(type)
    return (found.group(1), found.group(2)) if found else None


_RESAMPLING = ("NEAREST", "BILINEAR", "BICUBIC")
_DEMS = ("MAPZEN", "COPERNICUS", "COPERNICUS_30", "COPERNICUS_90")

# Values that the API lists, by path inside an element of `data`. [batch OpenAPI: …Filtering, …Processing]
CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dataFilter.mosaickingOrder": ("mostRecent", "leastRecent", "leastCC"),
        "dataFilter.previewMode": ("DETAIL", "TILE_PREVIEW", "PREVIEW", "EXTENDED_PREVIEW"),
        "dataFilter.tiers": ("TIER_1", "TIER_1_AND_RT", "ALL_TIERS"),
        "dataFilter.demInstance": _DEMS,
        "dataFilter.resolution": ("HIGH", "MEDIUM", "FULL"),
        "dataFilter.acquisitionMode": ("SM", "IW", "EW", "WV", "EN", "AN", "IM"),
        "dataFilter.polarization": ("SH", "SV", "DH", "DV", "HH", "HV", "VV", "VH"),
        "dataFilter.orbitDirection": ("ASCENDING", "DESCENDING"),
        "dataFilter.constellation": ("SENTINEL", "LANDSAT"),
        "processing.upsampling": _RESAMPLING,
        "processing.downsampling": _RESAMPLING,
        "processing.backCoeff": ("BETA0", "SIGMA0_ELLIPSOID", "GAMMA0_ELLIPSOID", "GAMMA0_TERRAIN"),
        "processing.demInstance": _DEMS,
        "processing.view": ("NADIR", "OBLIQUE"),
    }
)

# Bands that a Sentinel-1 product of each polarization has. [data docs: Sentinel-1 GRD]
POLARIZED: Mapping[str, frozenset[str]] = MappingProxyType(
    {"DV": _bands("VV VH"), "SV": _bands("VV"), "DH": _bands("HH HV"), "SH": _bands("HH")}
)
