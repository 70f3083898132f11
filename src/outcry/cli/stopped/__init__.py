"""Commands on the data folder of a venue that does not run: they append to its log themselves."""
