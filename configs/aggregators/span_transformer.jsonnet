// MRPC with one transformer layer over the spans.
// Paper: none.
// Expected: not measured; with the hierarchical CNN F1 85.2 ± 0.8 (docs/results/first_runs.md).
local channels = 256;
local heads = 4;

local base = import 'base.libsonnet';

base({ type: 'span_transformer', channels: channels, heads: heads })
