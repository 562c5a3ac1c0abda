// MRPC with each span read off its first and its last token.
// Paper: none; the end point extractors of AllenNLP.
// Expected: docs/results.md holds what has been measured.
local channels = 256;

local base = import 'base.libsonnet';

base({ type: 'endpoint', channels: channels })
