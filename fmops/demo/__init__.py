"""The main job, end to end: from nothing to a prediction in production, and a page that shows it."""
