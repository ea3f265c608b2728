// inspect.js: ../inspect/src (what people read) -> ../inspect/inspect.js (what the owner's browser loads) and ../inspect/inspect.json (what it was made from).
// It reads a page with the tag's own readers, so it is made anew when they change.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const beside = (name) => fileURLToPath(new URL('../' + name, import.meta.url));
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

const names = [...readdirSync(beside('inspect/src')).sort().map((name) => 'inspect/src/' + name), 'src/datalayer.js', 'src/markup.js'];
const bundle = await build({
  entryPoints: [beside('inspect/src/main.js')], bundle: true, format: 'iife', target: 'es2022', charset: 'utf8', minify: true, write: false,
  banner: { js: 'try{' }, footer: { js: '}catch(e){}' }
});
const built = bundle.outputFiles[0].text;
writeFileSync(beside('inspect/inspect.js'), built);
const sources = names.map((name) => readFileSync(beside(name), 'utf8')).join('');
writeFileSync(beside('inspect/inspect.json'), JSON.stringify({ source_sha256: sha256(sources), built_sha256: sha256(built) }, null, 2) + '\n');
console.log(`inspect.js: ${built.length} bytes`);
