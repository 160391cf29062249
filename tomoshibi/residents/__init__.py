"""The register of residents: dated snapshots, households, search."""
