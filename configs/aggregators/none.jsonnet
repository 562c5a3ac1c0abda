// Plain fine-tuning on MRPC: the baseline that the other configs of this folder are compared with.
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848); their
// baseline.
// Expected: F1 84.9 ± 0.7, accuracy 77.5 ± 0.8 on the dev set, three seeds (docs/results/first_runs.md).
local base = import 'base.libsonnet';

base({ type: 'none' })
