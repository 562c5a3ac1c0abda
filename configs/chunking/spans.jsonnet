// CoNLL-2000 chunking with the span-enhanced representation at token level; metric: F1 of chunks.
// Paper: Tjong Kim Sang and Buchholz, 2000; the method: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848).
// Expected: F1 94.65 ± 0.08 on the test set, three seeds; plain 94.70 ± 0.03 (docs/results/chunking.md).
local chunking = import 'base.libsonnet';

chunking({ type: 'hierarchical_cnn', kernel_size: 3 })
