// MRPC with attention within padded rows, then over the spans.
// Paper: Bao, Zhang and Zhao, Findings of EMNLP 2021; this is the form of the authors' released code.
// Expected: docs/results.md holds what has been measured.
local row = 16;
local slots = 64;

local base = import 'base.libsonnet';

base({ type: 'released_attention', row: row, slots: slots, dropout: 0.1 })
