// The phone speaks English and Arabic. English is in the code, so that it reads
// as it looks; its Arabic stands here. What people write is never translated.

const key = 'sb.phone.language';
function preferred() {
  try {
    const saved = localStorage.getItem(key);
    if (saved === 'en' || saved === 'ar') return saved;
  } catch { /* storage is switched off: the language of the browser it is */ }
  return navigator.language.toLowerCase().startsWith('ar') ? 'ar' : 'en';
}

export const lang = preferred();
export const locale = lang === 'ar' ? 'ar-u-nu-latn' : 'en-GB';

/** Everything is drawn once, in one language; the address keeps account and visitor. */
export function setLang(next) {
  try { localStorage.setItem(key, next); } catch { return; }
  location.reload();
}

const ar = {
  'Visitor phone': 'هاتف الزائر',
  'Visitor phone · Switchboard': 'هاتف الزائر · Switchboard',
  'Skip to the message field': 'انتقل إلى حقل الرسالة',
  'You are the customer. What you send goes through the real wire format into the inbox.': 'أنت العميل. ما ترسله يصل إلى صندوق الوارد بصيغة المنصة الحقيقية.',
  'Second phone': 'هاتف ثانٍ', 'Open the inbox beside': 'افتح صندوق الوارد بجانبه', 'Who writes to whom': 'من يكتب إلى من', 'Close': 'إغلاق', 'Send from': 'الإرسال إلى',
  'Accounts': 'الحسابات', 'A new number': 'رقم جديد', 'Visitor': 'الزائر', 'Visitors': 'الزوار', 'A new stranger': 'شخص جديد', 'Quick tries': 'تجارب سريعة', 'Phones': 'الهواتف',
  'Trouble and wire': 'الأعطال والاتصال', 'Trouble': 'أعطال', 'Trouble for': 'الأعطال تخص', 'This number': 'هذا الرقم', 'All': 'الكل', 'More trouble': 'أعطال أخرى',
  'Fail the next sends': 'إفشال الإرسالات التالية', 'Fault': 'العطل', 'How many': 'العدد', 'Arm': 'تجهيز', 'On the wire': 'على الخط', 'Clear view': 'مسح العرض', 'Requests, newest first': 'الطلبات، الأحدث أولًا',
  'The visitor phone needs JavaScript.': 'هاتف الزائر يحتاج إلى JavaScript.',

  'Say hello': 'ألقِ التحية', 'Send a photo': 'أرسل صورة', 'Send location': 'أرسل الموقع', 'Voice note': 'رسالة صوتية', 'Sticker': 'ملصق', 'Contact': 'جهة اتصال', '50 messages at once': '50 رسالة دفعة واحدة',
  'Came from an ad': 'جاء من إعلان', 'Forwarded': 'مُعاد توجيهها', 'Arabic': 'بالعربية', 'Opt out': 'إلغاء الاشتراك', 'Opt in again': 'الاشتراك من جديد',
  'Phone': 'هاتف', 'Business': 'نشاط تجاري', 'business account': 'حساب تجاري', 'to you, {name}': 'إليك، {name}', 'typing…': 'يكتب…', 'Conversation': 'المحادثة', 'The business is typing': 'النشاط التجاري يكتب',
  'Message': 'رسالة', 'Accounts and visitors': 'الحسابات والزوار', 'More': 'المزيد', 'Emoji': 'رموز تعبيرية', 'Attach': 'إرفاق', 'Send a picture or video from this computer': 'أرسل صورة أو فيديو من هذا الجهاز',
  'Choose a visitor first.': 'اختر زائرًا أولًا.', 'Save the change': 'حفظ التعديل', 'Send': 'إرسال', 'Send a voice note': 'أرسل رسالة صوتية',
  'No number yet': 'لا رقم بعد', 'Connect a channel to this simulator, or make a number of your own.': 'اربط قناة بهذا المحاكي، أو أنشئ رقمًا خاصًا بك.',
  'Nobody here yet': 'لا أحد هنا بعد', 'Invent a customer and write to {name}.': 'ابتكر عميلًا واكتب إلى {name}.',
  'No webhook is subscribed to this number yet, so nobody will get what you write.': 'لا اشتراك على هذا الرقم بعد، فلن يصل ما تكتبه إلى أحد.',
  'You': 'أنت', 'Change the message': 'تعديل الرسالة', 'Cancel': 'إلغاء', 'React': 'تفاعل', 'React {emoji}': 'تفاعل {emoji}', 'Reply': 'رد', 'Change the text': 'تعديل النص', 'Delete for everyone': 'حذف لدى الجميع',
  'Your photos and videos…': 'صورك ومقاطعك…', 'Your audio…': 'مقاطعك الصوتية…', 'Any file of yours…': 'أي ملف لديك…', 'Photo': 'صورة', 'Video': 'فيديو', 'Audio': 'مقطع صوتي', 'Document': 'مستند', 'Location': 'موقع',
  'Order': 'طلب شراء', 'Something unsupported': 'نوع غير مدعوم', 'The glass is cracked 😕': 'الزجاج مكسور 😕', 'Read everything now': 'اقرأ كل شيء الآن', 'Let the 24 hours pass': 'دع الـ24 ساعة تمر',
  'The window of {name} is closed until the next message.': 'أُغلقت نافذة {name} حتى الرسالة التالية.', 'Change my number': 'غيّر رقمي', 'Credentials of this number': 'بيانات اعتماد هذا الرقم',

  'Sent': 'أُرسلت', 'Received by the business': 'استلمها النشاط التجاري', 'Read': 'قُرئت', 'Not delivered': 'لم تُسلَّم', 'Deleted message': 'رسالة محذوفة', 'Voice message': 'رسالة صوتية', 'Choice': 'اختيار', 'Template': 'قالب',
  'Play': 'تشغيل', 'Pause': 'إيقاف مؤقت', 'This file cannot be played here.': 'لا يمكن تشغيل هذا الملف هنا.', 'Open the map': 'افتح الخريطة', 'File not available': 'الملف غير متاح', 'Download {name}': 'تنزيل {name}',
  'This message was deleted.': 'حُذفت هذه الرسالة.', '{n} products': 'المنتجات: {n}', 'Order from the catalogue': 'طلب من الكتالوج', 'A kind businesses cannot receive': 'نوع لا يمكن للأنشطة التجارية استلامه',
  'Earlier message': 'رسالة سابقة', 'Never reached the visitor: {reason}': 'لم تصل إلى الزائر: {reason}', 'edited': 'عُدّلت', 'What to do with this message': 'خيارات هذه الرسالة', 'Share contact info': 'شارك بيانات الاتصال',
  'Write as': 'اكتب باسم', 'Channel': 'قناة', 'A new group': 'مجموعة جديدة', 'A new channel': 'قناة جديدة', 'Night shift': 'وردية الليل', 'Lumen news': 'أخبار لومن', 'Album': 'ألبوم', 'Poll': 'استطلاع',
  'Anonymous poll': 'استطلاع سري', 'The poll is closed': 'الاستطلاع مغلق', 'Votes: {n}': 'الأصوات: {n}', 'Roll the dice': 'ارمِ النرد', 'Start a poll': 'ابدأ استطلاعًا', 'Block the bot': 'احظر البوت', 'Unblock the bot': 'ألغِ حظر البوت',
  'Let the bot in': 'أضف البوت', 'Remove the bot': 'أزل البوت', 'Rename the group': 'غيّر اسم المجموعة', 'Make it a supergroup': 'حوّلها إلى مجموعة كبرى', 'Bot token': 'رمز البوت', 'Username': 'اسم المستخدم', 'Webhook secret': 'سر الإشعارات',
  'Bot API address': 'عنوان Bot API',
  'Today': 'اليوم', 'Yesterday': 'أمس', 'The simulator answered {status}': 'أجاب المحاكي بـ{status}',

  'Credentials of {name}': 'بيانات اعتماد {name}', 'Credentials': 'بيانات الاعتماد', 'window open': 'النافذة مفتوحة', 'window closed': 'النافذة مغلقة', 'open': 'مفتوحة',
  'Nobody is subscribed to this number, so no webhook was sent.': 'لا اشتراك على هذا الرقم، فلم يُرسل أي إشعار.',
  'Phone number ID': 'معرّف رقم الهاتف', 'WABA ID': 'معرّف WABA', 'App ID': 'معرّف التطبيق', 'App secret': 'سر التطبيق', 'Access token': 'رمز الوصول', 'Verify token': 'رمز التحقق', 'Number': 'الرقم',
  'Graph API address': 'عنوان Graph API', 'Webhooks go to': 'تُرسل الإشعارات إلى', 'nowhere yet': 'لا مكان بعد', 'Subscribed': 'مشترك', 'yes': 'نعم', 'not yet': 'ليس بعد', 'Copy': 'نسخ', 'Copy {name}': 'نسخ {name}', '{name} copied.': 'نُسخ {name}.',
  'The browser refused to copy.': 'رفض المتصفح النسخ.', 'What a business would copy from the provider’s pages. All of it is invented and works only here.': 'ما ينسخه النشاط التجاري من صفحات المزوّد. كله مُختلَق ويعمل هنا فقط.',
  'Name of the business': 'اسم النشاط التجاري', 'Webhook address': 'عنوان الإشعارات', 'From the channel’s page. May stay empty: a channel can set it itself when it subscribes.': 'من صفحة القناة. يمكن تركه فارغًا: تضبطه القناة بنفسها عند الاشتراك.',
  'As the channel’s page shows it; left empty, one is invented.': 'كما يظهر في صفحة القناة؛ إن تُرك فارغًا يُبتكر واحد.', 'Make the number': 'أنشئ الرقم',

  'Deliver every webhook': 'تكرار كل إشعار', 'once': 'مرة واحدة', 'Shuffle order': 'خلط الترتيب', 'in {time}': 'خلال {time}', 'off': 'متوقف', 'on': 'مفعّل', '{n} on': 'مفعّل: {n}', 'Delay answers': 'تأخير الإجابات',
  'Answer 429': 'الإجابة بـ429', 'Answer 500': 'الإجابة بـ500', 'Time out after accepting': 'انقطاع بعد القبول', 'Delay webhooks': 'تأخير الإشعارات', 'Number limit (130429)': 'حد الرقم (130429)', 'Pair limit (131056)': 'حد الزوج (131056)',
  'Half an answer': 'نصف إجابة', 'Reset connection': 'قطع الاتصال', 'Hold ticks back': 'حجز علامات التسليم', '500 as an HTML page': '500 كصفحة HTML', 'Read without this page': 'القراءة دون هذه الصفحة',
  'Expire token': 'إنهاء صلاحية الرمز', 'Close window': 'إغلاق النافذة', 'Revoke app': 'سحب التطبيق', '{n} s': '{n} ث', '{n} ms': '{n} م.ث', 'Choose a number first.': 'اختر رقمًا أولًا.',
  'HTML page from the edge': 'صفحة HTML من الوسيط', 'HTTP 500, yet accepted': 'HTTP 500 مع القبول', 'Half a body, accepted': 'نصف محتوى، مقبول', 'Garbage, accepted': 'محتوى تالف، مقبول', 'Reset, not accepted': 'قطع دون قبول',
  'Reset, yet accepted': 'قطع مع القبول', 'No answer, not accepted': 'لا إجابة ولا قبول', 'No answer, yet accepted': 'لا إجابة مع القبول', '190 token expired': '190 انتهت صلاحية الرمز', '131047 window closed': '131047 النافذة مغلقة',
  '131026 undeliverable': '131026 غير قابلة للتسليم', '131056 pair limit': '131056 حد الزوج', '130429 number limit': '130429 حد الرقم', '131049 not delivered by Meta': '131049 لم تسلّمها Meta', '131016 unavailable': '131016 غير متاح',
  'next {n}: {fault}': 'التالي {n}: {fault}', 'Disarm': 'إلغاء التجهيز', 'To the product': 'إلى المنتج', 'From the product': 'من المنتج', 'cut': 'مقطوع', 'Webhook to the product': 'إشعار إلى المنتج', 'Call by the product': 'استدعاء من المنتج',
  'no status': 'بلا حالة', 'Asked': 'الطلب', 'Answered': 'الإجابة',
};

/** The words of this phone's language; {name} in them is filled in. */
export function t(text, values = {}) {
  const words = lang === 'ar' ? ar[text] || text : text;
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

/** Turns what the page was delivered with; called once, before anybody's words are on it. */
export function translatePage() {
  if (lang === 'en') return;
  document.documentElement.lang = lang;
  document.documentElement.dir = 'rtl';
  document.title = t(document.title);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = texts.nextNode(); n; n = texts.nextNode()) {
    const words = n.nodeValue.trim();
    if (ar[words]) n.nodeValue = n.nodeValue.replace(words, ar[words]);
  }
  for (const el of document.body.querySelectorAll('[aria-label]')) el.setAttribute('aria-label', t(el.getAttribute('aria-label')));
}
