"""What is given away under a version: built twice, listed, checked and signed. `make release`."""
