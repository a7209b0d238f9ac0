"""The collections that the sandbox can synthesise: bands, units and how often they are acquired.

Sentinel-2 is modelled band by band in `surface`; every other collection has generic smooth bands in a
plausible range. `batch-…` and `byoc-…` collections hold user data, which `own_data` reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..dataset_names import current_name
from .types import EvalscriptFailure, ProcessingFailure

OWN = "own data"  # the member of a data source that holds the user's own data
REFLECTANCE, DN = "REFLECTANCE", "DN"
DATA_MASK = "dataMask"
DN_PER_REFLECTANCE = 10_000  # [Sentinel-2 docs: units] DN = 10000 * REFLECTANCE

OPTICAL = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
ANGLES = ("sunAzimuthAngles", "sunZenithAngles", "viewAzimuthMean", "viewZenithMean")


@dataclass(frozen=True)
class Band:
    """Units offered (the first is the default), and the range of values in that default unit."""

    units: tuple[str, ...]
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True)
class Dataset:
    """`revisit` is in days (0: one timeless scene); `cloudy` collections know cloud cover."""

    type: str
    bands: dict[str, Band]
    revisit: int
    cloudy: bool
    sentinel2: bool = False

    def band(self, name: str) -> Band:
        """Raises EvalscriptFailure when the collection has no such band."""
        if name == DATA_MASK:
            return Band((DN,))
        try:
            return self.bands[name]
        except KeyError:
            raise EvalscriptFailure(f"Dataset {self.type} does not contain band {name}.") from None


def _many(names: str, band: Band) -> dict[str, Band]:
    """`B01-B12` and single names, separated by spaces, all alike."""
    found: dict[str, Band] = {}
    for name in names.split():
        span = re.fullmatch(r"([A-Za-z]+)(\d+)-[A-Za-z]+(\d+)", name)
        if span is None:
            found[name] = band
            continue
        for number in range(int(span[2]), int(span[3]) + 1):
            found[f"{span[1]}{number:0{len(span[2])}d}"] = band
    return found


_REFLECTED = Band((REFLECTANCE, DN))
_ANGLE = _many(" ".join(ANGLES), Band(("DEGREES",)))
_PERCENT = Band(("PERCENT",), 0, 100)
_MASKS = {"CLM": Band((DN,)), "CLP": Band((DN,), 0, 255)}
_S2_L1C = {**_many(" ".join(OPTICAL), _REFLECTED), **_ANGLE, **_MASKS}
_S2_L2A = {
    **{name: band for name, band in _S2_L1C.items() if name != "B10"},
    "AOT": Band(("OPTICAL_DEPTH", DN)),
    "SCL": Band((DN,)),
    "SNW": _PERCENT,
    "CLD": _PERCENT,
}
_OPTICAL = Band((REFLECTANCE, DN), 0.02, 0.45)
_KELVIN = Band(("BRIGHTNESS_TEMPERATURE", "KELVIN"), 270.0, 310.0)
_FLAGS = Band((DN,), 0, 1)
_LANDSAT_1 = {
    **_many("B01-B09", _OPTICAL),
    **_many("B10 B11", _KELVIN),
    **_many("BQA QA_RADSAT VAA VZA SAA SZA", _FLAGS),
}
_LANDSAT_2 = {
    **_many("B01-B07", _OPTICAL),
    **_many("B10 ST_TRAD ST_URAD ST_DRAD", _KELVIN),
    **_many("BQA QA_RADSAT SR_QA_AEROSOL ST_QA ST_ATRAN ST_EMIS", _FLAGS),
}
_POWER = Band(("LINEAR_POWER", "DB", DN), 0.005, 0.4)
_OLCI_2 = _many(
    "CHL_OC4ME TSM_NN PAR KD490_M07 A865 T865 CHL_NN ADG443_NN IWV_W IWV_L GIFAPAR OTCI RC681 RC865", _OPTICAL
)
_HLS = (
    "CoastalAerosol Blue Green Red RedEdge1 RedEdge2 RedEdge3 "
    "NIR_Broad NIR_Narrow WaterVapor Cirrus SWIR1 SWIR2"
)

DATASETS: dict[str, Dataset] = {
    dataset.type: dataset
    for dataset in (
        Dataset("sentinel-2-l1c", _S2_L1C, 5, True, sentinel2=True),
        Dataset("sentinel-2-l2a", _S2_L2A, 5, True, sentinel2=True),
        Dataset("landsat-8-l1c", _LANDSAT_1, 8, True),
        Dataset("landsat-ot-l1", _LANDSAT_1, 8, True),
        Dataset("landsat-ot-l2", _LANDSAT_2, 8, True),
        *(
            Dataset(
                f"landsat-{sensor}-{level}", {**_LANDSAT_1, **_LANDSAT_2, "B06_VCID_1": _KELVIN}, 16, True
            )
            for sensor in ("etm", "tm", "mss")
            for level in ("l1", "l2")
        ),
        Dataset("modis", _many("B01-B07", _OPTICAL), 1, False),
        Dataset("dem", {"DEM": Band(("METERS", DN), -100.0, 2600.0)}, 0, False),
        Dataset(
            "sentinel-1-grd",
            {
                **_many("VV VH HH HV", _POWER),
                "localIncidenceAngle": Band((DN, "DEGREES"), 20.0, 60.0),
                "scatteringArea": Band((DN,), 0.5, 1.5),
                "shadowMask": _FLAGS,
            },
            6,
            False,
        ),
        Dataset("sentinel-3-olci", {**_many("B01-B21", _OPTICAL), "QUALITY_FLAGS": _FLAGS}, 2, False),
        Dataset("sentinel-3-olci-l2", _OLCI_2, 2, True),
        Dataset("sentinel-3-slstr", {**_many("S1-S6", _OPTICAL), **_many("S7-S9 F1 F2", _KELVIN)}, 2, True),
        Dataset(
            "sentinel-5p-l2",
            {
                **_many("NO2 SO2 HCHO CO O3 CH4", Band(("MOL_M2", DN), 0.0, 0.0003)),
                **_many("AER_AI_340_380 AER_AI_354_388", Band(("INDEX",), -2.0, 2.0)),
                **_many("CLOUD_BASE_HEIGHT CLOUD_TOP_HEIGHT", Band(("METERS",), 0.0, 9000.0)),
                **_many("CLOUD_BASE_PRESSURE CLOUD_TOP_PRESSURE", Band(("PASCALS",), 3e4, 1e5)),
                **_many("CLOUD_FRACTION CLOUD_OPTICAL_THICKNESS", _FLAGS),
            },
            1,
            False,
        ),
        Dataset(
            "hls", {**_many(_HLS, _OPTICAL), **_many("ThermalInfrared1 ThermalInfrared2", _KELVIN)}, 3, True
        ),
    )
}


def dataset_of(source: Mapping[str, Any]) -> Dataset:
    """The collection of a data source; raises ProcessingFailure when the sandbox has no such data."""
    type_ = str(source["type"])
    if OWN in source:
        return Dataset(type_, {name: Band((DN,)) for name in source[OWN].bands}, 0, False)
    dataset = DATASETS.get(current_name(type_))
    if dataset is not None:
        return dataset
    if type_.startswith(("batch-", "byoc-", "zarr-")):
        raise ProcessingFailure(
            f"The sandbox has no data for collection {type_}: it knows public, batch and BYOC ones."
        )
    raise ProcessingFailure(f"Unknown collection type: {type_}")
