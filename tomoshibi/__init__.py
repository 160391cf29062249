"""Tomoshibi 灯: a town's program for the worst day: shaking, continuity, evacuation, victims."""

__version__ = "0.1.0"
