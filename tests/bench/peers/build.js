// build.js: each peer as a shop would ship it: its npm packages and its set-up in one file, made small by esbuild. npm ci && node build.js
import { build } from 'esbuild';

await build({ entryPoints: ['snowplow.js', 'posthog.js'], outdir: 'built', bundle: true, minify: true, format: 'iife', target: 'es2017', legalComments: 'none' });
