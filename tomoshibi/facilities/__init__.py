"""Care facilities: answers to notices, head-counts, hand-over to families."""
