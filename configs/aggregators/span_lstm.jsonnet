// MRPC with an LSTM over the spans in both directions.
// Paper: none.
// Expected: docs/results.md holds what has been measured.
local hidden = 128;

local base = import 'base.libsonnet';

base({ type: 'span_lstm', hidden: hidden })
