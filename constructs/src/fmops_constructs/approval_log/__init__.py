"""Who decided what about a model or a promotion, when and why: written by the platform, never changed."""
