// MRPC with an LSTM over the spans in both directions.
// Paper: none.
// Expected: see docs/results/findings.md for measured scores.
local hidden = 128;

local base = import 'base.libsonnet';

base({ type: 'span_lstm', hidden: hidden })
