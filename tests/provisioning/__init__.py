"""The provisioner: its desk and its state machine, each alone."""
