"""What the Makefile does that takes more than a line: Python and Debian packages, pins, a PostgreSQL of our own."""
