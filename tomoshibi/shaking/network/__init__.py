"""A live network of strong-motion stations: sources, running numbers, rules, state, drum plots, simulation."""

from __future__ import annotations

from tomoshibi.shaking.network.engine import Network, Packet, class_of, flaw_table
from tomoshibi.shaking.network.rules import Detection, Rule, Watch
from tomoshibi.shaking.network.running import Runner, resume
from tomoshibi.shaking.network.sources import Folder, Names, Replay, SeedLink
from tomoshibi.shaking.network.stations import Station, read_stations, write_stations

__all__ = [
    "Detection",
    "Folder",
    "Names",
    "Network",
    "Packet",
    "Replay",
    "Rule",
    "Runner",
    "SeedLink",
    "Station",
    "Watch",
    "class_of",
    "flaw_table",
    "read_stations",
    "resume",
    "write_stations",
]
