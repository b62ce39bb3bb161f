import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChannelType, SendBody } from '@/api/types';
import { boxOf, clearTrays } from '@/features/files';
import { acceptOf, planOf, safeName } from '@/features/files/model/kinds';
import { outgoing } from '@/features/files/model/plan';
import { within as inside, whole, zoomAt } from '@/features/files/model/zoom';
import { chatType, conversation, me, media, message } from './data';
import { renderApp } from './render';
import { problem, rest, server } from './server';
import { FakeEventSource } from './setup';

const fileType: ChannelType = {
  ...chatType,
  capabilities: {
    ...chatType.capabilities,
    kinds: {
      text: 'supported',
      image: 'supported',
      video: 'supported',
      audio: 'supported',
      document: 'supported',
      sticker: 'supported',
    },
  },
  limits: {
    ...chatType.limits,
    text: 4096,
    caption: 1024,
    media: {
      image: { max_bytes: 5_000_000, types: ['image/jpeg', 'image/png'] },
      video: { max_bytes: 16_000_000, types: ['video/mp4'] },
      audio: { max_bytes: 16_000_000, types: ['audio/ogg', 'audio/mp4'] },
      document: { max_bytes: 100_000_000, types: ['application/pdf', 'video/mp4'] },
      sticker: { max_bytes: 500_000, types: ['image/webp'] },
    },
  },
};
const file = (name: string, type: string, size = 10) => new File(['x'.repeat(size)], name, { type });
const outside = (name: string, type: string, size = 10) => ({ name, type, size });

describe('what a file is sent as', () => {
  it('takes the natural kind where it fits', () => {
    expect(planOf(outside('a.jpg', 'image/jpeg'), fileType)).toMatchObject({ kind: 'image', fault: null });
    expect(planOf(outside('a.m4a', 'audio/x-m4a'), fileType)).toMatchObject({ kind: 'audio', fault: null });
    expect(planOf(outside('a.pdf', 'application/pdf'), fileType).kind).toBe('document');
  });
  it('asks before a film that is too large becomes a document', () => {
    expect(planOf(outside('a.mp4', 'video/mp4', 18_200_000), fileType)).toEqual({
      kind: null,
      ways: ['document'],
      fault: { code: 'size', kind: 'video', size: 18_200_000, limit: 16_000_000 },
    });
  });
  it('makes no sticker of a picture by itself', () => {
    expect(planOf(outside('a.webp', 'image/webp'), fileType)).toMatchObject({
      kind: null,
      ways: ['sticker'],
    });
  });
  it('names what is taken where the type is not', () => {
    expect(planOf(outside('a.gif', 'image/gif'), fileType).fault).toEqual({
      code: 'type',
      kind: 'image',
      mime: 'image/gif',
      takes: ['image/jpeg', 'image/png'],
    });
    expect(planOf(outside('a.txt', 'text/plain', 0), fileType).fault).toEqual({ code: 'empty' });
    expect(planOf(outside('a.txt', 'text/plain'), chatType).fault).toEqual({ code: 'none' });
  });
  it('leaves a type that the browser does not know to the server', () => {
    expect(planOf(outside('a.bin', ''), fileType)).toMatchObject({ kind: 'document', fault: null });
  });
  it('offers the picker what the channel takes', () => {
    expect(acceptOf(fileType)?.split(',')).toEqual(
      expect.arrayContaining(['image/jpeg', 'application/pdf', 'image/webp']),
    );
    const open = { ...fileType, limits: { ...fileType.limits, media: {} } };
    expect(acceptOf(open)).toBeUndefined();
  });
  it('shows no name that hides its end', () => {
    expect(safeName('bill\u202Efdp.exe')).toBe('billfdp.exe');
    expect(safeName('a\u200B\u2066\u0000.pdf ')).toBe('a.pdf');
    expect(safeName('فاتورة ٢٠٢٦.pdf')).toBe('فاتورة ٢٠٢٦.pdf');
  });
});

describe('which messages are made', () => {
  const ready = (id: string, kind: 'image' | 'audio' | 'document', voice = false) => ({
    kind,
    voice,
    media: media({ id, kind }),
  });
  it('sends one each and puts the text with the first that can carry it', () => {
    const out = outgoing([ready('1', 'audio'), ready('2', 'image'), ready('3', 'image')], ' Here ', fileType);
    expect(out.map((o) => o.body)).toEqual([
      { kind: 'audio', media: [{ id: '1' }] },
      { kind: 'image', media: [{ id: '2' }], text: 'Here' },
      { kind: 'image', media: [{ id: '3' }] },
    ]);
  });
  it('sends the text before what cannot carry it or is too short for it', () => {
    expect(outgoing([ready('1', 'audio', true)], 'Hi', fileType).map((o) => o.body)).toEqual([
      { kind: 'text', text: 'Hi' },
      { kind: 'audio', media: [{ id: '1' }], payload: { voice: true } },
    ]);
    expect(outgoing([ready('1', 'image')], 'x'.repeat(1025), fileType)[0]?.body.kind).toBe('text');
  });
  it('fills albums where the channel has them', () => {
    const album = { ...fileType, capabilities: { ...fileType.capabilities, albums: 2 } };
    const list = [ready('1', 'image'), ready('2', 'image'), ready('3', 'image'), ready('4', 'document')];
    expect(outgoing(list, 'Three', album).map((o) => [o.body.text, o.media.map((m) => m.id)])).toEqual([
      ['Three', ['1', '2']],
      [undefined, ['3']],
      [undefined, ['4']],
    ]);
  });
});

describe('room and zoom', () => {
  it('keeps the shape within bounds', () => {
    expect(boxOf(1200, 900)).toEqual({ width: 300, height: 225 });
    expect(boxOf(900, 1800)).toEqual({ width: 170, height: 340 });
    expect(boxOf(null, null)).toEqual({ width: 300, height: 225 });
    expect(boxOf(10_000, 10).height).toBe(96);
  });
  it('keeps the point under the hand and the picture on the stage', () => {
    const near = zoomAt(whole, 2, 100, 0);
    expect(near).toEqual({ scale: 2, x: -100, y: 0 });
    expect(zoomAt(near, 0.4, 0, 0)).toEqual(whole);
    expect(
      inside({ scale: 2, x: 900, y: 0 }, { width: 400, height: 300 }, { width: 600, height: 600 }).x,
    ).toBe(100);
  });
});

const omar = { id: 'p2', name: 'Omar', display_name: 'Omar', kind: 'person' as const };
describe('in the inbox', () => {
  afterEach(clearTrays);
  beforeEach(() => {
    server.use(
      http.get(rest('/auth/me'), () =>
        HttpResponse.json({ ...me, permissions: [...me.permissions, 'media.view', 'media.edit'] }),
      ),
      http.get(rest('/channel_types'), () => HttpResponse.json([fileType])),
      http.delete(rest('/media/:id'), () => new HttpResponse(null, { status: 204 })),
    );
  });
  const input = () => screen.findByTestId('attach');
  const attach = async (...files: File[]) => fireEvent.change(await input(), { target: { files } });
  /** Takes uploads and sends; each upload is named by its place. */
  function takeAll() {
    const uploads: URL[] = [];
    const sent: SendBody[] = [];
    server.use(
      http.post(rest('/media'), ({ request }) => {
        uploads.push(new URL(request.url));
        const name = new URL(request.url).searchParams.get('file_name') ?? '';
        return HttpResponse.json(media({ id: `f${uploads.length}`, file_name: name }), { status: 201 });
      }),
      http.post(rest('/conversations/:id/messages'), async ({ request }) => {
        const body = (await request.json()) as SendBody;
        sent.push(body);
        return HttpResponse.json(
          message({
            id: `s${sent.length}`,
            kind: body.kind,
            text: body.text ?? '',
            direction: 'outbound',
            status: 'queued',
            client_id: body.client_id ?? null,
            media: (body.media ?? []).map(({ id }) => media({ id })),
          }),
          { status: 201 },
        );
      }),
    );
    return { uploads, sent };
  }

  it('uploads what is picked and sends it with the text as its caption', async () => {
    const { uploads, sent } = takeAll();
    const { user } = await renderApp('/inbox/c1');
    await attach(file('lamp.jpg', 'image/jpeg'), file('bill.pdf', 'application/pdf'));
    await waitFor(() => expect(document.querySelectorAll('[data-state="ready"]')).toHaveLength(2));
    expect(
      uploads.map((u) => [u.searchParams.get('file_name'), u.searchParams.get('conversation_id')]),
    ).toEqual([
      ['lamp.jpg', 'c1'],
      ['bill.pdf', 'c1'],
    ]);
    await user.type(screen.getByRole('textbox', { name: 'Reply' }), 'Both of them{Enter}');
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[0]).toMatchObject({ kind: 'image', text: 'Both of them', media: [{ id: 'f1' }] });
    expect(sent[1]).toMatchObject({ kind: 'document', media: [{ id: 'f2' }] });
    expect(sent[0]?.client_id).not.toBe(sent[1]?.client_id);
    expect(screen.queryByRole('list', { name: 'Files to send' })).toBeNull();
  });
  it('takes files by drop over the thread and by paste', async () => {
    const { uploads } = takeAll();
    await renderApp('/inbox/c1');
    const pane = await screen.findByRole('region', { name: 'Amira' });
    await input();
    const dataTransfer = { types: ['Files'], files: [file('drop.png', 'image/png')], dropEffect: '' };
    fireEvent.dragEnter(pane, { dataTransfer });
    expect(await screen.findByText('Drop files to attach them')).toBeInTheDocument();
    fireEvent.drop(pane, { dataTransfer });
    expect(screen.queryByText('Drop files to attach them')).toBeNull();
    fireEvent.paste(screen.getByRole('textbox', { name: 'Reply' }), {
      clipboardData: { types: ['Files'], files: [file('shot.png', 'image/png')] },
    });
    await waitFor(() => expect(uploads).toHaveLength(2));
    await waitFor(() => expect(document.querySelectorAll('[data-state="ready"]')).toHaveLength(2));
  });
  it('refuses before the upload, says how to mend it and offers another kind', async () => {
    const { uploads } = takeAll();
    const { user } = await renderApp('/inbox/c1');
    const large = file('film.mp4', 'video/mp4');
    Object.defineProperty(large, 'size', { value: 18_200_000 });
    await attach(large, file('move.gif', 'image/gif'));
    expect(await screen.findByText(/takes videos up to .*16.0 MB/)).toBeInTheDocument();
    expect(screen.getByText(/does not take .*GIF.* here/)).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Send' })).toHaveAttribute('aria-disabled', 'true');
    expect(uploads).toHaveLength(0);
    await user.click(screen.getByRole('button', { name: 'Remove \u2068move.gif\u2069' }));
    await user.click(screen.getByRole('button', { name: 'Send as document' }));
    await waitFor(() => expect(uploads).toHaveLength(1));
    await waitFor(() => expect(screen.getByText(/^Document · /)).toBeInTheDocument());
  });
  it('keeps what failed, says why and tries again', async () => {
    takeAll();
    server.use(
      http.post(
        rest('/media'),
        () => problem(413, { code: 'file_too_large', detail: 'The file is too large.' }),
        {
          once: true,
        },
      ),
    );
    const { user } = await renderApp('/inbox/c1');
    await attach(file('lamp.jpg', 'image/jpeg'));
    expect(await screen.findByText('The file is too large.')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(document.querySelector('[data-state="ready"]')).toBeTruthy());
  });
  it('keeps attachments while another conversation is open', async () => {
    takeAll();
    server.use(
      http.get(rest('/conversations'), () =>
        HttpResponse.json([
          conversation({ id: 'c1' }),
          conversation({
            id: 'c2',
            contact: omar,
          }),
        ]),
      ),
    );
    server.use(
      http.get(rest('/conversations/c2'), () => HttpResponse.json(conversation({ id: 'c2', contact: omar }))),
    );
    const { router } = await renderApp('/inbox/c1');
    await attach(file('lamp.jpg', 'image/jpeg'));
    await waitFor(() => expect(document.querySelector('[data-state="ready"]')).toBeTruthy());
    await act(() => router.navigate({ to: '/inbox/$conversationId', params: { conversationId: 'c2' } }));
    await screen.findByRole('region', { name: 'Omar' });
    expect(document.querySelector('[data-state="ready"]')).toBeNull();
    await act(() => router.navigate({ to: '/inbox/$conversationId', params: { conversationId: 'c1' } }));
    await waitFor(() => expect(document.querySelector('[data-state="ready"]')).toBeTruthy());
  });

  it('shows a file on its way, failed with a retry, and ready, as the server tells', async () => {
    const item = (part: Parameters<typeof media>[0]) => ({
      ...media(part),
      url: part?.state === 'ready' ? '/x' : null,
    });
    const at = (part: Parameters<typeof media>[0]) =>
      message({ id: 'k1', kind: 'image', text: '', media: [item({ ...part })] });
    let answer = () => {};
    const late = new Promise<void>((resolve) => {
      answer = resolve;
    });
    server.use(
      http.get(rest('/messages'), () => HttpResponse.json([at({ state: 'downloading' })])),
      http.post(rest('/media/f1/retry'), async () => {
        await late;
        return HttpResponse.json(item({ state: 'downloading' }));
      }),
    );
    const { user } = await renderApp('/inbox/c1');
    expect(await screen.findByText(/Downloading · 120 kB/)).toBeInTheDocument();
    const error = {
      reason: 'x',
      code: '',
      title: '',
      detail: 'The platform answered 500.',
      hint: '',
      retryable: true,
    };
    act(() => FakeEventSource.last?.send('message.updated', { message: at({ state: 'failed', error }) }));
    expect(await screen.findByText('Not loaded: The platform answered 500.')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: /Try to load/ }));
    expect(await screen.findByText(/Downloading · 120 kB/)).toBeInTheDocument();
    act(() => FakeEventSource.last?.send('message.updated', { message: at({ state: 'ready' }) }));
    const picture = await screen.findByRole('button', { name: 'Open Photo' });
    expect(picture.querySelector('img')).toHaveAttribute(
      'src',
      '/rest/v1/media/f1/thumbnail?organization_id=o1',
    );
    // The answer to the retry comes after the file: it is no news any more.
    const answered = new Promise((resolve) => server.events.on('response:mocked', resolve));
    answer();
    await act(async () => void (await answered));
    expect(screen.getByRole('button', { name: 'Open Photo' })).toBeInTheDocument();
  });
  it('walks through the pictures of the thread with the keys', async () => {
    server.use(
      http.get(rest('/messages'), () =>
        HttpResponse.json([
          message({
            id: 'k3',
            kind: 'image',
            text: '',
            media: [media({ id: 'f3', file_name: 'three.jpg' })],
          }),
          message({
            id: 'k2',
            kind: 'image',
            text: '',
            media: ['a', 'b', 'c', 'd', 'e'].map((id) => media({ id, file_name: `${id}.jpg` })),
          }),
        ]),
      ),
    );
    const { user } = await renderApp('/inbox/c1');
    expect(await screen.findByText('+1')).toBeInTheDocument();
    await user.click(await screen.findByRole('button', { name: 'Open Photo' }));
    const viewer = await screen.findByRole('dialog', { name: 'Viewer' });
    expect(within(viewer).getByText('three.jpg')).toBeInTheDocument();
    expect(within(viewer).getByText('6 of 6')).toBeInTheDocument();
    await waitFor(() => expect(viewer.contains(document.activeElement)).toBe(true));
    await user.keyboard('{ArrowLeft}');
    expect(within(viewer).getByText('e.jpg')).toBeInTheDocument();
    await user.keyboard('{ArrowRight}{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });
  it('plays voice with a position and a speed, and offers documents as downloads', async () => {
    server.use(
      http.get(rest('/messages'), () =>
        HttpResponse.json([
          message({
            id: 'k1',
            kind: 'audio',
            text: '',
            media: [
              media({
                id: 'v',
                kind: 'audio',
                mime_type: 'audio/ogg',
                voice: true,
                file_name: '',
                duration_ms: 37_000,
              }),
            ],
          }),
          message({
            id: 'k2',
            kind: 'document',
            text: '',
            media: [
              media({ id: 'd', kind: 'document', mime_type: 'text/html', file_name: 'bill\u202Elmth.exe' }),
            ],
          }),
        ]),
      ),
    );
    const { user } = await renderApp('/inbox/c1');
    expect(await screen.findByRole('button', { name: /Play .*Voice note/ })).toBeInTheDocument();
    expect(screen.getByText('0:37')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: /Speed 1 times/ }));
    expect(screen.getByText('1.5×')).toBeInTheDocument();
    expect(screen.getByRole('slider', { name: 'Position' })).toHaveAttribute('max', '37');
    expect(screen.getByText('billlmth.exe')).toBeInTheDocument();
    const link = screen.getByRole('link', { name: /Download .*billlmth.exe/ });
    expect(link).toHaveAttribute('download', 'billlmth.exe');
  });
  it('lists the files of the conversation beside it', async () => {
    server.use(
      http.get(rest('/media'), ({ request }) => {
        expect(new URL(request.url).searchParams.get('conversation_id')).toBe('eq.c1');
        return HttpResponse.json([
          media(),
          media({ id: 'd', kind: 'document', mime_type: 'application/pdf', file_name: 'bill.pdf' }),
        ]);
      }),
    );
    await renderApp('/inbox/c1');
    const panel = await screen.findByRole('complementary', { name: 'Details' });
    expect(await within(panel).findByRole('button', { name: /Open .*lamp.jpg/ })).toBeInTheDocument();
    expect(within(panel).getByRole('link', { name: /bill.pdf/ })).toBeInTheDocument();
  });
});
