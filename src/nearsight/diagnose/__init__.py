"""One command that tells whether a force field is sound: checks, findings, files, a page."""
