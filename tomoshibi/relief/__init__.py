"""Victims, dwellings, damage surveys and disaster certificates."""
