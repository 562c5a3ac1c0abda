// CoNLL-2000 chunking, plain fine-tuning: the arm that spans are compared with; figures: F1 of chunks.
// Paper: Tjong Kim Sang and Buchholz, Introduction to the CoNLL-2000 Shared Task: Chunking, 2000.
// Expected: docs/results.md holds what has been measured.
local chunking = import 'base.libsonnet';

chunking({ type: 'none' })
