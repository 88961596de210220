import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream';
import { odd } from './answers.mjs';
import { ask, collect, counting, program, scripted, settles, tell, textOf, unbilled } from './setting.mjs';

const withUsage = { stream_options: { include_usage: true } };

// bytewise gives a body to the client one byte at a time.
function bytewise(response) {
  const one = new TransformStream({ transform: (bytes, out) => bytes.forEach((_, i) => out.enqueue(bytes.slice(i, i + 1))) });
  return new Response(response.body.pipeThrough(one), response);
}

// streams are checks of completions that come in chunks.
export function streams(s) {
  const client = program(s), actor = scripted(s);
  const stream = (more, options) => client.chat.completions.create({ ...ask, stream: true, ...more }, options);
  return {
    async 'stream equals chat'() {
      const whole = (await client.chat.completions.create(ask)).choices[0];
      const chunks = await collect(await stream());
      assert.ok(chunks.every((chunk) => chunk.object === 'chat.completion.chunk' && chunk.id === chunks[0].id && !('usage' in chunk)));
      assert.equal(textOf(chunks), whole.message.content);
      assert.deepEqual(chunks.map((c) => c.choices[0].delta.role).filter(Boolean), ['assistant']);
      assert.deepEqual(chunks.map((c) => c.choices[0].finish_reason).filter(Boolean), [whole.finish_reason]);
    },
    async include_usage() {
      const chunks = await collect(await stream(withUsage));
      const last = chunks.pop();
      assert.deepEqual(last.choices, []);
      assert.equal(last.usage.total_tokens, last.usage.prompt_tokens + last.usage.completion_tokens);
      assert.deepEqual(last.usage.completion_tokens, (await client.chat.completions.create(ask)).usage.completion_tokens);
      assert.ok(chunks.every((chunk) => chunk.usage === null));
    },
    async 'include_usage: false'() {
      assert.ok((await collect(await stream({ stream_options: { include_usage: false } }))).every((chunk) => chunk.choices.length === 1));
    },
    async 'stream, withResponse'() {
      const { data, response, request_id } = await stream().withResponse();
      assert.ok(response.headers.get('content-type').startsWith('text/event-stream') && response.headers.get('ratelimit'));
      assert.equal((await collect(data))[0].id, `chatcmpl-${request_id}`);
    },
    async 'tee'() {
      const [left, right] = (await stream()).tee();
      assert.deepEqual(await collect(left), await collect(right));
    },
    async 'toReadableStream'() {
      const final = await ChatCompletionStream.fromReadableStream((await stream()).toReadableStream()).finalChatCompletion();
      assert.deepEqual(final.choices[0].message.content, (await client.chat.completions.create(ask)).choices[0].message.content);
    },
    async 'stream helper: finalChatCompletion, events, totalUsage'() {
      const run = client.chat.completions.stream({ ...ask, ...withUsage });
      let text = '';
      run.on('content', (delta) => (text += delta));
      const final = await run.finalChatCompletion();
      assert.ok(final.choices[0].message.role === 'assistant' && final.choices[0].message.content === text);
      assert.equal(await run.finalContent(), text);
      assert.ok((await run.totalUsage()).total_tokens > 0);
    },
    async 'pieces of any text, byte by byte'() {
      const slow = scripted(s, counting(bytewise));
      const pieces = [...odd];
      const chunks = await collect(await slow.chat.completions.create(tell(`say ${JSON.stringify(pieces)}`, { stream: true, ...withUsage })));
      assert.equal(textOf(chunks), odd);
      assert.equal(chunks.at(-1).usage.total_tokens, 12);
    },
    async 'an empty answer'() {
      assert.equal(textOf(await collect(await actor.chat.completions.create(tell('say []', { stream: true })))), '');
      assert.equal((await actor.chat.completions.create(tell('say []'))).choices[0].message.content, '');
    },
    'text comes before the end, and to stop reading frees it': () => unbilled(actor, async () => {
      let text = '';
      for await (const chunk of await actor.chat.completions.create(tell('hang first words', { stream: true }))) {
        text += chunk.choices[0].delta.content ?? '';
        if (text === 'first words') break; // the model says nothing more and has not ended
      }
    }),
    'abort in a stream': () => unbilled(actor, async () => {
      const running = await actor.chat.completions.create(tell('hang a', { stream: true }));
      let chunks = 0;
      for await (const _ of running) {
        chunks++;
        running.controller.abort();
      }
      assert.ok(chunks >= 1);
      await client.chat.completions.create(ask); // and the server goes on
    }),
    'abort before the answer': () => unbilled(actor, async (before) => {
      const early = new AbortController();
      const asked = actor.chat.completions.create(tell('hang a'), { signal: early.signal });
      await Promise.all([assert.rejects(asked, OpenAI.APIUserAbortError), settles(actor, before + 1).then(() => early.abort())]);
    }),
    'abort before it is sent': () => unbilled(actor, () =>
      assert.rejects(actor.chat.completions.create(tell('echo a'), { signal: AbortSignal.abort() }), OpenAI.APIUserAbortError)),
    'abort of the stream helper': () => unbilled(actor, async () => {
      const run = actor.chat.completions.stream(tell('hang a'));
      run.on('content', () => run.abort());
      await assert.rejects(run.done(), OpenAI.APIUserAbortError);
    }),
    'a failure after the first words': () => unbilled(actor, async () => {
      const chunks = [];
      await assert.rejects(async () => {
        for await (const chunk of await actor.chat.completions.create(tell('break half an', { stream: true }))) chunks.push(chunk);
      }, (e) => e instanceof OpenAI.APIError && e.code === 'generation_failed' && e.type === 'server_error');
      assert.equal(textOf(chunks), 'half an');
      assert.ok(chunks.every((chunk) => chunk.choices[0].finish_reason === null));
      await assert.rejects(actor.chat.completions.stream(tell('break half an')).finalChatCompletion(), OpenAI.APIError);
    }),
    'the time of a request ends in a stream': () => unbilled(actor, async () => {
      await assert.rejects(collect(await actor.chat.completions.create(tell('hang a', { stream: true }))), (e) => e instanceof OpenAI.APIError && e.code === 'timeout');
    }),
  };
}
