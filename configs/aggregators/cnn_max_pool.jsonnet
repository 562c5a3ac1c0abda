// MRPC with a convolution within padded rows and a maximum over the spans.
// Paper: Bao, Zhang and Zhao, Findings of EMNLP 2021; the form of their released code.
// Expected: not measured; with the hierarchical CNN F1 85.2 ± 0.8 (docs/results/first_runs.md).
local row = 16;
local slots = 64;

local base = import 'base.libsonnet';

base({ type: 'cnn_max_pool', row: row, slots: slots, dropout: 0.1 })
