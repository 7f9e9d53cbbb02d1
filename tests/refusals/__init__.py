"""Mistakes that AWS refuses: each is refused here too, and passes once it is put right."""
