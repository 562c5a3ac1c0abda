"""Ablation studies as files: what varies, how it is run, what the differences are worth."""
