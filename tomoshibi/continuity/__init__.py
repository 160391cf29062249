"""The town's systems and infrastructure: their state, recovery and reports."""
