"""The demo venue: what it trades, and how that comes to be."""
