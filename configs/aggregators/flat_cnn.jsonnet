// MRPC with the control for capacity: the weights of the hierarchical CNN, without any spans.
// Paper: none; what hierarchical_cnn.jsonnet gains over this one is the spans' work.
// Expected: docs/results.md holds what has been measured.
local kernel_size = 3;
local channels = 256;

local base = import 'base.libsonnet';

base({ type: 'flat_cnn', kernel_size: kernel_size, channels: channels })
