// MRPC with span vectors from the first and the last token.
// Paper: none; AllenNLP's endpoint span extractor.
// Expected: see docs/results/findings.md for measured scores.
local channels = 256;

local base = import 'base.libsonnet';

base({ type: 'endpoint', channels: channels })
