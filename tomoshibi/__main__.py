"""``python -m tomoshibi`` is the ``tomoshibi`` command."""

from tomoshibi.cli import main

if __name__ == "__main__":
    main()
