"""Past states of a data folder: which one is meant, rebuilding it, describing it, comparing two."""
