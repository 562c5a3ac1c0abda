"""Stub."""

TROUBLESHOOTING_PAGE = "how-to/troubleshooting.md"


def troubleshooting_page() -> str:
    """Stub."""
    return "# Troubleshooting\n"
