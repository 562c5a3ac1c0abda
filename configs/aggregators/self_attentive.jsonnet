// MRPC with attention within each span, then over the spans.
// Paper: Lee et al., End-to-end Neural Coreference Resolution, 2017, for the attention within a span.
// Expected: see docs/results/findings.md for measured scores.
local base = import 'base.libsonnet';

base({ type: 'self_attentive' })
