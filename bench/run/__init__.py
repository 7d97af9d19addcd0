"""Runs: plan, cells, isolated execution, store."""
