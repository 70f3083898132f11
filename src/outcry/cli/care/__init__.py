"""Looking after a venue: `outcry audit`, `rebuild`, `export`, `backup`, `restore`."""
