"""Ablation studies as files: their definition, execution, analysis and report."""
