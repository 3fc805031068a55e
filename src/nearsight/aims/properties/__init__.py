"""How properties are put together from atoms."""
