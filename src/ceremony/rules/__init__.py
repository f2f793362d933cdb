"""Decisions. Pure: no clock, no environment, no files, no network."""
