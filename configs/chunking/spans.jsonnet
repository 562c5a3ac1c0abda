// CoNLL-2000 chunking with the span-enhanced representation at token level; metric: F1 of chunks.
// Paper: Tjong Kim Sang and Buchholz, 2000; the method: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848).
// Expected: see docs/results/findings.md for measured scores.
local chunking = import 'base.libsonnet';

chunking({ type: 'hierarchical_cnn', kernel_size: 3 })
