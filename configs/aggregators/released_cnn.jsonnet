// MRPC with the hierarchical CNN of the released code, whose maxima include the padding.
// Paper: Bao, Zhang and Zhao, Findings of EMNLP 2021; the form of their released code.
// Expected: see docs/results/findings.md for measured scores.
local row = 16;
local slots = 64;

local base = import 'base.libsonnet';

base({ type: 'released_cnn', row: row, slots: slots, dropout: 0.1 })
