import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import { useT } from '@/shared/i18n';
import { type Block, type Inline, parseMarkdown } from '../model/markdown';

function inline(list: Inline[]): ReactNode[] {
  return list.map((part, i) => {
    const key = `${i}`;
    switch (part.type) {
      case 'text':
        return part.text;
      case 'bold':
        return <b key={key}>{inline(part.children)}</b>;
      case 'word':
        return <em key={key}>{part.text}</em>;
      case 'code':
        return (
          <code key={key} dir="ltr">
            {part.text}
          </code>
        );
      case 'link':
        return (
          <a key={key} className="lnk" href={part.href} target="_blank" rel="noopener noreferrer">
            {inline(part.children)}
          </a>
        );
    }
    return null;
  });
}

function render(blocks: Block[], current: number | null): ReactNode[] {
  return blocks.map((block, i) => {
    const key = `${i}`;
    switch (block.type) {
      case 'heading':
        return block.step ? (
          <Step key={key} step={block.step} on={block.step === current}>
            <h3 dir="auto">{inline(block.children)}</h3>
          </Step>
        ) : (
          <h3 key={key} className="ps-h" dir="auto">
            {inline(block.children)}
          </h3>
        );
      case 'paragraph':
        return (
          <p key={key} dir="auto">
            {inline(block.children)}
          </p>
        );
      case 'code':
        return (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
          <pre key={key} dir="ltr" tabIndex={0}>
            {block.text}
          </pre>
        );
      case 'bullets':
        return (
          <ul key={key}>
            {block.items.map((item, n) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the text of a guide never moves
              <li key={n} dir="auto">
                {inline(item)}
              </li>
            ))}
          </ul>
        );
      case 'step':
        return (
          <Step key={key} step={block.step} on={block.step === current}>
            <p dir="auto">{inline(block.children)}</p>
            {render(block.blocks, null)}
          </Step>
        );
    }
    return null;
  });
}

function Step({ step, on, children }: { step: number; on: boolean; children: ReactNode }) {
  const self = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (on) self.current?.scrollIntoView?.({ block: 'nearest' });
  }, [on]);
  return (
    <div ref={self} className={on ? 'ps on' : 'ps'} aria-current={on ? 'step' : undefined}>
      <span className="ps-n">{step}</span>
      <div>{children}</div>
    </div>
  );
}

/** Any other text of a channel type. */
export function Guide({ source }: { source: string }) {
  const blocks = useMemo(() => parseMarkdown(source), [source]);
  return <div className="guide">{render(blocks, null)}</div>;
}

/** What to do on the platform's side; the step of the field in hand stands out. */
export function SetupGuide({ source, step, name }: { source: string; step: number | null; name: string }) {
  const { t } = useT();
  const blocks = useMemo(() => parseMarkdown(source), [source]);
  return (
    <aside className="wz-p" aria-label={t('guide.label', { name })}>
      <h2>{t('guide.title', { name })}</h2>
      <div className="guide">{render(blocks, step)}</div>
    </aside>
  );
}
