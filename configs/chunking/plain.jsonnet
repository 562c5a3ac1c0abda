// CoNLL-2000 chunking, plain fine-tuning, the baseline; metric: F1 of chunks.
// Paper: Tjong Kim Sang and Buchholz, Introduction to the CoNLL-2000 Shared Task: Chunking, 2000.
// Expected: F1 94.70 ± 0.03 on the test set, three seeds (docs/results/chunking.md).
local chunking = import 'base.libsonnet';

chunking({ type: 'none' })
