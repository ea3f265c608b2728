// minify.js: ../src (what people read) -> ../t.js (what pages load), ../t.js.br (the same, packed) and ../t.json (which sources it was made from).
// npm ci && npm run build, in this folder. The same sources and the pinned tools give the same bytes.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';

const beside = (name) => fileURLToPath(new URL('../' + name, import.meta.url));
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

const names = readdirSync(beside('src')).sort();
const sources = names.map((name) => readFileSync(beside('src/' + name), 'utf8'));
// One flat scope inside a try: whatever fails at the start fails without a word in the page's console.
const bundle = await build({
  entryPoints: [beside('src/main.js')], bundle: true, format: 'iife', target: 'es2017', charset: 'utf8', write: false,
  banner: { js: 'try{' }, footer: { js: '}catch(e){}' }
});
// What a content row holds for itself gets short names too: a closed list, and none of it is a name of the page or of the wire.
const own = /^(about|seen|ratio|over|placed|changed|toldMs|acts)$/;
// One word for every declaration: shorter. No function here outlives a turn of a loop it was made in.
const flat = bundle.outputFiles[0].text.replace(/\b(const|let) /g, 'var ');
const { code } = await minify(flat, { ecma: 2017, compress: { passes: 3, booleans_as_integers: true, pure_getters: true }, mangle: { properties: { regex: own, builtins: true } }, format: { comments: false } });
const built = code + '\n';
writeFileSync(beside('t.js'), built);
const packed = brotliCompressSync(built, { params: {
  [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
  [constants.BROTLI_PARAM_SIZE_HINT]: built.length
} });
writeFileSync(beside('t.js.br'), packed);
const hashes = { source_sha256: sha256(sources.join('')), built_sha256: sha256(built), brotli_sha256: sha256(packed) };
writeFileSync(beside('t.json'), JSON.stringify(hashes, null, 2) + '\n');
console.log(`t.js: ${built.length} bytes, ${packed.length} packed by brotli`);
