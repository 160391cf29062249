"""The one clock of the country."""

from __future__ import annotations

from datetime import timedelta, timezone

JAPAN = timezone(timedelta(hours=9), "JST")
"""Japan Standard Time: what people read and type; facts are kept in UTC. A fixed offset, because catalogues of
earthquakes keep to it also in the summers of 1948 to 1951, when the country's clocks went ahead."""
