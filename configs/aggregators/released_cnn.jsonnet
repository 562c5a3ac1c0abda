// MRPC with the hierarchical CNN of the released code, whose maxima include the padding.
// Paper: Bao, Zhang and Zhao, Findings of EMNLP 2021; the form of their released code.
// Expected: not measured; with the hierarchical CNN F1 85.2 ± 0.8 (docs/results/first_runs.md).
local row = 16;
local slots = 64;

local base = import 'base.libsonnet';

base({ type: 'released_cnn', row: row, slots: slots, dropout: 0.1 })
