// MRPC with the mean of the spans' means, which has no weights of its own.
// Paper: none; the plainest use of spans.
// Expected: docs/results.md holds what has been measured.
local base = import 'base.libsonnet';

base({ type: 'mean_pool' })
