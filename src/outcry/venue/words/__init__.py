"""The language of the in-process face: which fields there are, how to read and to say them."""
