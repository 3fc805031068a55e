"""That this folder has one lets tests in folders below import what stands here."""
