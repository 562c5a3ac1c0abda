"""Reports of a study: facts, tables for papers and spreadsheets, and a page."""
