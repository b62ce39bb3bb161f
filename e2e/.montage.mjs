import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
const [out, w, ...files] = process.argv.slice(2);
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const p = await b.newPage({ viewport: { width: 1560, height: 600 } });
await p.setContent(`<body style="margin:8px;background:#888;display:flex;flex-wrap:wrap;gap:8px">` + files.map((f) => `<figure style="margin:0;font:12px sans-serif"><img width=${w} src="data:image/png;base64,${readFileSync(f, 'base64')}"><br>${f.split('/').slice(-2).join('/')}</figure>`).join(''));
await p.screenshot({ path: out, fullPage: true });
await b.close();
