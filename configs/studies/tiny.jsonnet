// A first study and a test: the demo's task with a small random encoder, without downloads.
// Question: none that a random encoder could answer; this shows what a study is.
// Paper: none.
// Answer: four arms with three seeds in half a minute, all near chance (0.5), none significant.
local controls = import 'controls.libsonnet';

{
  base: import '../tiny.jsonnet',
  base_name: 'spans',
  seeds: [1, 2, 3],
  arms: {
    plain: controls.plain,
    flat: controls.flat,
    random: controls.random,
  },
  baseline: 'plain',
  about: 'A small random encoder on idioms: what a study looks like.',
}
