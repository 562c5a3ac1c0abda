// Plain fine-tuning on MRPC: the baseline that the other configs of this folder are compared with.
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848); their
// baseline.
// Expected: see docs/results/findings.md for measured scores.
local base = import 'base.libsonnet';

base({ type: 'none' })
