"""Stores and reads time series: merging, selecting and aggregating frames."""
