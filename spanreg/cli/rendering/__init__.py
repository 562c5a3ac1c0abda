"""Show results: tables, progress, reports and component cards."""
