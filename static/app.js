// What the pages need beside htmx. Every form works without it; it keeps nothing but the cookie with the time zone.
document.documentElement.classList.add('js');
const labels = document.body.dataset, toasts = document.getElementById('toasts'), fresh = [];
let opener, unfolded = []; // what was open stays open when its panel is drawn anew
const on = (name, act, capture = false) => document.addEventListener(name, act, capture);
const byId = id => document.getElementById(id);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
const make = (tag, className, props) => Object.assign(document.createElement(tag), { className }, props);

// The zone of this browser, for who has chosen none.
document.cookie = `${labels.zone}=${Intl.DateTimeFormat().resolvedOptions().timeZone}; path=/; samesite=lax${location.protocol === 'https:' ? '; secure' : ''}`;

// Dialogs arrive as <dialog data-open>. Closing takes them out of the page, so that no secret stays behind.
function openDialog(dialog, from) {
  if (from?.isConnected) opener = from; // else the dialog replaces another one, and the first opener holds
  dialog.addEventListener('close', () => {
    if (dialog.contains(toasts)) document.body.append(toasts);
    dialog.remove();
    (opener?.isConnected ? opener : byId(opener?.id))?.focus();
  });
  dialog.showModal();
  if (matchMedia('(pointer: coarse)').matches) dialog.querySelector('h2')?.focus(); // no keyboard over the QR code
}
on('htmx:before:swap', () => { unfolded = $$('details[id][open]').map(({ id }) => id); });
on('htmx:after:settle', e => fresh.push(...e.detail.newContent));
on('htmx:after:swap', ({ detail: { ctx } }) => {
  const roots = fresh.splice(0).filter(node => node.nodeType === 1 && node.isConnected);
  const find = selector => roots.flatMap(root => root.matches(selector) ? root : $$(selector, root));
  find('details').forEach(d => { d.open ||= unfolded.includes(d.id); });
  find('dialog[data-open]:not([open])').forEach(d => openDialog(d, pressed(ctx)));
  const target = find('[aria-invalid=true]')[0] ?? find('[data-focus]')[0];
  if (target?.tabIndex === -1) target.tabIndex = -1; // a heading
  target?.focus();
  if (target?.ariaInvalid === 'true') mark(target);
  if (!toasts.isConnected) document.body.append(toasts); // went with a dialog
  refresh();
});

// What is wrong is selected: of a text the line, as one key would else wipe the whole.
function mark(field) {
  const line = field.dataset.line, before = field.value.split('\n').slice(0, line - 1).join('\n').length;
  if (!line) return field.select?.();
  const start = before + (line > 1), end = field.value.indexOf('\n', start);
  field.setSelectionRange(start, end < 0 ? field.value.length : end);
  field.scrollTop = (line - 3) * field.scrollHeight / field.value.split('\n').length;
}
// Toasts. An open dialog makes the rest of the page inert, so their region moves into it.
const icon = d => `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="${d}"/></svg>`;
const [done, alarm] = ['m-13 0 2 2 4-4', 'M12 8v4m0 4h.01'].map(d => icon(`M22 12a10 10 0 1 1-20 0 10 10 0 0 1 20 0Z${d}`));
function toast(text, { danger = false, stay = false, retry } = {}) {
  const box = make('div', danger ? 'danger' : 'ok', { innerHTML: `${danger ? alarm : done}<p></p>`, role: danger ? 'alert' : null });
  const add = (className, props) => box.appendChild(make('button', `btn quiet small ${className}`, { type: 'button', ...props }));
  box.querySelector('p').textContent = text;
  if (retry) add('', { textContent: labels.tryAgain }).addEventListener('click', () => { box.remove(); retry(); });
  add('only mute', { innerHTML: icon('M18 6 6 18M6 6l12 12'), ariaLabel: labels.dismiss }).addEventListener('click', () => box.remove());
  const host = document.querySelector('dialog:modal') ?? document.body;
  if (toasts.parentNode !== host) host.append(toasts);
  toasts.append(box);
  if (!stay) setTimeout(function fade() { box.matches(':hover, :focus-within') ? setTimeout(fade, 1000) : box.remove(); }, danger ? 12000 : 6000);
  return box;
}
on('toast', ({ detail }) => detail.value && toast(detail.value, detail));
// A button with a formaction sends its form there, as it does without script.
on('htmx:config:request', ({ detail: { ctx: { request } } }) => {
  const elsewhere = request.submitter?.getAttribute('formaction');
  if (elsewhere) [request.action] = elsewhere.split('#');
});
// The pressed button is busy. A request without an answer says so until it is repeated or dismissed.
const failures = new WeakMap(), pressed = ctx => ctx.request.submitter ?? ctx.sourceElement;
on('htmx:before:request', ({ detail: { ctx } }) => { failures.get(ctx.sourceElement)?.remove(); pressed(ctx).classList.add('busy'); });
on('htmx:finally:request', ({ detail: { ctx } }) => pressed(ctx).classList.remove('busy'));
function unflip({ sourceEvent: { type, target } }) { // a switch goes back to what the server knows
  const flipped = type === 'change' && target.type === 'checkbox';
  if (flipped) target.checked = !target.checked;
  return flipped;
}
function failed(ctx) {
  if ('unsaved' in ctx.sourceElement.dataset) return; // a preview
  const { sourceElement: source, sourceEvent: { type, target }, request: { submitter } } = ctx, flipped = unflip(ctx);
  const again = type === 'submit' ? () => source.requestSubmit(submitter?.isConnected ? submitter : null) : () => htmx.trigger(source, type);
  const retry = () => { (flipped ? target : pressed(ctx)).focus(); flipped ? target.click() : again(); };
  failures.set(source, toast(labels.notSaved, { danger: true, stay: true, retry: source.isConnected && retry }));
}
on('htmx:error', ({ detail: { ctx } }) => ctx && failed(ctx));
const unseen = status => status >= 500 || htmx.config.noSwap.includes(status);
on('htmx:response:error', ({ detail: { ctx } }) => {
  if (ctx.hx.redirect || ctx.hx.refresh) return;
  if (unseen(ctx.response.status)) failed(ctx); else if (ctx.hx.reswap === 'none') unflip(ctx); // its toast says why
});
function copyBySelection(value, beside) { // plain http has no navigator.clipboard
  const area = make('textarea', 'sr', { value, readOnly: true });
  beside.after(area);
  area.select();
  try { return document.execCommand('copy'); } finally { area.remove(); beside.focus(); }
}
async function copy(from) {
  const value = from.dataset.copy, part = value.startsWith('#') ? byId(value.slice(1)) : null;
  const items = part && [$$('li', part), [part]].find(list => list.length).map(item => item.textContent.trim());
  const text = part?.value ?? items?.join('\n') ?? value, bySelection = () => copyBySelection(text, from);
  const copied = await (navigator.clipboard ? navigator.clipboard.writeText(text).then(() => true, bySelection) : bySelection());
  if (copied) { from.classList.add('copied'); setTimeout(() => from.classList.remove('copied'), 2000); }
  toast(copied ? labels.copied : labels.notCopied, { danger: !copied });
}
function reveal(from, show) {
  byId(from.dataset.reveal).type = show ? 'text' : 'password';
  from.ariaPressed = String(show);
  from.ariaLabel = (show ? from.dataset.hideLabel : from.dataset.showLabel) ?? from.ariaLabel;
}
// Another language: the page comes anew around what was typed.
on('submit', async e => {
  const form = e.submitter?.closest('.languages');
  if (!form) return;
  e.preventDefault();
  const body = new FormData(form);
  body.set('language', e.submitter.value);
  const answer = await fetch(form.action, { method: 'POST', body }).then(got => got.text()).catch(() => '');
  const page = new DOMParser().parseFromString(answer, 'text/html'), { lang, dir } = page.documentElement;
  if (!page.querySelector('.foot')) return toast(labels.notSaved, { danger: true });
  const typed = $$('main input[id]').map(({ id, value }) => [id, value]), open = $$('details').map(d => d.open);
  Object.assign(document.documentElement, { lang, dir });
  Object.assign(labels, page.body.dataset);
  document.title = page.title;
  for (const part of ['.skip', 'main', '.foot']) document.querySelector(part).replaceWith(page.querySelector(part));
  typed.forEach(([id, value]) => { Object.assign(byId(id) ?? {}, { value }); });
  $$('details').forEach((d, i) => { d.open = open[i]; });
  refresh();
  document.querySelector('.languages [aria-current]')?.focus();
}, true);
// Sent once: a second click would carry a token that the first has renewed.
on('submit', e => { if (!e.defaultPrevented && !e.target.matches('[hx-post]')) e.target.dataset.sent ? e.preventDefault() : e.target.dataset.sent = 'yes'; });
addEventListener('pageshow', () => $$('[data-sent]').forEach(form => delete form.dataset.sent));
on('submit', e => $$('[data-reveal][aria-pressed=true]', e.target).forEach(b => reveal(b, false)), true); // or browsers keep the text
on('click', e => {
  const b = e.target.closest?.('button, a'), dialog = b?.closest('dialog'), is = name => name in (b?.dataset ?? {});
  if (is('close') && dialog) { e.preventDefault(); dialog.close(); }
  if (is('print')) print(); else if (is('copy')) copy(b);
  if (is('reveal')) reveal(b, b.ariaPressed !== 'true');
});
// A field of one line would make spaces of the ends of pasted lines, which no list of addresses has.
on('paste', e => {
  const text = e.target.matches?.('[data-lines]') ? e.clipboardData.getData('text').trim() : '';
  if (!text.includes('\n')) return;
  e.preventDefault();
  e.target.setRangeText(text.replace(/;?\s*\n\s*/g, '; '), e.target.selectionStart, e.target.selectionEnd, 'end');
});
function measure(meter) {
  const value = [...byId(meter.dataset.for)?.value ?? ''].length, text = meter.nextElementSibling;
  Object.assign(meter, { low: meter.max, optimum: meter.max, value });
  if (text?.matches('[data-strength]')) put(text, text.dataset.template.replace('{}', value));
}
on('input', e => $$('meter.strength').filter(m => m.dataset.for === e.target.id).forEach(measure));
// Clocks show the server's time. performance.now() stops in a sleeping device, so a jump of its own clock counts as sleep.
const clocks = new WeakMap(), hms = ms => new Date(ms).toISOString().slice(11, 19);
let slept = 0, last = [Date.now(), performance.now()];
const written = (n, unit) => n && new Intl.NumberFormat(`${document.documentElement.lang}-u-nu-latn`, { style: 'unit', unit }).format(n);
const parts = s => [written(s / 3600 | 0, 'hour'), written(s / 60 % 60 | 0, 'minute'), written(s % 60, 'second')].filter(Boolean).slice(0, 2).join(' ');
function refresh(sentAt = performance.now() + slept) {
  const now = [Date.now(), performance.now()], jump = now[0] - last[0] - (now[1] - last[1]);
  [last, slept] = [now, slept + (jump > 2000 ? jump : 0)];
  const [server] = $$('[data-clock]').map(node => {
    if (!clocks.has(node)) clocks.set(node, node.dataset.clock - sentAt);
    put(node, hms(clocks.get(node) + now[1] + slept));
    return clocks.get(node) + now[1] + slept;
  });
  $$('[data-device-clock]').forEach(node => put(node, hms(now[0])));
  $$('[data-clock-drift]').forEach(node => {
    const ahead = Math.round((now[0] - server) / 1000), off = Math.abs(ahead), words = node.dataset;
    node.classList.toggle('warn', off > 30);
    const text = off < 5 ? words.same : ahead > 0 ? words.ahead : words.behind;
    put(node.querySelector('span') ?? node, text.replace('{}', parts(off)));
  });
  $$('meter.strength').forEach(measure);
}
(document.querySelector('[aria-invalid=true]') ?? document.querySelector('[role=alert][data-focus]'))?.focus();
refresh(performance.getEntriesByType('navigation')[0]?.responseStart);
setInterval(refresh, 1000);
