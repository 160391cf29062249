"""Evacuation information, its approval, its channels, the public page."""
