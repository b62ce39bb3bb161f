// What differs between the types of account: how the phone looks, what can be
// tried, and what a business would copy from the provider's pages.

const hello = ['Say hello', { kind: 'text', text: 'Good afternoon! The Halo pendant arrived, but the glass is cracked 😕' }];
const many = ['50 messages at once', { kind: 'text', text: 'Message', count: 50 }];
const arabic = ['Arabic', { kind: 'text', text: 'مرحبًا، هل يمكن توصيل الطلب بعد الساعة 17:00؟ 🙏' }];
const files = [['Send a photo', { kind: 'image' }], ['Voice note', { kind: 'audio' }], ['Sticker', { kind: 'sticker' }]];

const FACES = {
  WHATSAPP_CLOUD: {
    skin: 'sk-whatsapp', mark: 'chat', name: 'WhatsApp', revokes: true, windows: true, numbers: true, optsOut: true, adds: ['A new stranger'],
    tries: [hello, ...files, ['Send location', { kind: 'location' }], ['Contact', { kind: 'contacts' }], many,
      ['Came from an ad', { kind: 'text', text: 'Is the Halo still in stock?', referral: true }], ['Forwarded', { kind: 'text', text: 'Look at this lamp', forwarded: 'many' }], arabic],
    attach: [['list', 'Order', { kind: 'order' }]],
    credentials: (a) => [['Phone number ID', a.phone_number_id], ['WABA ID', a.waba_id], ['App ID', a.app_id], ['App secret', a.app_secret], ['Access token', a.access_token], ['Verify token', a.verify_token],
      ['Number', a.display_phone_number], ['Graph API address', location.origin + '/whatsapp']],
    about: (a) => a.display_phone_number,
    named: (v) => (v.hide_number ? v.user_id : '+' + v.wa_id),
  },
  TELEGRAM: {
    skin: 'sk-telegram', mark: 'plane', name: 'Telegram', adds: ['A new stranger', 'A new group', 'A new channel'],
    tries: [hello, ...files, ['Album', { kind: 'album', text: 'From three sides', parts: 3 }], ['Send location', { kind: 'location' }], ['Contact', { kind: 'contacts' }], ['Roll the dice', { kind: 'dice' }],
      ['Start a poll', { kind: 'poll', text: 'Brass or copper?', options: ['Brass', 'Copper'] }], many, ['Forwarded', { kind: 'text', text: 'Look at this lamp', forwarded: 'once' }], arabic],
    attach: [['camera', 'Album', { kind: 'album', parts: 3 }], ['list', 'Poll', { kind: 'poll' }]],
    membership: true,
    credentials: (a) => [['Bot token', a.bot_token], ['Username', '@' + a.username], ['Webhook secret', a.verify_token || '–'], ['Bot API address', location.origin + '/telegram']],
    about: (a) => '@' + a.username,
    named: (v) => v.id,
  },
};

/** The face of an account's type. */
export const face = (account) => FACES[account?.type] || FACES.WHATSAPP_CLOUD;
