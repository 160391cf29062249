"""What we measure, beside others, in one run: ``make bench``. Each module with a ``rows()`` is a part of the table."""
