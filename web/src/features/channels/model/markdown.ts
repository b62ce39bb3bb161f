/* Enough Markdown for set-up guides: headings, lists, paragraphs, code, bold, words of menus, links. Gives data, never HTML. */
export type Inline =
  | { type: 'text'; text: string }
  | { type: 'bold'; children: Inline[] }
  | { type: 'word'; text: string }
  | { type: 'code'; text: string }
  | { type: 'link'; href: string; children: Inline[] };
export type Block =
  | { type: 'heading'; level: number; children: Inline[]; step: number | null }
  | { type: 'paragraph'; children: Inline[] }
  | { type: 'code'; text: string }
  | { type: 'bullets'; items: Inline[][] }
  | { type: 'step'; step: number; children: Inline[]; blocks: Block[] };

const safeHref = (href: string) => (/^(https?:\/\/|mailto:)/i.test(href) ? href : null);

export function parseInline(text: string): Inline[] {
  const out: Inline[] = [];
  const pattern =
    /`([^`]+)`|\*\*([^*]+(?:\*(?!\*)[^*]*)*)\*\*|\[([^\]]+)\]\(([^)\s]+)\)|\*([^*\s](?:[^*]*[^*\s])?)\*/g;
  let at = 0;
  for (const m of text.matchAll(pattern)) {
    if (m.index > at) out.push({ type: 'text', text: text.slice(at, m.index) });
    if (m[1] !== undefined) out.push({ type: 'code', text: m[1] });
    else if (m[2] !== undefined) out.push({ type: 'bold', children: parseInline(m[2]) });
    else if (m[3] !== undefined && m[4] !== undefined) {
      const href = safeHref(m[4]);
      if (href) out.push({ type: 'link', href, children: parseInline(m[3]) });
      else out.push({ type: 'text', text: m[3] });
    } else if (m[5] !== undefined) out.push({ type: 'word', text: m[5] });
    at = m.index + m[0].length;
  }
  if (at < text.length) out.push({ type: 'text', text: text.slice(at) });
  return out;
}

/** Steps count on through the whole guide, even where a list starts anew after a heading. */
export function parseMarkdown(source: string): Block[] {
  return parseLines(source.replace(/\r\n?/g, '\n').split('\n'), { last: 0 });
}

function parseLines(lines: string[], counter: { last: number }): Block[] {
  const blocks: Block[] = [];
  let i = 0;
  const at = (n: number) => lines[n] ?? '';
  while (i < lines.length) {
    const line = at(i);
    const fence = line.match(/^\s*```/);
    const heading = line.match(/^(#{1,4})\s+(.*)$/);
    const ordered = line.match(/^(\d+)[.)]\s+(.*)$/);
    const bullet = line.match(/^[-*]\s+(.*)$/);
    if (line.trim() === '') {
      i++;
    } else if (fence) {
      const body: string[] = [];
      i++;
      while (i < lines.length && !/^\s*```/.test(at(i))) body.push(at(i++));
      i++;
      blocks.push({ type: 'code', text: body.join('\n') });
    } else if (heading) {
      const text = heading[2] ?? '';
      const numbered = text.match(/^(?:step\s+)?(\d+)[.:)]\s+(.*)$/i);
      const step = numbered ? Number(numbered[1]) : null;
      if (step) counter.last = Math.max(counter.last, step);
      blocks.push({
        type: 'heading',
        level: heading[1]?.length ?? 2,
        children: parseInline(numbered?.[2] ?? text),
        step,
      });
      i++;
    } else if (ordered) {
      const body: string[] = [];
      i++;
      while (
        i < lines.length &&
        (/^\s{2,}\S/.test(at(i)) || (at(i).trim() === '' && /^\s{2,}\S/.test(at(i + 1))))
      ) {
        body.push(at(i++).replace(/^\s{2,4}/, ''));
      }
      const written = Number(ordered[1]);
      const step = written > counter.last ? written : counter.last + 1;
      counter.last = step;
      // Lines right below the first belong to its sentence; what follows a gap or is a list stands alone.
      const lead = [ordered[2] ?? ''];
      while (body[0]?.trim() && !/^([-*]|\d+[.)]|```|#)/.test(body[0])) lead.push(body.shift() ?? '');
      blocks.push({
        type: 'step',
        step,
        children: parseInline(lead.join(' ')),
        blocks: parseLines(body, { last: 0 }),
      });
    } else if (bullet) {
      const items: Inline[][] = [];
      while (i < lines.length) {
        const item = at(i).match(/^[-*]\s+(.*)$/);
        if (!item) break;
        let text = item[1] ?? '';
        i++;
        while (i < lines.length && /^\s{2,}\S/.test(at(i))) text += ` ${at(i++).trim()}`;
        items.push(parseInline(text));
      }
      blocks.push({ type: 'bullets', items });
    } else {
      const text: string[] = [];
      while (i < lines.length && at(i).trim() !== '' && !/^(#{1,4}\s|\d+[.)]\s|[-*]\s|\s*```)/.test(at(i))) {
        text.push(at(i++).trim());
      }
      if (text.length === 0) text.push(at(i++).trim());
      blocks.push({ type: 'paragraph', children: parseInline(text.join(' ')) });
    }
  }
  return blocks;
}
