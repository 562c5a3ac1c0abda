// MRPC with span vectors from the first and the last token.
// Paper: none; AllenNLP's endpoint span extractor.
// Expected: not measured; with the hierarchical CNN F1 85.2 ± 0.8 (docs/results/first_runs.md).
local channels = 256;

local base = import 'base.libsonnet';

base({ type: 'endpoint', channels: channels })
