"""``python -m nearsight`` is ``nearsight``."""

from nearsight.cli import main

if __name__ == "__main__":
    main()
