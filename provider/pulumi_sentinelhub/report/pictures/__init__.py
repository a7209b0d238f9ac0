"""Quicklooks of results: decimated reads of GeoTIFFs, COGs and Zarr arrays, on one canvas a request."""
