"""Shelters, who is in them, and where they went."""
