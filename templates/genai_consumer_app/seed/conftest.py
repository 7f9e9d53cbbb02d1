"""Lets tests import the project's modules by their names, wherever pytest is started."""
