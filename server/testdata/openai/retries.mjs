import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import OpenAI from 'openai';
import { ask, collect, counting, program, scripted, tell, unbilled, used } from './setting.mjs';

// waiting runs what a client does and says for how many milliseconds it meant to wait between its attempts, without waiting.
async function waiting(run) {
  const real = globalThis.setTimeout, waits = [];
  globalThis.setTimeout = (call, ms, ...args) => {
    if (!new Error().stack.includes('/utils/sleep.')) return real(call, ms, ...args); // not the wait of a retry
    waits.push(ms);
    return real(call, 0, ...args);
  };
  try {
    return { waits, result: await run().catch((e) => e) };
  } finally {
    globalThis.setTimeout = real;
  }
}

// lost takes the first replies away after the server has sent them whole.
const lost = (times) => counting(async (response, attempt) => {
  if (attempt > times) return response;
  await response.text();
  throw new TypeError('fetch failed');
});

// Keyed sends one idempotency key with all attempts of a call: what the client has for it, but leaves unset.
class Keyed extends OpenAI {
  idempotencyHeader = 'Idempotency-Key';
}

// retries are checks of what the client tries again, when, and what that costs.
export function retries(s) {
  const actor = scripted(s);
  const keyed = (options) => new Keyed({ baseURL: s.scripted, apiKey: s['corner-optics'], ...options });
  return {
    async 'busy twice, then answered, billed once'() {
      for (const stream of [false, true]) {
        const before = await used(actor), counted = counting();
        const client = scripted(s, { ...counted, maxRetries: 2 });
        const { waits, result } = await waiting(() => client.chat.completions.create(tell(`busy ${randomUUID()} xx`, { stream })));
        if (stream) await collect(result);
        else assert.equal(result.choices[0].message.content, 'done');
        assert.deepEqual(counted.attempts.map((h) => h.get('x-stainless-retry-count')), ['0', '1', '2']);
        assert.deepEqual(waits, [2000, 2000]); // Retry-After
        assert.equal((await used(actor)) - before, 1);
      }
    },
    async 'busy for longer than maxRetries'() {
      const counted = counting();
      const { result } = await waiting(() => scripted(s, { ...counted, maxRetries: 1 }).chat.completions.create(tell(`busy ${randomUUID()} xxx`)));
      assert.ok(result instanceof OpenAI.InternalServerError && result.status === 503);
      assert.equal(counted.attempts.length, 2);
    },
    async '429 waits as long as Retry-After says'() {
      const counted = counting();
      const limited = program(s, { ...counted, apiKey: s.limited, maxRetries: 1 });
      await program(s, { apiKey: s.limited }).chat.completions.create(ask).catch(() => {}); // the minute's one request, unless it is used up
      const { waits, result } = await waiting(() => limited.chat.completions.create(ask));
      assert.ok(result instanceof OpenAI.RateLimitError);
      assert.equal(counted.attempts.length, 2);
      assert.ok(waits.length === 1 && waits[0] > 0 && waits[0] <= 60_000, `waited ${waits}`);
    },
    async '429 of the month is not tried again'() {
      const counted = counting();
      const spent = program(s, { ...counted, apiKey: s.spent, maxRetries: 2 });
      await assert.rejects(spent.chat.completions.create(ask), OpenAI.RateLimitError);
      assert.equal(counted.attempts.length, 1);
    },
    async 'refusals are not tried again'() {
      const counted = counting();
      const client = program(s, { ...counted, maxRetries: 2 });
      for (const more of [{ n: 2 }, { model: 'gpt-4' }, { messages: [{ role: 'user', content: 'a'.repeat(70_000) }] }]) {
        counted.attempts.length = 0;
        await assert.rejects(client.chat.completions.create({ ...ask, ...more }), OpenAI.APIError);
        assert.equal(counted.attempts.length, 1, JSON.stringify(more).slice(0, 40));
      }
    },
    async 'a lost reply without a key is a second question'() {
      const before = await used(actor);
      const { result } = await waiting(() => scripted(s, { ...lost(1), maxRetries: 1 }).chat.completions.create(tell('echo a')));
      assert.equal(result.choices[0].message.content, 'a');
      assert.equal((await used(actor)) - before, 2);
    },
    async 'a lost reply with a key is billed once'() {
      for (const stream of [false, true]) {
        const before = await used(actor), counted = lost(2);
        const { result } = await waiting(() => keyed({ ...counted, maxRetries: 2 }).chat.completions.create(tell('echo a', { stream }), { idempotencyKey: randomUUID() }));
        if (stream) assert.equal((await collect(result)).at(-1).choices[0].finish_reason, 'stop');
        else assert.equal(result.choices[0].message.content, 'a');
        assert.equal(new Set(counted.attempts.map((h) => h.get('idempotency-key'))).size, 1);
        assert.equal((await used(actor)) - before, 1);
      }
    },
    async 'the key that the client makes itself'() {
      const before = await used(actor), counted = lost(1);
      const { result } = await waiting(() => keyed({ ...counted, maxRetries: 1 }).chat.completions.create(tell('echo a')));
      assert.equal(result.choices[0].message.content, 'a');
      assert.ok(counted.attempts[0].get('idempotency-key'));
      assert.equal((await used(actor)) - before, 1);
    },
    async 'one key, one answer, whole or as a stream'() {
      const client = program(s), headers = { 'Idempotency-Key': randomUUID() };
      const first = await client.chat.completions.create({ ...ask, temperature: 2, seed: null }, { headers });
      const again = await client.chat.completions.create({ ...ask, temperature: 2, seed: null }, { headers });
      assert.deepEqual(again, first);
      const streamed = await client.chat.completions.stream({ ...ask, temperature: 2 }, { headers }).finalChatCompletion();
      assert.equal(streamed.id, first.id);
      assert.equal(streamed.choices[0].message.content, first.choices[0].message.content);
    },
    async '422: a key that came with another request'() {
      const headers = { 'Idempotency-Key': randomUUID() };
      await actor.chat.completions.create(tell('echo a'), { headers });
      await assert.rejects(actor.chat.completions.create(tell('echo b'), { headers }), (e) => e instanceof OpenAI.UnprocessableEntityError && e.code === 'idempotency_key_reused');
    },
    '409: a key whose request is being answered': () => unbilled(actor, async () => {
      const headers = { 'Idempotency-Key': randomUUID() };
      const running = await actor.chat.completions.create(tell('hang a', { stream: true }), { headers });
      await assert.rejects(actor.chat.completions.create(tell('hang a'), { headers }), (e) => e instanceof OpenAI.ConflictError && Number(e.headers.get('retry-after')) > 0);
      running.controller.abort();
    }),
    'the client stops waiting': () => unbilled(actor, () =>
      assert.rejects(scripted(s, { timeout: 300 }).chat.completions.create(tell('hang a')), OpenAI.APIConnectionTimeoutError)),
    async 'no server'() {
      await assert.rejects(program(s, { baseURL: 'http://127.0.0.1:1/v1' }).chat.completions.create(ask), OpenAI.APIConnectionError);
    },
  };
}
