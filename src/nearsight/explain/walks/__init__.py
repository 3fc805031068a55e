"""Single walks: enumerated, drawn, or the strongest alone."""
