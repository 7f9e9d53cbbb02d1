"""The command, and its rooms: the embedded AWS, the verifier and the catalog."""
