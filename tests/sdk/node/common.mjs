// What the scripts share: the settings that a test hands over, the inbox, and the way to report.

export const settings = JSON.parse(process.env.CLIENT_TEST);

export async function code(to) {
  const query = new URLSearchParams({ to, wait: '10' });
  const reply = await fetch(`${settings.url}/_poolkeep/inbox.json?${query}`);
  const { messages } = await reply.json();
  return messages[0].code;
}

// Run an action that must fail, and tell how it failed.
export async function failure(action) {
  try {
    await action();
  } catch (error) {
    return {
      name: error.name,
      kind: error.constructor.name,
      code: error.code ?? null,
      message: error.message,
    };
  }
  return { name: null, kind: null, code: null, message: 'it succeeded' };
}

// One JSON document on standard output is the whole report; everything else would be noise.
export async function report(run) {
  const noisy = { log: console.log, info: console.info, warn: console.warn, debug: console.debug };
  for (const name of Object.keys(noisy)) console[name] = () => {};
  const told = await run();
  process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit(0));
}
