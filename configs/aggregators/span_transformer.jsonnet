// MRPC with one transformer layer over the spans.
// Paper: none.
// Expected: see docs/results/findings.md for measured scores.
local channels = 256;
local heads = 4;

local base = import 'base.libsonnet';

base({ type: 'span_transformer', channels: channels, heads: heads })
