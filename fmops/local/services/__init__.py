"""Behaviour, one module or package per AWS service; the server imports all that it finds here."""
