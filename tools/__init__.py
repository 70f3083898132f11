"""Tools of the repository itself; nothing here ships."""
