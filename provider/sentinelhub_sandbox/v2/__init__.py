"""Batch processing v2: tasks over tiling grids or GeoPackages, with the access that each request names."""
