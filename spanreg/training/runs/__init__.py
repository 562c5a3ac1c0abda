"""The run folder: its layout, how it is written, resumed, and read back."""
