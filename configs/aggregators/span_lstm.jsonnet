// MRPC with an LSTM over the spans in both directions.
// Paper: none.
// Expected: not measured; with the hierarchical CNN F1 85.2 ± 0.8 (docs/results/first_runs.md).
local hidden = 128;

local base = import 'base.libsonnet';

base({ type: 'span_lstm', hidden: hidden })
