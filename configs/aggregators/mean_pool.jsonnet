// MRPC with the mean of each span, averaged over the spans; it has no weights.
// Paper: none; the simplest use of spans.
// Expected: see docs/results/findings.md for measured scores.
local base = import 'base.libsonnet';

base({ type: 'mean_pool' })
