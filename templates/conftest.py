"""Seeds are repositories of their own, with modules of the same names: tests/catalog runs each in its own process."""

collect_ignore_glob = ["*/seed"]
