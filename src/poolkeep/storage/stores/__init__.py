"""One file for each core package: the SQL behind its ports."""
