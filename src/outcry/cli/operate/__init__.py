"""What runs beside a venue, and what its operator does."""
