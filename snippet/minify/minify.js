// minify.js: ../tracker.js (what people read) -> ../t.js (what pages load) and ../t.json (which source it was made from).
// npm ci && npm run build, in this folder. The same source and the pinned terser give the same bytes.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { minify } from 'terser';

const beside = (name) => new URL('../' + name, import.meta.url);
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

const source = readFileSync(beside('tracker.js'), 'utf8');
const { code } = await minify(source, { ecma: 2017, compress: { passes: 3 }, mangle: true, format: { comments: false } });
const built = code + '\n';
writeFileSync(beside('t.js'), built);
writeFileSync(beside('t.json'), JSON.stringify({ source_sha256: sha256(source), built_sha256: sha256(built) }, null, 2) + '\n');
console.log(`t.js: ${built.length} bytes`);
