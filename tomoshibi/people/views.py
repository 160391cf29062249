"""Pages of people."""

from tomoshibi.people.answering import answer

__all__ = ["answer"]
