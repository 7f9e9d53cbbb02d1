"""The seeder: renders a template's seed with a launch's answers and makes it a repository's first commit."""
