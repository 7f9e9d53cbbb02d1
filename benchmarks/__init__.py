"""Figures, each beside its floor: what the same machine takes for the least that could be done."""
