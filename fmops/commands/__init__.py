"""The subcommands of `fmops`, one module each."""
