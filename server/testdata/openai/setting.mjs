// What all checks share: clients of the shops, requests, and what a shop is billed.
import OpenAI from 'openai';

export const messages = [{ role: 'user', content: 'What were our sales this month?' }];
export const ask = { model: 'ilsai', messages, max_tokens: 40, temperature: 0 };
// tell is a request to the scripted model.
export const tell = (content, more) => ({ model: 'ilsai', messages: [{ role: 'user', content }], ...more });

export const program = (s, options) => new OpenAI({ baseURL: s.program, apiKey: s['corner-optics'], maxRetries: 0, ...options });
export const scripted = (s, options) => new OpenAI({ baseURL: s.scripted, apiKey: s['corner-optics'], maxRetries: 0, ...options });

// used is how many queries a client's shop was billed for. Those that are being answered count until they are refunded.
export async function used(client) {
  const response = await fetch(new URL('/api/ai/usage', client.baseURL), { headers: { authorization: `Bearer ${client.apiKey}` } });
  return (await response.json()).used;
}

// settles waits until a shop's bill is what it should be; the test's time limit ends it.
export async function settles(client, want) {
  while ((await used(client)) !== want);
}

// unbilled wants that what run does costs nothing in the end. run is told what was used before.
export async function unbilled(client, run) {
  const before = await used(client);
  await run(before);
  await settles(client, before);
}

// counting is an option for a client: it counts attempts, and may change what comes of each.
export function counting(change = (response) => response) {
  const attempts = [];
  return {
    attempts,
    async fetch(url, init) {
      attempts.push(new Headers(init.headers));
      return change(await fetch(url, init), attempts.length);
    },
  };
}

export async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

export const textOf = (chunks) => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
