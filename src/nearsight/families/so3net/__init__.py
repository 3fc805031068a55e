"""SO3net."""
